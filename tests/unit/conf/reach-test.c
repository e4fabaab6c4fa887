/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may reach what: the table of cases. */
#include "conf/reach.h"

#include "conf/reader.h"
#include "conf/settings.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RELAY                                                                                                          \
	"split-domain 9929 one.example\nprefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n"                        \
	"edge-address 100.101.102.103\nedge-address 203.0.113.7\nedge-address fd7a:115c:a1e0::1\n"
#define OPEN                                                                                                                      \
	RELAY "allow-destination 0.0.0.0/0\nipv4-addr 192.0.2.9\ndevice-address 192.0.2.10\nmap 198.51.100.0/28 2001:db8::/124\n" \
	      "deny-destination 10.0.0.0/8\ntwin-prefix 10.192.0.0/10\n"
#define GATEWAY                                                                                                        \
	"prefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\nedge-address 203.0.113.7\ndns64 fd64:9929::/96\n"       \
	"allow-destination 0.0.0.0/0\nallow-source 2001:db8::/32\ndns-client 2001:db8::/32\nmap 198.51.100.2 2001:db8::2\n"
#define TAYGA                                                                                                          \
	"prefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\nipv4-addr 192.168.240.1\nmap 198.51.100.2 2001:db8::2\n"

/* 64:ff9b::/96 stands for the Internet alone. */
#define WELL_KNOWN                                                                                                          \
	"split-domain 9929 one.example\nprefix 64:ff9b::/96\ndynamic-pool 192.168.240.0/20\nedge-address 100.101.102.103\n" \
	"allow-destination 0.0.0.0/0\n"

/* Clients: of the tailnet, of nowhere, of OPEN's map, of GATEWAY's sources. */
#define TAILNET   "fd7a:115c:a1e0::77"
#define ELSEWHERE "2001:db8:9::1"
#define MAPPED    "2001:db8::5"
#define TWIN      true

static const char *const words[] = {
	[CONF_REACH_YES] = "yes",      [CONF_REACH_MARTIAN] = "martian", [CONF_REACH_NOT_GLOBAL] = "not global",
	[CONF_REACH_OWN] = "own",      [CONF_REACH_CLIENT] = "client",   [CONF_REACH_DENIED] = "denied",
	[CONF_REACH_CLOSED] = "closed"};

