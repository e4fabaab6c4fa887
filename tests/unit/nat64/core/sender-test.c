/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose ICMP errors are believed: of each type, by each sender, in an open translator, a gateway and a relay. */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#define ALLOWED STRANGER            /* inside of allow-source, and no client */
#define FOREIGN "2001:4860::9"      /* outside of allow-source */
#define NODE    "fd7a:115c:a1e0::5" /* of the tailnet, and outside of allow-source */
#define NODE4   "192.168.240.12"
#define TARGET4 "100.64.0.3"
#define TARGET  "fd64::6440:3"
#define ROUTER4 "203.0.113.1"
#define DEVICE4 "192.168.240.2"

enum mode {
	OPEN,    /* as TAYGA is */
	SERVERS, /* allow-source, but no gateway: what comes of it is as in OPEN */
	GATEWAY,
	RELAY,
	OPEN_RELAY, /* a gateway as well */
	MODES
};

static struct lab *lab_of(enum mode mode)
{
	static const struct conf_prefix4 all = {.length = 0};
	struct lab *lab = mode == OPEN ? lab_open() : lab_open_relay();

	if (mode == SERVERS || mode == GATEWAY)
		lab->settings.dns.split_domain_count = 0;
	if (mode == SERVERS)
		lab->settings.common.allowed_destinations.count4 = 0;
	if (mode == GATEWAY || mode == OPEN_RELAY)
		lab->settings.common.allowed_destinations.v4 = (struct conf_prefix4 *)&all;
	lab_add_map(lab, &(struct conf_map){.v4 = {address4(NODE4), 32}, .v6 = {address6(NODE), 128}});
	return lab;
}

/* An ICMPv6 error of the sender about what SERVER sent to the receiver. */
static void make_report6(struct lab *lab, const char *sender, const char *receiver, unsigned type, unsigned code)
{
	uint8_t quote[48];
	size_t size;

	make_ipv6(lab, SERVER, receiver, IPPROTO_UDP);
	put_udp(lab, 53, 1000, 1400);
	seal(lab);
	size = save(lab, quote, sizeof(quote));
	make_ipv6(lab, sender, SERVER, IPPROTO_ICMPV6);
	put_icmp(lab, type, code, type == 2 ? 1300 : 0);
	put(lab, quote, size);
	seal(lab);
}

static void icmpv6_errors_come_from_the_client_the_kernel_or_a_gateways_allowed_sources(void **state)
{
	static const struct {
		const char *sender, *receiver;
		const char *seen_from[MODES]; /* the IPv4 source that the target sees; NULL: dropped */
	} cases[] = {
		/* open, servers, gateway, relay, open relay */
		{CLIENT, CLIENT, {CLIENT4, CLIENT4, CLIENT4, CLIENT4, CLIENT4}},
		{OWN, CLIENT, {NULL, NULL, OWN4, OWN4, OWN4}}, /* in the prefix: a loop, but for what the guard vouches for */
		{OTHER, CLIENT, {OTHER4, OTHER4, OTHER4, NULL, OTHER4}},
		{ALLOWED, CLIENT, {OWN4, OWN4, OWN4, NULL, OWN4}},
		{FOREIGN, CLIENT, {OWN4, OWN4, NULL, NULL, NULL}},
		{NODE, CLIENT, {NODE4, NODE4, NODE4, NULL, NODE4}}, /* a map is a permission */
		{NODE, NODE, {NODE4, NODE4, NODE4, NODE4, NODE4}},
		{OWN, NODE, {NULL, NULL, OWN4, OWN4, OWN4}},
		{CLIENT, NODE, {CLIENT4, CLIENT4, CLIENT4, NULL, NULL}},
		{FOREIGN, NODE, {OWN4, OWN4, NULL, NULL, NULL}},
	};
	static const uint8_t errors[][2] = {{1, 0}, {1, 1}, {1, 3}, {1, 4}, {2, 0}, {3, 0}, {3, 1}, {4, 0}, {4, 1}};

	(void)state;
	for (unsigned mode = 0; mode < MODES; mode++) {
		struct lab *lab = lab_of(mode);

		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			for (size_t j = 0; j < sizeof(errors) / sizeof(*errors); j++) {
				const char *expected = cases[i].seen_from[mode];
				bool loops = mode <= SERVERS && !expected;

				make_report6(lab, cases[i].sender, cases[i].receiver, errors[j][0], errors[j][1]);
				if (expected)
					assert_string_equal(lab_expect(lab, NAT64_6TO4).source, expected);
				else
					lab_expect_drop(lab, loops ? NAT64_REASON_LOOP : NAT64_REASON_ICMP_SENDER);
			}
		assert_int_equal(lab->assigned, 0);
		lab_close(lab);
	}
}

