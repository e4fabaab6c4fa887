/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may reach what: the table of cases. */
#include "conf/reach.h"

#include "conf/settings.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RELAY "split-domain 9929 one.example\nprefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n" \
	      "edge-address 100.101.102.103\nedge-address 203.0.113.7\nedge-address fd7a:115c:a1e0::1\n"
#define OPEN RELAY "allow-destination 0.0.0.0/0\nipv4-addr 192.0.2.9\ndevice-address 192.0.2.10\nmap 198.51.100.0/28 2001:db8::/124\n" \
		   "deny-destination 10.0.0.0/8\ntwin-prefix 10.192.0.0/10\n"
#define GATEWAY "prefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\nedge-address 203.0.113.7\ndns64 fd64:9929::/96\n" \
		"allow-destination 0.0.0.0/0\nallow-source 2001:db8::/32\ndns-client 2001:db8::/32\nmap 198.51.100.2 2001:db8::2\n"
#define TAYGA "prefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\nipv4-addr 192.168.240.1\nmap 198.51.100.2 2001:db8::2\n"

static const struct {
	const char *settings, *address;
	enum conf_reach packet, name; /* by conf_reach_destination4, which leaves martians and maps to the caller; by conf_reach_answer4 */
} cases[] = {
	{ RELAY, "100.64.0.1", CONF_REACH_YES, CONF_REACH_YES },
	{ RELAY, "100.127.255.255", CONF_REACH_YES, CONF_REACH_YES },
	{ RELAY, "100.128.0.0", CONF_REACH_CLOSED, CONF_REACH_CLOSED },
	{ RELAY, "100.100.100.100", CONF_REACH_DENIED, CONF_REACH_DENIED },
	{ RELAY, "100.101.102.103", CONF_REACH_OWN, CONF_REACH_OWN },
	{ RELAY, "203.0.113.7", CONF_REACH_OWN, CONF_REACH_OWN },
	{ RELAY, "127.0.0.1", CONF_REACH_CLOSED, CONF_REACH_MARTIAN },
	{ RELAY, "192.168.240.1", CONF_REACH_OWN, CONF_REACH_OWN },       /* the translator's */
	{ RELAY, "192.168.240.2", CONF_REACH_OWN, CONF_REACH_OWN },       /* the device's */
	{ RELAY, "192.168.255.255", CONF_REACH_CLIENT, CONF_REACH_CLIENT }, /* the pool's last */

	{ OPEN, "8.8.8.8", CONF_REACH_YES, CONF_REACH_YES },
	{ OPEN, "203.0.113.8", CONF_REACH_YES, CONF_REACH_YES },
	{ OPEN, "203.0.113.7", CONF_REACH_OWN, CONF_REACH_OWN },
	{ OPEN, "192.0.2.9", CONF_REACH_OWN, CONF_REACH_OWN },
	{ OPEN, "192.0.2.10", CONF_REACH_OWN, CONF_REACH_OWN },
	{ OPEN, "192.168.240.77", CONF_REACH_CLIENT, CONF_REACH_CLIENT },
	{ OPEN, "10.200.0.1", CONF_REACH_CLIENT, CONF_REACH_CLIENT }, /* the twin */
	{ OPEN, "10.1.0.1", CONF_REACH_DENIED, CONF_REACH_DENIED },
	{ OPEN, "198.51.100.15", CONF_REACH_YES, CONF_REACH_CLIENT }, /* of a map: the translator asks its index */
	{ OPEN, "198.51.100.16", CONF_REACH_YES, CONF_REACH_YES },
	{ OPEN, "169.254.169.254", CONF_REACH_YES, CONF_REACH_MARTIAN },

	{ GATEWAY, "203.0.113.7", CONF_REACH_OWN, CONF_REACH_OWN },
	{ GATEWAY, "192.168.240.77", CONF_REACH_YES, CONF_REACH_YES }, /* clients reach each other, where they are no tailnet's */
	{ GATEWAY, "198.51.100.2", CONF_REACH_YES, CONF_REACH_YES },

	{ TAYGA, "192.168.240.1", CONF_REACH_YES, CONF_REACH_YES },
	{ TAYGA, "192.168.240.77", CONF_REACH_YES, CONF_REACH_YES },
	{ TAYGA, "198.51.100.2", CONF_REACH_YES, CONF_REACH_YES },
	{ TAYGA, "10.0.0.1", CONF_REACH_YES, CONF_REACH_YES },
	{ TAYGA "map 169.254.1.1 2001:db8::7\n", "169.254.1.1", CONF_REACH_YES, CONF_REACH_YES }, /* asked for */
	{ TAYGA "map 169.254.1.1 2001:db8::7\n", "169.254.1.2", CONF_REACH_YES, CONF_REACH_MARTIAN },
	{ TAYGA, "0.0.0.1", CONF_REACH_YES, CONF_REACH_MARTIAN },
};

static struct conf_settings *settings_of(const char *text)
{
	struct conf_report report = { 0 };
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, strlen(text), &report);

	if (!settings)
		fail_msg("expected settings, got '%s'", report.count > 0 ? report.lines[0] : "no message");
	conf_report_clear(&report);
	return settings;
}

static void test_destinations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_settings *settings = settings_of(cases[i].settings);
		enum conf_reach packet, name;
		struct in_addr address;

		assert_int_equal(inet_pton(AF_INET, cases[i].address, &address), 1);
		packet = conf_reach_destination4(settings, address);
		name = conf_reach_answer4(settings, address);
		if (packet != cases[i].packet || name != cases[i].name)
			fail_msg("case %zu, %s: expected %d and %d, got %d and %d", i, cases[i].address, (int)cases[i].packet,
				 (int)cases[i].name, (int)packet, (int)name);
		conf_settings_free(settings);
	}
}

/* Whatever is the node's own or a client's by the list is refused by the function as well. */
static void test_list_and_function_agree(void **state)
{
	static const char *const expected[] = { "192.168.240.0/20", "192.0.2.9/32", "192.0.2.10/32",
						"100.101.102.103/32", "203.0.113.7/32" };
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
		cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_list_and_function_agree),
		cmocka_unit_test(test_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