static const struct {
	const char *settings, *client, *target, *expected, *why;
	bool by_twin;
} cases[] = {
	{RELAY, TAILNET, "100.64.0.1", "yes", "the tailnet's first", false},
	{RELAY, TAILNET, "100.127.255.255", "yes", "the tailnet's last", false},
	{RELAY, TAILNET, "100.128.0.0", "closed", "behind the tailnet", false},
	{RELAY, TAILNET, "8.8.8.8", "closed", "nothing is open but the tailnet", false},
	{RELAY, TAILNET, "100.100.100.100", "denied", "tailscaled's resolver, by default", false},
	{RELAY, TAILNET, "100.101.102.103", "own", "an edge-address", false},
	{RELAY, TAILNET, "203.0.113.7", "own", "an edge-address that is not even open", false},
	{RELAY, TAILNET, "127.0.0.1", "martian", "loopback", false},
	{RELAY, TAILNET, "0.0.0.0", "martian", "this network", false},
	{RELAY, TAILNET, "224.0.0.1", "martian", "multicast", false},
	{RELAY, TAILNET, "255.255.255.255", "martian", "broadcast", false},
	{RELAY, TAILNET, "192.168.240.1", "own", "the translator's", false},
	{RELAY, TAILNET, "192.168.240.2", "own", "the device's", false},
	{RELAY, TAILNET, "192.168.255.255", "client", "the pool's last", false},
	{RELAY, ELSEWHERE, "100.64.0.1", "source", "no allow-source", false},

	{RELAY "http-listen auto\n", TAILNET, "100.101.102.103", "yes", "an edge-address with the page", false},
	{RELAY "http-listen 100.101.102.103:80\n", TAILNET, "100.101.102.103", "yes", "an edge-address with the page", false},
	{RELAY "http-listen [fd7a:115c:a1e0::1]:80\nhttp-listen 100.101.102.103:81\n", TAILNET, "100.101.102.103",
	 "own", "the page's first port is elsewhere", false},
	{RELAY "http-listen 127.0.0.1\n", TAILNET, "100.101.102.103", "own", "the page is not there", false},
	{RELAY "http-listen auto\n", TAILNET, "203.0.113.7", "closed", "with the page, and not open", false},
	{RELAY "http-listen 100.64.0.9\n", TAILNET, "192.168.240.1", "own", "the translator's has no page", false},

	{OPEN, TAILNET, "8.8.8.8", "yes", "allow-destination 0.0.0.0/0", false},
	{OPEN, TAILNET, "203.0.113.8", "yes", "beside an edge-address", false},
	{OPEN, TAILNET, "203.0.113.7", "own", "an edge-address", false},
	{OPEN, TAILNET, "192.0.2.9", "own", "ipv4-addr outside of the pool", false},
	{OPEN, TAILNET, "192.0.2.10", "own", "device-address outside of the pool", false},
	{OPEN, TAILNET, "192.168.240.77", "client", "in the pool", false},
	{OPEN, TAILNET, "10.200.0.1", "client", "the twin: what is moved is moved once", false},
	{OPEN, TAILNET, "10.1.0.1", "denied", "deny-destination", false},
	{OPEN, TAILNET, "198.51.100.15", "client", "of a map", false},
	{OPEN, MAPPED, "198.51.100.15", "yes", "maps reach each other", false},
	{OPEN, MAPPED, "192.168.240.77", "client", "but nobody's lease", false},
	{OPEN, MAPPED, "203.0.113.7", "own", "and not the node", false},
	{OPEN, TAILNET, "198.51.100.16", "yes", "behind a map", false},
	{OPEN, TAILNET, "169.254.169.254", "martian", "the metadata of clouds", false},
	{OPEN, TAILNET, "203.0.113.7", "own", "an edge-address by the twin", TWIN},
	{OPEN, TAILNET, "100.64.0.1", "yes", "the tailnet by the twin", TWIN},

	{WELL_KNOWN, TAILNET, "8.8.8.8", "yes", "global", false},
	{WELL_KNOWN, TAILNET, "10.0.0.1", "not global", "RFC 6052 section 3.1", false},
	{WELL_KNOWN, TAILNET, "100.64.0.1", "not global", "shared space is not global", false},
	{WELL_KNOWN "wkpf-strict off\n", TAILNET, "10.0.0.1", "yes", "asked for", false},
	{WELL_KNOWN "twin-prefix 10.192.0.0/10\n", TAILNET, "100.64.0.1", "yes", "the twin is no prefix", TWIN},

	{GATEWAY, MAPPED, "203.0.113.7", "own", "an edge-address", false},
	{GATEWAY, MAPPED, "192.168.240.77", "yes", "clients reach each other, where they are no tailnet's", false},
	{GATEWAY, MAPPED, "198.51.100.2", "yes", "so do maps", false},
	{GATEWAY, TAILNET, "8.8.8.8", "source", "no allow-source", false},

	{TAYGA, ELSEWHERE, "192.168.240.1", "yes", "TAYGA's own address is a host like others", false},
	{TAYGA, ELSEWHERE, "192.168.240.77", "yes", "in the pool", false},
	{TAYGA, ELSEWHERE, "198.51.100.2", "yes", "of a map", false},
	{TAYGA, ELSEWHERE, "10.0.0.1", "yes", "nothing is restricted", false},
	{TAYGA "map 169.254.1.1 2001:db8::7\n", ELSEWHERE, "169.254.1.1", "yes", "asked for", false},
	{TAYGA "map 169.254.1.1 2001:db8::7\n", ELSEWHERE, "169.254.1.2", "martian", "beside it", false},
	{TAYGA, ELSEWHERE, "0.0.0.1", "martian", "this network", false},
};

static struct conf_settings *settings_of(const char *text)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, strlen(text), &report);

	if (!settings)
		fail_msg("expected settings, got '%s'", report.count > 0 ? report.lines[0] : "no message");
	conf_report_clear(&report);
	return settings;
}

