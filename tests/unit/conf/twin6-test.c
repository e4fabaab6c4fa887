/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf: the twin6 prefix, what it may not overlap, whom it reaches, and what it is advertised as. */
#include "conf/address.h"
#include "conf/policy.h"
#include "conf/reach.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TWIN "twin6-prefix fd99:9929:1::/48\n"

static const char relay[] =
	"split-domain 9929 ts.test\nedge-address 100.64.0.1 fd7a:115c:a1e0::1\nprefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n";

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
		{"fd7a:115c:a1e0::/48", "fd99:9929:1::/48", "fd7a:115c:a1e0::3", "fd99:9929:1::3"},
		{"fd7a:115c:a1e0::/48", "fd99:9929:1::/48", "fd7a:115c:a1e0:ffff:ffff:ffff:ffff:ffff",
		 "fd99:9929:1:ffff:ffff:ffff:ffff:ffff"},
		{"fd99:9929:1::/48", "fd7a:115c:a1e0::/48", "fd99:9929:1:b1a::5", "fd7a:115c:a1e0:b1a::5"},
		{"fd7a:115c:a1e0::/48", "fd99:9929:1::/48", "fd7a:115c:a1e1::3", NULL},
		{"fd7a:115c:a1e0::/48", "fd99:9929:1::/48", "fd7a:115c:a1df::3", NULL},
		{"2001:db8:10::/44", "fd99:9929:20::/44", "2001:db8:1f::1", "fd99:9929:2f::1"},
		{"fd7a::30/124", "fd99::50/124", "fd7a::3f", "fd99::5f"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_prefix6 from, to;
		struct in6_addr address, moved;
		char text[INET6_ADDRSTRLEN] = "not in it";

		conf_prefix6_parse(rows[i].from, &from);
		conf_prefix6_parse(rows[i].to, &to);
		inet_pton(AF_INET6, rows[i].address, &address);
		if (conf_prefix6_move(&from, &to, &address, &moved))
			inet_ntop(AF_INET6, &moved, text, sizeof(text));
		if (strcmp(text, rows[i].moved ? rows[i].moved : "not in it") != 0)
			fail_msg("%s from %s to %s: %s, expected %s", rows[i].address, rows[i].from, rows[i].to, text,
				 rows[i].moved ? rows[i].moved : "not in it");
	}
}

static void a_twin6_is_complete(void **state)
{
	struct conf_settings *settings = relay_good(TWIN);
	char text[CONF_PREFIX_TEXT];

	(void)state;
	assert_true(settings->common.has_twin6);
	assert_string_equal(conf_prefix6_print(&settings->common.twin6.twin, text), "fd99:9929:1::/48");
	assert_string_equal(conf_prefix6_print(&settings->common.twin6.real, text), "fd7a:115c:a1e0::/48");
	assert_int_equal(settings->node.advertised_count, 2);
	assert_string_equal(conf_prefix_print(&settings->node.advertised[1], text), "fd99:9929:1::/48");
	assert_int_equal(settings->common.allowed_destinations.count6, 1);
	assert_string_equal(conf_prefix6_print(&settings->common.allowed_destinations.v6[0], text), "fd7a:115c:a1e0::/48");
	conf_settings_free(settings);
	settings = relay_good("");
	assert_false(settings->common.has_twin6);
	assert_int_equal(settings->common.allowed_destinations.count6 + settings->common.denied_destinations.count6, 0);
	assert_int_equal(settings->node.advertised_count, 1);
	conf_settings_free(settings);
}

static void assert_reaches(const char *more, const char *address_text, enum conf_reach expected)
{
	struct conf_settings *settings = relay_good(more);
	struct in6_addr address;
	enum conf_reach got;

	inet_pton(AF_INET6, address_text, &address);
	got = conf_reach_target6(settings, &address);
	if (got != expected)
		fail_msg("%s with \"%s\": %d, expected %d", address_text, more, got, expected);
	conf_settings_free(settings);
}

