/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf: the twin prefix, whom it lets in, what it may not overlap, and what it is advertised and answered as. */
#include "conf/address.h"
#include "conf/policy.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char relay[] = "split-domain 9929 ts.test\nedge-address 100.64.0.1\nedge-address 10.9.9.9\nprefix fd64:9929::/96\n"
			    "dynamic-pool 192.168.240.0/20\n";

static struct conf_settings *relay_with(const char *more, struct conf_report *report)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s%s\n", relay, more);
	return conf_settings_parse("relay.conf", text, strlen(text), report);
}

static struct conf_settings *relay_good(const char *more)
{
	struct conf_report report = {0};
	struct conf_settings *settings = relay_with(more, &report);

	if (!settings)
		fail_msg("refused: %s", report.count ? report.lines[0] : "no reason given");
	return settings;
}

static void addresses_are_moved(void **state)
{
	static const struct {
		const char *from, *to, *address, *moved; /* NULL: it is not in the first */
	} rows[] = {
		{"100.64.0.0/10", "10.192.0.0/10", "100.64.0.3", "10.192.0.3"},
		{"100.64.0.0/10", "10.192.0.0/10", "100.127.255.255", "10.255.255.255"},
		{"10.192.0.0/10", "100.64.0.0/10", "10.228.100.100", "100.100.100.100"},
		{"100.64.0.0/10", "10.192.0.0/10", "100.128.0.0", NULL},
		{"100.64.0.0/10", "10.192.0.0/10", "100.63.255.255", NULL},
		{"192.168.1.0/24", "172.16.9.0/24", "192.168.1.77", "172.16.9.77"},
		{"192.168.1.7/32", "172.16.9.9/32", "192.168.1.7", "172.16.9.9"},
		{"192.168.1.128/25", "172.16.9.0/25", "192.168.1.255", "172.16.9.127"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_prefix4 from, to;
		struct in_addr address, moved = {0};
		bool is_in;

		conf_prefix4_parse(rows[i].from, &from);
		conf_prefix4_parse(rows[i].to, &to);
		inet_pton(AF_INET, rows[i].address, &address);
		is_in = conf_prefix4_move(&from, &to, address, &moved);
		if (is_in != (rows[i].moved != NULL) || (is_in && strcmp(inet_ntoa(moved), rows[i].moved) != 0))
			fail_msg("%s from %s to %s: %s, expected %s", rows[i].address, rows[i].from, rows[i].to,
				 is_in ? inet_ntoa(moved) : "not in it", rows[i].moved ? rows[i].moved : "not in it");
	}
}

static void prefixes_of_both_families(void **state)
{
	struct conf_prefix four, six, other;
	char text[CONF_PREFIX_TEXT];

	(void)state;
	assert_int_equal(conf_prefix_parse("10.192.0.0/10", &four), 0);
	assert_int_equal(conf_prefix_parse("fd64:9929::/96", &six), 0);
	assert_int_equal(conf_prefix_parse("fd64:9929:::", &other), -1);
	assert_int_equal(conf_prefix_parse("10.192.0/10", &other), -1);
	assert_string_equal(conf_prefix_print(&four, text), "10.192.0.0/10");
	assert_string_equal(conf_prefix_print(&six, text), "fd64:9929::/96");
	assert_true(conf_prefix_equals(&four, &four));
	assert_false(conf_prefix_equals(&four, &six));
	conf_prefix_parse("10.192.0.0/11", &other);
	assert_false(conf_prefix_equals(&four, &other));
	conf_prefix_parse("fd64:9930::/96", &other);
	assert_false(conf_prefix_equals(&six, &other));
}

static void a_twin_is_complete(void **state)
{
	struct conf_settings *settings = relay_good("twin-prefix 10.192.0.0/10");
	char text[CONF_PREFIX_TEXT];

	(void)state;
	assert_true(settings->common.has_twin);
	assert_string_equal(conf_prefix4_print(&settings->common.twin.twin, text), "10.192.0.0/10");
	assert_string_equal(conf_prefix4_print(&settings->common.twin.real, text), "100.64.0.0/10");
	assert_int_equal(settings->translation.allowed_sources.count4, 1);
	assert_string_equal(conf_prefix4_print(&settings->translation.allowed_sources.v4[0], text), "100.64.0.0/10");
	assert_int_equal(settings->translation.allowed_sources.count6, 1);
	assert_int_equal(settings->node.advertised_count, 2);
	assert_string_equal(conf_prefix_print(&settings->node.advertised[1], text), "10.192.0.0/10");
	assert_int_equal(conf_policy_a(settings, "9929"), CONF_A_TWIN);
	conf_settings_free(settings);
}

static void without_a_twin_nothing_changes(void **state)
{
	struct conf_settings *settings = relay_good("");

	(void)state;
	assert_false(settings->common.has_twin);
	assert_int_equal(settings->translation.allowed_sources.count4, 0);
	assert_int_equal(settings->node.advertised_count, 1);
	assert_int_equal(conf_policy_a(settings, "9929"), CONF_A_EMPTY);
	conf_settings_free(settings);
}

static void what_the_file_says_counts(void **state)
{
	struct conf_settings *settings = relay_good(
		"twin-prefix 172.16.1.0/24 192.168.1.0/24\nallow-destination 192.168.1.0/24\na-policy 9929 empty\n"
		"allow-source 100.64.0.7/32\nallow-source fd7a:115c:a1e0::7/128\nadvertise-prefix 172.16.1.0/24\n");
	char text[CONF_PREFIX_TEXT];

	(void)state;
	assert_string_equal(conf_prefix4_print(&settings->common.twin.real, text), "192.168.1.0/24");
	assert_int_equal(settings->translation.allowed_sources.count4, 1);
	assert_string_equal(conf_prefix4_print(&settings->translation.allowed_sources.v4[0], text), "100.64.0.7/32");
	assert_int_equal(settings->node.advertised_count, 1);
	assert_string_equal(conf_prefix_print(&settings->node.advertised[0], text), "172.16.1.0/24");
	assert_int_equal(conf_policy_a(settings, "9929"), CONF_A_EMPTY);
	conf_settings_free(settings);
}

static void lines_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{"twin-prefix 10.192.0.0/11", "line 6: \"10.192.0.0/11\" and 100.64.0.0/10, which it stands for"},
		{"twin-prefix 10.0.0.0/24 192.168.1.0/25", "192.168.1.0/25, which it stands for, differ in length"},
		{"twin-prefix 10.193.0.0/10", "write 10.192.0.0/10"},
		{"twin-prefix fd00::/10", "\"fd00::/10\" is not an IPv4 prefix"},
		{"twin-prefix 10.192.0.0/10 ten", "\"ten\" is not an IPv4 prefix"},
		{"twin-prefix 0.0.0.0/0 0.0.0.0/0", "a twin prefix is /8 to /32"},
		{"twin-prefix 127.0.0.0/24 192.168.1.0/24", "\"127.0.0.0/24\" is not a unicast prefix"},
		{"twin-prefix 10.0.0.0/24 224.0.0.0/24", "\"224.0.0.0/24\" is not a unicast prefix"},
		{"twin-prefix 10.192.0.0/10\ntwin-prefix 10.128.0.0/10", "repeated directive \"twin-prefix\""},
		{"twin-prefix 100.64.0.0/10", "overlaps the tailnet's 100.64.0.0/10"},
		{"twin-prefix 192.168.192.0/18 192.168.192.0/18\nallow-destination 192.168.0.0/16",
		 "overlaps what it stands for, 192.168.192.0/18"},
		{"twin-prefix 192.168.240.0/24 100.64.9.0/24", "overlaps the pool 192.168.240.0/20"},
		{"twin-prefix 10.192.0.0/10\nmap 10.200.0.1 fd99::1", "overlaps the map 10.200.0.1/32"},
		{"twin-prefix 10.9.0.0/16 100.64.0.0/16", "overlaps the edge-address 10.9.9.9/32"},
		{"twin-prefix 10.192.0.0/10\nallow-destination 100.64.0.0/10\nallow-destination 10.200.0.0/16",
		 "overlaps allow-destination 10.200.0.0/16"},
		{"twin-prefix 10.200.0.0/16 192.168.0.0/16", "add a line \"allow-destination 192.168.0.0/16\""},
		{"twin-prefix 10.192.0.0/10\nallow-source fd7a:115c:a1e0::5/128",
		 "names only IPv6 clients, but a twin-prefix serves IPv4"},
		{"twin-prefix 10.192.0.0/10\nallow-source 100.64.0.5/32", "names only IPv4 clients"},
		{"allow-source 100.64.0.5/32", "only a twin-prefix serves IPv4 clients"},
		{"a-policy 9929 twin", "a-policy 9929 twin needs a line \"twin-prefix 10.192.0.0/10\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_report report = {0};
		struct conf_settings *settings = relay_with(rows[i][0], &report);
		bool found = false;

		for (size_t line = 0; line < report.count; line++)
			found = found || strstr(report.lines[line], rows[i][1]);
		if (settings || !found)
			fail_msg("%s: expected \"%s\", got \"%s\"", rows[i][0], rows[i][1],
				 report.count ? report.lines[0] : "nothing");
		conf_report_clear(&report);
	}
}

/* A gateway opens everything, its twin's range included: that is what clients of the prefix reach, and no contradiction. */
static void a_wider_destination_is_none_of_its_business(void **state)
{
	(void)state;
	conf_settings_free(relay_good("twin-prefix 10.192.0.0/10\nallow-destination 0.0.0.0/0"));
	conf_settings_free(relay_good(
		"twin-prefix 10.77.0.0/16 100.64.0.0/16\nallow-destination 10.0.0.0/8\nallow-destination 100.64.0.0/10"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_moved),
		cmocka_unit_test(prefixes_of_both_families),
		cmocka_unit_test(a_twin_is_complete),
		cmocka_unit_test(without_a_twin_nothing_changes),
		cmocka_unit_test(what_the_file_says_counts),
		cmocka_unit_test(lines_are_refused),
		cmocka_unit_test(a_wider_destination_is_none_of_its_business),
	};

	return cmocka_run_group_tests_name("twin", tests, NULL, NULL);
}
