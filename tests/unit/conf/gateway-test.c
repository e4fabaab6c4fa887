/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf: dns64, dns64-exclude and ipv4only-arpa, and what a gateway needs besides. */
#include "conf/gateway.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOSTS "allow-source 2001:db8:1::/64\ndns-client 2001:db8:1::/64\n"
#define NODE                                                                                                           \
	"edge-address 2001:db8:1::53\nprefix 2001:db8:1:64::/96\ndynamic-pool 192.168.240.0/20\nadvertise-prefix none\n"
#define OPEN  "allow-destination 0.0.0.0/0\n"
#define DNS64 "dns64 2001:db8:1:64::/96\n"
#define SPLIT "split-domain 9929 tail1234.ts.net\n"

static struct conf_settings *parse(const char *text, struct conf_report *report)
{
	return conf_settings_parse("relay.conf", text, strlen(text), report);
}

static struct conf_settings *read_good(const char *text)
{
	struct conf_report report = {0};
	struct conf_settings *settings = parse(text, &report);

	if (!settings)
		fail_msg("refused: %s", report.count ? report.lines[0] : "no reason given");
	return settings;
}

/* Refused, with one message alone, which holds the words. */
static void read_bad(const char *text, const char *expected)
{
	struct conf_report report = {0};

	if (parse(text, &report))
		fail_msg("accepted, but expected \"%s\": %s", expected, text);
	assert_int_equal(report.count, 1);
	if (!strstr(report.lines[0], expected))
		fail_msg("expected \"%s\", got \"%s\"", expected, report.lines[0]);
	conf_report_clear(&report);
}

static void a_gateway_is_read(void **state)
{
	struct conf_settings *settings = read_good(NODE HOSTS OPEN DNS64);
	char text[CONF_PREFIX_TEXT];

	(void)state;
	assert_true(settings->dns.dns64.on);
	assert_string_equal(conf_prefix6_print(&settings->dns.dns64.prefix, text), "2001:db8:1:64::/96");
	assert_int_equal(settings->dns.dns64.excluded_count, 1);
	assert_string_equal(conf_prefix6_print(&settings->dns.dns64.excluded[0], text), "::ffff:0.0.0.0/96");
	assert_true(conf_gateway_is_open(settings) && settings->dns.dns64.on);
	conf_settings_free(settings);
}

/* Clients of either family; a prefix gets the answers when one of them holds all of it. */
static void it_may_be_for_some_clients(void **state)
{
	static const struct {
		const char *client;
		bool expected;
	} cases[] = {
		{"2001:db8:1::/64", true},  {"2001:db8:1::7", true},     {"2001:db8::/32", false},
		{"2001:db8:2::/64", false}, {"198.51.100.128/25", true}, {"198.51.100.0/24", true},
		{"198.51.0.0/16", false},   {"192.0.2.1", false},
	};
	struct conf_settings *settings = read_good(NODE HOSTS OPEN "dns-client 198.51.0.0/16\ndns64 2001:db8:1:64::/96 "
								   "2001:db8:1::/64 198.51.100.0/24\n");

	(void)state;
	assert_int_equal(settings->dns.dns64.client_count, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf_prefix client;

		assert_int_equal(conf_prefix_parse(cases[i].client, &client), 0);
		if (conf_gateway_synthesizes(settings, &client) != cases[i].expected)
			fail_msg("%s: expected %d", cases[i].client, cases[i].expected);
	}
	conf_settings_free(settings);
	read_bad(NODE HOSTS OPEN "dns64 2001:db8:1:64::/96 2001:db8:2::/64\n",
		 "2001:db8:2::/64 may not query the resolver: add a line \"dns-client 2001:db8:2::/64\"");
	read_bad(NODE HOSTS OPEN "dns64 2001:db8:1:64::/96 2001:db8:1::1/64\n", "write 2001:db8:1::/64");
	read_bad(NODE HOSTS OPEN "dns64 2001:db8:1:64::/96 hosts\n", "\"hosts\"");
	read_bad(NODE HOSTS OPEN "dns64 off 2001:db8:1::/64\n", "\"2001:db8:1::/64\" after off");
	read_bad(NODE HOSTS OPEN SPLIT "dns64 2001:db8:1:64::/96 2001:db8:1::/64\n",
		 "give dns64 a separate prefix, and bind the other one to its split domain, as in \"prefix P/L 9929\"");
	read_bad(NODE HOSTS OPEN "unbound-program /usr/sbin/unbound\ndns64 2001:db8:1:64::/96 2001:db8:1::/64\n",
		 "dns64 for some clients needs the module");
}