static void who_is_reached(void **state)
{
	static const char narrow[] = TWIN
		"allow-destination fd7a:115c:a1e0:5::/64\ndeny-destination fd7a:115c:a1e0:5::9/128\n";

	(void)state;
	assert_reaches(TWIN, "fd7a:115c:a1e0::3", CONF_REACH_YES);
	assert_reaches(TWIN, "fd7a:115c:a1e0::1", CONF_REACH_OWN);
	assert_reaches(TWIN, "fd7a:115c:a1e0::53", CONF_REACH_DENIED);
	assert_reaches(TWIN, "fd7a:115c:a1e0:b1a:0:7:a00:1", CONF_REACH_DENIED);
	assert_reaches(TWIN, "fd99:9929:1::3", CONF_REACH_OWN);
	assert_reaches(TWIN, "fd64:9929::6440:3", CONF_REACH_OWN);
	assert_reaches(TWIN, "2001:db8::1", CONF_REACH_CLOSED);
	assert_reaches(TWIN, "fe80::1", CONF_REACH_MARTIAN);
	assert_reaches(narrow, "fd7a:115c:a1e0:5::3", CONF_REACH_YES);
	assert_reaches(narrow, "fd7a:115c:a1e0:5::9", CONF_REACH_DENIED);
	assert_reaches(narrow, "fd7a:115c:a1e0::3", CONF_REACH_CLOSED);
}

static void lines_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{"twin6-prefix fd99:9929::/64", "line 5: \"fd99:9929::/64\" and fd7a:115c:a1e0::/48, which it stands for"},
		{"twin6-prefix fd99:9929:1::/48 2001:db8::/44", "2001:db8::/44, which it stands for, differ in length"},
		{"twin6-prefix fd99:9929:1::1/48", "write fd99:9929:1::/48"},
		{"twin6-prefix 10.192.0.0/10", "\"10.192.0.0/10\" is not an IPv6 prefix"},
		{"twin6-prefix fd99::/15 fc00::/15", "has bits set beyond its length"},
		{"twin6-prefix fd98::/15 fc00::/15", "has a length of 15: twin6-prefix takes /16 to /124, a multiple of 4"},
		{"twin6-prefix fd98::/125 fc00::/125", "has a length of 125"},
		{"twin6-prefix fd98::/50 fc00::/50", "has a length of 50"},
		{"twin6-prefix ff02::/48", "\"ff02::/48\" is not a unicast prefix"},
		{"twin6-prefix fd99:9929:1::/48 fe80::/48", "\"fe80::/48\" is not a unicast prefix"},
		{TWIN "twin6-prefix fd99:9929:2::/48", "repeated directive \"twin6-prefix\""},
		{"twin6-prefix fd7a:115c:a1e0::/48", "overlaps the tailnet's fd7a:115c:a1e0::/48"},
		{"twin6-prefix fd55::/48 fd55::/48", "overlaps what it stands for, fd55::/48"},
		{"twin6-prefix fd64:9929::/48", "overlaps the prefix fd64:9929::/96"},
		{TWIN "map 203.0.113.7 fd99:9929:1::7", "overlaps the map fd99:9929:1::7/128"},
		{TWIN "edge-address fd99:9929:1::1", "overlaps the edge-address fd99:9929:1::1/128"},
		{TWIN "allow-source fd99:9929:1:5::/64", "overlaps allow-source fd99:9929:1:5::/64"},
		{TWIN "allow-destination 2001:db8::/32", "allow-destination 2001:db8::/32 lies outside fd7a:115c:a1e0::/48"},
		{"allow-destination fd7a:115c:a1e0::/64", "only a twin6-prefix leads to IPv6 addresses"},
		{"deny-destination fd7a:115c:a1e0::/64", "only a twin6-prefix leads to IPv6 addresses"},
		{"aaaa-policy 9929 twin6", "aaaa-policy 9929 twin6 needs a line \"twin6-prefix"},
		{TWIN "aaaa-policy 9929 both", "\"both\" is not a policy: aaaa-policy takes prefix or twin6"},
		{TWIN "aaaa-policy 9929 twin6\naaaa-policy 9929 prefix", "\"9929\" has an aaaa-policy already"},
		{TWIN "aaaa-policy other twin6", "\"other\" is not a split domain"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_moved),
		cmocka_unit_test(a_twin6_is_complete),
		cmocka_unit_test(who_is_reached),
		cmocka_unit_test(lines_are_refused),
	};

	return cmocka_run_group_tests_name("twin6", tests, NULL, NULL);
}
