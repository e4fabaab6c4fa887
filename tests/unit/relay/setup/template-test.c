/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What init writes is what conf reads: the round trip, and the refusal of what conf would refuse. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/cli/options.h"
#include "relay/setup/template.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct conf_words splits = {{"9929", "relay.internal"}, 2};
static const struct conf_words edges = {{"100.101.102.103", "fd7a:115c:a1e0::1"}, 2};
static const struct conf_words nothing = {{NULL}, 0};
static const struct conf_words upstreams = {{"100.100.100.100"}, 1};

static struct relay_choice choice_make(void)
{
	struct relay_choice choice = {
		.split_domains = &splits,
		.real_suffix = "tail1234.ts.net",
		.edge_addresses = &edges,
		.upstreams = &upstreams,
		.reach = &nothing,
		.overlay_interface = "tailscale7",
	};

	conf_prefix6_parse("fd12:3456:789a:1::/96", &choice.prefix);
	conf_prefix4_parse("172.31.240.0/20", &choice.pool);
	return choice;
}

static struct conf_settings *round_trip(const struct relay_choice *choice)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	size_t length;
	char *text = relay_template_print("relay.conf", choice, &length, &report);

	conf_report_print(&report, "unexpected", stderr);
	assert_non_null(text);
	settings = conf_settings_parse("relay.conf", text, length, &report);
	assert_non_null(settings);
	conf_report_clear(&report);
	free(text);
	return settings;
}

static void test_what_is_written_is_read(void **state)
{
	struct relay_choice choice = choice_make();
	struct conf_settings *settings = round_trip(&choice);
	char text[CONF_PREFIX_TEXT], address[INET6_ADDRSTRLEN];

	(void)state;
	assert_true(conf_settings_is_relay(settings));
	assert_int_equal(settings->dns.split_domain_count, 2);
	assert_string_equal(settings->dns.split_domains[1].split, "relay.internal");
	assert_string_equal(settings->dns.split_domains[1].real, "tail1234.ts.net");
	assert_int_equal(settings->dns.edge_address_count, 2);
	assert_string_equal(inet_ntop(AF_INET, &settings->dns.edge_addresses[0].v4, address, sizeof(address)),
			    "100.101.102.103");
	assert_int_equal(settings->dns.upstream_count, 1);
	assert_string_equal(settings->dns.upstreams[0].server, "100.100.100.100");
	assert_string_equal(conf_prefix6_print(&settings->common.prefixes[0].prefix, text), "fd12:3456:789a:1::/96");
	assert_string_equal(conf_prefix4_print(&settings->translation.dynamic_pool, text), "172.31.240.0/20");
	assert_string_equal(settings->node.overlay_interface, "tailscale7");
	assert_false(settings->node.advertise_none);
	assert_int_equal(settings->node.advertised_count, 1);
	conf_settings_free(settings);
}

/* The network behind this node: its own name server for its names and its addresses, and its own interface. */
static void test_a_site(void **state)
{
	static const struct conf_words reach = {{"10.0.0.0/24", "10.0.2.0/23"}, 2}, server = {{"10.0.0.1"}, 1};
	static const char *const zones[] = {"office.example", "0.0.10.in-addr.arpa", "2.0.10.in-addr.arpa",
					    "3.0.10.in-addr.arpa"};
	struct relay_choice choice = choice_make();
	struct conf_settings *settings;
	char text[CONF_PREFIX_TEXT];

	(void)state;
	choice.real_suffix = "office.example";
	choice.upstreams = &server;
	choice.reach = &reach;
	choice.lan_interface = "eth1";
	settings = round_trip(&choice);
	assert_string_equal(settings->node.lan_interface, "eth1");
	assert_int_equal(settings->common.allowed_destinations.count4, 2);
	assert_string_equal(conf_prefix4_print(&settings->common.allowed_destinations.v4[1], text), "10.0.2.0/23");
	assert_int_equal(settings->dns.upstream_count, sizeof(zones) / sizeof(*zones));
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		assert_string_equal(settings->dns.upstreams[i].zone, zones[i]);
		assert_string_equal(settings->dns.upstreams[i].server, "10.0.0.1");
	}
	conf_settings_free(settings);
}

static void test_other_overlays(void **state)
{
	struct relay_choice choice = choice_make();
	struct conf_settings *settings;

	(void)state;
	choice.advertise_none = true;
	choice.tailscale_socket = "/run/other/tailscaled.sock";
	settings = round_trip(&choice);
	assert_true(settings->node.advertise_none);
	assert_string_equal(settings->node.tailscale_socket, "/run/other/tailscaled.sock");
	conf_settings_free(settings);
}

