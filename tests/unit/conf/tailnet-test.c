/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf/tailnet: split-domain and edge-address with words, with auto that is not known, and with auto that is. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "conf/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define REST "prefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n"

/* The settings of a text as a file of its own, read with what auto stands for, which may be NULL. */
static struct conf_settings *read_as(const char *text, const struct conf_tailnet *tailnet, struct conf_report *report)
{
	char path[] = "/tmp/tailnet-conf-XXXXXX";
	struct conf_settings *settings;
	int file = mkstemp(path);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	settings = conf_settings_read_as(path, tailnet, report);
	unlink(path);
	return settings;
}

static struct conf_settings *read_good(const char *text, const struct conf_tailnet *tailnet)
{
	struct conf_report report = {0};
	struct conf_settings *settings = read_as(text, tailnet, &report);

	if (!settings)
		fail_msg("expected to be accepted, got \"%s\": %s", report.count ? report.lines[0] : "nothing", text);
	return settings;
}

static struct conf_address address_of(const char *text)
{
	struct conf_address address = {0};

	assert_int_equal(conf_address_parse(text, &address), 0);
	return address;
}

static struct conf_tailnet tailnet_of(const char *suffix, const char *first, const char *second)
{
	struct conf_tailnet tailnet = {.addresses = {address_of(first), address_of(second)}, .address_count = 2};

	strcpy(tailnet.suffix, suffix);
	return tailnet;
}

static void addresses_stand_on_one_line_or_several(void **state)
{
	struct conf_settings *settings = read_good("split-domain 9929 a.test\nedge-address 100.64.0.1 fd7a::1\nedge-address fd7a::2\n"
						   "edge-address 100.64.0.1\n" REST,
						   NULL);

	(void)state;
	assert_int_equal(settings->dns.edge_address_count, 3); /* the first is there once */
	assert_int_equal(settings->dns.edge_addresses[2].family, AF_INET6);
	assert_false(conf_tailnet_is_followed(settings));
	assert_int_equal(conf_tailnet_unknown(settings), 0);
	conf_settings_free(settings);
}

static void an_unknown_auto_is_nothing_wrong(void **state)
{
	struct conf_settings *settings = read_good(
		"edge-address AUTO\nsplit-domain 9929 Auto\nsplit-domain b a.test\n" REST, NULL);

	(void)state;
	assert_true(conf_tailnet_is_followed(settings) && conf_tailnet_has_edge(settings));
	assert_int_equal(conf_tailnet_unknown(settings), 1);
	assert_int_equal(settings->dns.edge_address_count, 0);
	assert_true(settings->dns.split_domains[0].is_auto && !settings->dns.split_domains[1].is_auto);
	conf_settings_free(settings);
}

static void a_known_auto_is_what_it_stands_for(void **state)
{
	const struct conf_tailnet tailnet = tailnet_of("Tail1234.ts.net", "100.64.0.5", "fd7a::5");
	struct conf_settings *settings = read_good(
		"split-domain 9929 auto\nedge-address 10.1.1.1\nedge-address auto\n" REST, &tailnet);

	(void)state;
	assert_int_equal(conf_tailnet_unknown(settings), 0);
	assert_int_equal(settings->dns.edge_auto, 3);
	assert_int_equal(settings->dns.edge_address_count, 3);
	assert_true(conf_address_equals(&settings->dns.edge_addresses[1], &tailnet.addresses[0]));
	assert_true(conf_tailnet_has(&tailnet, &settings->dns.edge_addresses[2]) &&
		    !conf_tailnet_has(&tailnet, &settings->dns.edge_addresses[0]));
	assert_string_equal(settings->dns.split_domains[0].real, "tail1234.ts.net");
	assert_string_equal(settings->dns.upstreams[0].zone, "tail1234.ts.net"); /* MagicDNS, without a line */
	conf_settings_free(settings);
}

static void half_of_it_is_known(void **state)
{
	struct conf_tailnet tailnet = tailnet_of("", "100.64.0.5", "fd7a::5");
	struct conf_settings *settings = read_good("edge-address auto\nsplit-domain 9929 auto\n" REST, &tailnet);

	(void)state;
	assert_int_equal(conf_tailnet_unknown(settings), 2);
	conf_settings_free(settings);
}

/* What tailscaled says is checked as what a person writes: the pool may not hold an edge-address, nor a suffix be none. */
static void what_auto_stands_for_is_checked(void **state)
{
	static const char text[] = "split-domain 9929 auto\nedge-address auto\n" REST;
	const struct conf_tailnet bad[] = {tailnet_of("a.test", "192.168.240.9", "fd7a::5"),
					   tailnet_of("a b", "100.64.0.5", "fd7a::5"),
					   tailnet_of("x.9929", "100.64.0.5", "fd7a::5")};
	static const char *const expected[] = {"contains an edge-address", "\"a b\" is not a domain",
					       "lies below the split domain"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct conf_report report = {0};

		assert_null(read_as(text, &bad[i], &report));
		assert_int_equal(report.count, 1);
		assert_non_null(strstr(report.lines[0], expected[i]));
		conf_report_clear(&report);
	}
}

/* A top-level domain of that name is written with its dot. */
static void auto_with_a_dot_is_a_domain(void **state)
{
	struct conf_settings *settings = read_good("split-domain 9929 auto.\nedge-address 100.64.0.1\n" REST, NULL);

	(void)state;
	assert_false(conf_tailnet_is_followed(settings));
	assert_string_equal(settings->dns.split_domains[0].real, "auto");
	conf_settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_stand_on_one_line_or_several),
		cmocka_unit_test(an_unknown_auto_is_nothing_wrong),
		cmocka_unit_test(a_known_auto_is_what_it_stands_for),
		cmocka_unit_test(half_of_it_is_known),
		cmocka_unit_test(what_auto_stands_for_is_checked),
		cmocka_unit_test(auto_with_a_dot_is_a_domain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