static void it_is_off_by_default(void **state)
{
	struct conf_settings *settings = read_good(NODE HOSTS OPEN);

	(void)state;
	assert_false(settings->dns.dns64.on || settings->dns.discovery_count > 0);
	assert_int_equal(settings->dns.dns64.excluded_count, 0);
	conf_settings_free(settings);
	settings = read_good(NODE HOSTS OPEN "dns64 off\n");
	assert_false(settings->dns.dns64.on);
	conf_settings_free(settings);
}

static void the_first_exclusion_replaces_the_default(void **state)
{
	struct conf_settings *settings = read_good(NODE HOSTS OPEN DNS64
						   "dns64-exclude 64:ff9b::/96\ndns64-exclude fec0::/10\n");
	char text[CONF_PREFIX_TEXT];

	(void)state;
	assert_int_equal(settings->dns.dns64.excluded_count, 2);
	assert_string_equal(conf_prefix6_print(&settings->dns.dns64.excluded[0], text), "64:ff9b::/96");
	conf_settings_free(settings);
}

static void every_door_is_opened_on_purpose(void **state)
{
	(void)state;
	read_bad(NODE HOSTS OPEN "dns64 on\n", "\"on\" is neither a prefix nor off");
	read_bad(NODE HOSTS OPEN "dns64 fd00::/96\n",
		 "fd00::/96 is not a prefix of this file: add a line \"prefix fd00::/96\"");
	read_bad(NODE HOSTS OPEN "dns64 2001:db8:1:64::/64\n", "is not a prefix of this file");
	read_bad(NODE HOSTS DNS64 "allow-destination 10.0.0.0/8\n", "add a line \"allow-destination 0.0.0.0/0\"");
	read_bad(NODE HOSTS SPLIT DNS64, "add a line \"allow-destination 0.0.0.0/0\"");
	read_bad(NODE OPEN DNS64 "dns-client 2001:db8:1::/64\n", "dns64 without allow-source");
	read_bad(NODE OPEN DNS64 "allow-source 2001:db8:1::/64\n", "no host may query the resolver");
	read_bad("prefix fd64:1::/96\ndynamic-pool 192.168.240.0/20\ndns64 fd64:1::/96\n" HOSTS OPEN,
		 "dns64 without edge-address");
	read_bad(NODE HOSTS OPEN "dns64-exclude 64:ff9b::/96\n", "dns64-exclude without dns64");
	read_bad(NODE HOSTS OPEN DNS64 "dns64-exclude 10.0.0.0/8\n", "\"10.0.0.0/8\" is not an IPv6 prefix");
}

static void clients_are_told_what_is_theirs(void **state)
{
	struct conf_settings *settings = read_good(
		NODE HOSTS OPEN DNS64
		"prefix fd64:1::/96\ndns-client 192.0.2.0/24\n"
		"ipv4only-arpa 2001:db8:1::/80 2001:db8:1:64::/96 fd64:1::/96\nipv4only-arpa 192.0.2.7 none\n");

	(void)state;
	assert_int_equal(settings->dns.discovery_count, 2);
	assert_int_equal(settings->dns.discoveries[0].client.family, AF_INET6);
	assert_int_equal(settings->dns.discoveries[0].client.v6.length, 80);
	assert_int_equal(settings->dns.discoveries[0].prefix_count, 2);
	assert_int_equal(settings->dns.discoveries[1].client.family, AF_INET);
	assert_int_equal(settings->dns.discoveries[1].prefix_count, 0);
	conf_settings_free(settings);
}

static void a_client_is_told_nothing_untrue(void **state)
{
	(void)state;
	read_bad(NODE HOSTS OPEN DNS64 "ipv4only-arpa 2001:db8::/32 none\n", "2001:db8::/32 may not query the resolver");
	read_bad(NODE HOSTS OPEN DNS64 "ipv4only-arpa 10.0.0.1 none\n", "10.0.0.1/32 may not query the resolver");
	read_bad(NODE HOSTS OPEN DNS64 "ipv4only-arpa 2001:db8:1::/64 fd00::/96\n", "is not a prefix of this file");
	read_bad(NODE HOSTS OPEN DNS64 "ipv4only-arpa 2001:db8:1::/64 none fd00::/96\n", "\"fd00::/96\" after none");
	read_bad(NODE HOSTS "allow-destination 100.64.0.0/10\nipv4only-arpa 2001:db8:1::/64 2001:db8:1:64::/96\n",
		 "stands for all of IPv4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gateway_is_read),
		cmocka_unit_test(it_may_be_for_some_clients),
		cmocka_unit_test(it_is_off_by_default),
		cmocka_unit_test(the_first_exclusion_replaces_the_default),
		cmocka_unit_test(every_door_is_opened_on_purpose),
		cmocka_unit_test(clients_are_told_what_is_theirs),
		cmocka_unit_test(a_client_is_told_nothing_untrue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