/* The lines for another overlay are comments that only need their # taken away: each is a default of conf. */
static void test_another_overlay_is_shown_where_access_is_set(void **state)
{
	struct relay_choice choice = choice_make();
	struct conf_report report = {0};
	struct conf_settings *settings;
	size_t length;
	char *text;

	(void)state;
	text = relay_template_print("relay.conf", &choice, &length, &report);
	assert_null(strstr(text, "allow-source"));
	free(text);
	choice.advertise_none = true;
	text = relay_template_print("relay.conf", &choice, &length, &report);
	for (char *at = text; (at = strchr(at, '#')); at++)
		if (strncmp(at + 1, "allow-", 6) == 0 || strncmp(at + 1, "dns-client", 10) == 0)
			*at = ' ';
	settings = conf_settings_parse("relay.conf", text, length, &report);
	assert_non_null(settings);
	assert_true(conf_settings_has(settings, "allow-source") && conf_settings_has(settings, "allow-destination"));
	assert_int_equal(settings->dns.clients.count4, 1);
	assert_int_equal(settings->dns.clients.count6, 1);
	conf_settings_free(settings);
	free(text);
}

static void test_the_head_names_the_commands_that_break_no_connection(void **state)
{
	struct relay_choice choice = choice_make();
	struct conf_report report = {0};
	size_t length;
	char *text = relay_template_print("relay.conf", &choice, &length, &report);

	(void)state;
	assert_non_null(strstr(text, "nat64-relay diff"));
	assert_non_null(strstr(text, "nat64-relay reload"));
	assert_null(strstr(text, "restart"));
	assert_null(strstr(text, "ame-name relaying"));
	free(text);
}

static void test_a_domain_that_is_its_own_real_suffix_is_called_same_name_relaying(void **state)
{
	struct relay_choice choice = choice_make();
	struct conf_words same = {.items = {"git.example.com"}, .count = 1};
	struct conf_report report = {0};
	size_t length;
	char *text;

	(void)state;
	choice.split_domains = &same;
	choice.real_suffix = "git.example.com";
	text = relay_template_print("relay.conf", &choice, &length, &report);
	assert_non_null(strstr(text, "Same-name relaying: git.example.com"));
	free(text);
}

static void test_what_conf_refuses_is_not_written(void **state)
{
	struct relay_choice choice = choice_make();
	struct conf_report report = {0};
	size_t length;

	(void)state;
	conf_prefix4_parse("100.64.16.0/20", &choice.pool);
	assert_null(relay_template_print("relay.conf", &choice, &length, &report));
	assert_int_not_equal(report.count, 0);
	conf_report_clear(&report);
}

/* Options and tailscaled's suffix are values: none of them adds a setting. */
static void test_a_value_is_one_word(void **state)
{
	static const char *const values[] = {"10.0.0.1\nallow-destination 0.0.0.0/0", "10.0.0.1 10.0.0.2", "10.0.0.1\r",
					     "10.0.0.1\x1b[2J"};
	struct conf_words words = {{NULL}, 1};
	struct relay_choice choice = choice_make();
	struct conf_report report = {0};
	size_t length;

	(void)state;
	choice.upstreams = &words;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		words.items[0] = values[i];
		assert_null(relay_template_print("relay.conf", &choice, &length, &report));
		assert_int_equal(report.count, 1);
		assert_non_null(strstr(report.lines[0], "begins with \"10.0.0.1\" cannot stand in relay.conf"));
		conf_report_clear(&report);
	}
	words.items[0] = "#10.0.0.1";
	assert_null(relay_template_print("relay.conf", &choice, &length, &report));
	conf_report_clear(&report);
	choice = choice_make();
	choice.real_suffix = "real.test\nallow-destination 0.0.0.0/0";
	assert_null(relay_template_print("relay.conf", &choice, &length, &report));
	conf_report_clear(&report);
}

static void test_an_upstream_may_be_asked_over_tls(void **state)
{
	struct conf_words words = {{"9.9.9.9@8853#dns.quad9.net"}, 1};
	struct relay_choice choice = choice_make();
	struct conf_settings *settings;

	(void)state;
	choice.upstreams = &words;
	settings = round_trip(&choice);
	assert_string_equal(settings->dns.upstreams[0].server, "9.9.9.9@8853#dns.quad9.net");
	assert_true(settings->dns.upstreams[0].tls);
	conf_settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_a_site),
		cmocka_unit_test(test_other_overlays),
		cmocka_unit_test(test_another_overlay_is_shown_where_access_is_set),
		cmocka_unit_test(test_the_head_names_the_commands_that_break_no_connection),
		cmocka_unit_test(test_a_domain_that_is_its_own_real_suffix_is_called_same_name_relaying),
		cmocka_unit_test(test_what_conf_refuses_is_not_written),
		cmocka_unit_test(test_a_value_is_one_word),
		cmocka_unit_test(test_an_upstream_may_be_asked_over_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