static bool is_mapped6(const struct conf_settings *settings, const struct in6_addr *client)
{
	for (size_t i = 0; i < settings->translation.map_count; i++)
		if (conf_prefix6_contains(&settings->translation.maps[i].v6, client))
			return true;
	return false;
}

static const char *answer(const struct conf_settings *settings, const char *client_text, const char *target_text,
			  bool by_twin)
{
	struct conf_reach_way way = {by_twin ? NULL : &settings->common.prefixes[0].prefix, false, false};
	struct in6_addr client;
	struct in_addr target;

	assert_int_equal(inet_pton(AF_INET6, client_text, &client), 1);
	assert_int_equal(inet_pton(AF_INET, target_text, &target), 1);
	way.client_mapped = is_mapped6(settings, &client);
	way.target_mapped = conf_reach_is_mapped4(settings, target);
	if (!way.client_mapped && !conf_reach_source6(settings, &client))
		return "source";
	return words[conf_reach_target4(settings, &way, target)];
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_settings *settings = settings_of(cases[i].settings);
		const char *got = answer(settings, cases[i].client, cases[i].target, cases[i].by_twin);

		if (strcmp(got, cases[i].expected))
			fail_msg("case %zu, %s to %s (%s): expected %s, got %s", i, cases[i].client, cases[i].target,
				 cases[i].why, cases[i].expected, got);
		conf_settings_free(settings);
	}
}

/* The ranges that the guard and dns64 are told of are those that the function refuses. */
static void test_martians_are_listed(void **state)
{
	static const struct {
		const char *settings;
		size_t count;
	} lists[] = {{OPEN, 5}, {TAYGA "map 169.254.1.1 2001:db8::7\n", 4}, {TAYGA "map 168.0.0.0/5 2001:db8:1::/101\n", 4}};
	struct conf_prefix4 range;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct conf_settings *settings = settings_of(lists[i].settings);
		size_t count = 0;

		for (; conf_reach_martian4(settings, count, &range); count++)
			assert_true(conf_reach_is_martian4(settings, range.address, false));
		assert_int_equal(count, lists[i].count);
		conf_settings_free(settings);
	}
}

/* Whatever is the node's own or a client's by the list is refused by the function as well. */
static void test_list_and_function_agree(void **state)
{
	static const char *const expected[] = {"192.168.240.0/20", "192.0.2.9/32", "192.0.2.10/32",
					       "100.101.102.103/32", "203.0.113.7/32"};
	struct conf_settings *settings = settings_of(OPEN);
	struct conf_prefix4 own;
	char text[CONF_PREFIX_TEXT];
	size_t count = 0;

	(void)state;
	for (; conf_reach_own4(settings, count, &own); count++) {
		enum conf_reach reach = conf_reach_destination4(settings, own.address);

		assert_true(count < sizeof(expected) / sizeof(expected[0]));
		assert_string_equal(conf_prefix4_print(&own, text), expected[count]);
		assert_true(reach == CONF_REACH_OWN || reach == CONF_REACH_CLIENT);
	}
	assert_int_equal(count, sizeof(expected) / sizeof(expected[0]));
	conf_settings_free(settings);
	settings = settings_of("prefix fd64:9929::/96\nipv4-addr 192.0.2.9\n"); /* a translator that has nothing else */
	assert_true(conf_reach_own4(settings, 0, &own));
	assert_string_equal(conf_prefix4_print(&own, text), "192.0.2.9/32");
	assert_false(conf_reach_own4(settings, 1, &own));
	conf_settings_free(settings);
}

static void test_sources(void **state)
{
	struct conf_settings *settings = settings_of(RELAY);
	struct in6_addr address;

	(void)state;
	inet_pton(AF_INET6, "fd7a:115c:a1e0::77", &address);
	assert_true(conf_reach_source6(settings, &address));
	inet_pton(AF_INET6, "fd7a:115c:a1e1::77", &address);
	assert_false(conf_reach_source6(settings, &address));
	conf_settings_free(settings);
	settings = settings_of(TAYGA);
	assert_true(conf_reach_source6(settings, &address));
	conf_settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_martians_are_listed),
		cmocka_unit_test(test_list_and_function_agree),
		cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