/* What the client sent to the target comes back as an ICMPv4 error of the sender. */
static void make_report4(struct lab *lab, const char *sender, const char *target, unsigned type, unsigned code)
{
	uint8_t quote[28];
	size_t size;

	make_ipv4(lab, CLIENT4, target, IPPROTO_UDP);
	put_udp(lab, 1000, 53, 1400);
	seal(lab);
	size = save(lab, quote, sizeof(quote));
	make_ipv4(lab, sender, CLIENT4, IPPROTO_ICMP);
	put_icmp(lab, type, code, code == 4 ? 1300 : 0);
	put(lab, quote, size);
	seal(lab);
}

static void icmpv4_errors_about_nodes_of_a_tailnet_come_from_them_or_the_kernel(void **state)
{
	static const struct {
		const char *sender, *target;
		bool passes[MODES]; /* open, servers, gateway, relay, open relay */
	} cases[] = {
		{TARGET4, TARGET4, {true, true, true, true, true}},
		{DEVICE4, TARGET4, {true, true, true, true, true}},
		{"100.64.0.4", TARGET4, {true, true, true, false, false}},
		{ROUTER4, TARGET4, {true, true, true, false, false}},
		{ROUTER4, SERVER4, {true, true, true, true, true}},
		{"100.64.0.4", SERVER4, {true, true, true, true, true}},
	};
	static const uint8_t errors[][2] = {{3, 1}, {3, 3}, {3, 4}, {11, 0}, {12, 0}};
	static const struct conf_prefix4 all = {.length = 0};
	struct in_addr device;

	(void)state;
	for (unsigned mode = 0; mode < MODES; mode++) {
		struct lab *lab = lab_of(mode);

		lab->settings.common.allowed_destinations.v4 = (struct conf_prefix4 *)&all;
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			for (size_t j = 0; j < sizeof(errors) / sizeof(*errors); j++) {
				make_report4(lab, cases[i].sender, cases[i].target, errors[j][0], errors[j][1]);
				if (cases[i].passes[mode])
					assert_string_equal(lab_expect(lab, NAT64_4TO6).destination, CLIENT);
				else
					lab_expect_drop(lab, NAT64_REASON_ICMP_SENDER);
			}
		device = lab->settings.translation.device_address;
		lab->settings.translation.device_address.s_addr = INADDR_ANY; /* nobody knows what the kernel takes then */
		make_report4(lab, ROUTER4, TARGET4, 3, 4);
		lab_expect(lab, NAT64_4TO6);
		lab->settings.translation.device_address = device;
		lab_close(lab);
	}
}

/* What the relay refuses is told to nobody, and a quote of the other IP version is no quote. */
static void a_quote_of_the_other_version_is_none(void **state)
{
	struct lab *lab = lab_of(RELAY);
	uint8_t quote[28];
	size_t size;

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	put_udp(lab, 53, 1000, 1400);
	seal(lab);
	size = save(lab, quote, sizeof(quote));
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_ICMPV6);
	put_icmp(lab, 1, 4, 0);
	put(lab, quote, size);
	seal(lab);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(icmpv6_errors_come_from_the_client_the_kernel_or_a_gateways_allowed_sources),
		cmocka_unit_test(icmpv4_errors_about_nodes_of_a_tailnet_come_from_them_or_the_kernel),
		cmocka_unit_test(a_quote_of_the_other_version_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
