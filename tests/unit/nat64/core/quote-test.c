/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ICMP error that quotes what the translator cannot have sent is dropped, in both directions. */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#define ROUTER  "2001:db8:9::1" /* neither client nor in the prefix */
#define ROUTER4 "203.0.113.1"

/* Make the lab's packet an error about what is there now: from a router to the source of that. */
static void make_error(struct lab *lab, const char *to)
{
	bool is4 = lab->packet[0] >> 4 == 4;
	uint8_t quote[80];
	size_t size;

	size = save(lab, quote, sizeof(quote));
	if (is4)
		make_ipv4(lab, ROUTER4, to, IPPROTO_ICMP);
	else
		make_ipv6(lab, ROUTER, to, IPPROTO_ICMPV6);
	put_icmp(lab, is4 ? 3 : 1, is4 ? 1 : 0, 0);
	put(lab, quote, size);
	seal(lab);
}

/* An error about a packet that CLIENT4 sent, or SERVER. */
static void make_report(struct lab *lab, unsigned version, const char *destination, unsigned protocol)
{
	uint8_t body[24] = {version == 4 ? 8 : 128}; /* where the protocol is ICMP: an echo request */

	if (version == 4)
		make_ipv4(lab, CLIENT4, destination, protocol);
	else
		make_ipv6(lab, SERVER, destination, protocol);
	put(lab, body, sizeof(body));
	if (version == 4)
		seal_ipv4(lab);
	make_error(lab, version == 4 ? CLIENT4 : SERVER);
}

static bool is_among(unsigned number, const unsigned *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

static void transports_that_the_translator_never_sends(void **state)
{
	static const unsigned never4[] = {0, 2, 43, 44, 58, 60}, never6[] = {1, 2}, extensions[] = {0, 43, 44, 60};
	struct lab *lab = lab_open();

	(void)state;
	for (unsigned protocol = 0; protocol < 256; protocol++) {
		make_report(lab, 4, SERVER4, protocol);
		if (is_among(protocol, never4, sizeof(never4) / sizeof(*never4)))
			lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
		else
			assert_int_equal(lab_expect(lab, NAT64_4TO6).transport[0], 1);
		make_report(lab, 6, CLIENT, protocol);
		if (is_among(protocol, never6, sizeof(never6) / sizeof(*never6)))
			lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
		else if (!is_among(protocol, extensions, sizeof(extensions) / sizeof(*extensions)))
			assert_int_equal(lab_expect(lab, NAT64_6TO4).transport[0], 3);
	}
	lab_close(lab);
}

/* Behind the extension headers, and in a later fragment, whose own header says what it is a fragment of. */
static void transports_behind_extension_headers(void **state)
{
	static const uint8_t options[6] = {1, 4};
	struct lab *lab = lab_open();

	(void)state;
	for (unsigned protocol = IPPROTO_ICMP; protocol <= IPPROTO_IGMP; protocol++) {
		make_ipv6(lab, SERVER, CLIENT, IPPROTO_DSTOPTS);
		put_extension(lab, protocol, options, sizeof(options));
		put_pattern(lab, 24);
		make_error(lab, SERVER);
		lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
		make_ipv6(lab, SERVER, CLIENT, IPPROTO_FRAGMENT);
		put_fragment(lab, protocol, 1448, false, 7);
		put_pattern(lab, 24);
		make_error(lab, SERVER);
		lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	}
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_ICMPV6);
	set_fragment4(lab, false, false, 1480);
	put_pattern(lab, 24);
	seal_ipv4(lab);
	make_error(lab, CLIENT4);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	lab_close(lab);
}

static void martians_at_the_other_end(void **state)
{
	static const char *const martians4[] = {"0.0.0.0",   "0.1.2.3",   "127.0.0.1",      "169.254.169.254",
						"224.0.0.1", "239.1.2.3", "255.255.255.255"};
	static const char *const martians6[] = {"::", "::1", "::ffff:198.51.100.7", "fe80::1", "ff02::1"};
	struct lab *lab = lab_open();

	(void)state;
	for (size_t i = 0; i < sizeof(martians4) / sizeof(*martians4); i++) {
		make_report(lab, 4, martians4[i], IPPROTO_UDP);
		lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	}
	for (size_t i = 0; i < sizeof(martians6) / sizeof(*martians6); i++) {
		make_report(lab, 6, martians6[i], IPPROTO_UDP);
		lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	}
	lab_close(lab);
}

/* The source of the quote is who gets the error: an end that is a martian cannot be. */
static void martians_at_the_near_end(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	make_ipv4(lab, "127.0.0.1", SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 8);
	seal(lab);
	make_error(lab, CLIENT4);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	make_ipv6(lab, "::1", CLIENT, IPPROTO_UDP);
	put_udp(lab, 1, 2, 8);
	seal(lab);
	make_error(lab, SERVER);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	lab_close(lab);
}

/* Without a pool, hosts may live in the prefix: fd64::7f00:1 would be 127.0.0.1. */
static void martians_in_the_prefix(void **state)
{
	const struct conf_map server = {.v4 = {address4("192.0.2.7"), 32}, .v6 = {address6("2001:db8:7::7"), 128}};
	struct lab *lab = lab_open();

	(void)state;
	lab->settings.translation.has_dynamic_pool = false;
	lab_add_map(lab, &server);
	make_ipv6(lab, "2001:db8:7::7", "fd64::7f00:1", IPPROTO_UDP);
	put_udp(lab, 1, 2, 8);
	seal(lab);
	make_error(lab, "2001:db8:7::7");
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	make_ipv6(lab, "2001:db8:7::7", "fd64::7e00:1", IPPROTO_UDP);
	put_udp(lab, 1, 2, 8);
	seal(lab);
	make_error(lab, "2001:db8:7::7");
	assert_string_equal(lab_expect(lab, NAT64_6TO4).destination, "192.0.2.7");
	lab_close(lab);
}

/* What the settings give to somebody is no martian: conf/reach.h. */
static void link_local_addresses_of_the_settings(void **state)
{
	const struct conf_map metadata = {.v4 = {address4("169.254.169.254"), 32}, .v6 = {address6("2001:db8:7::fe"), 128}};
	struct lab *lab = lab_open();
	struct packet_shape shape, inner;

	(void)state;
	lab_add_map(lab, &metadata);
	make_report(lab, 4, "169.254.169.254", IPPROTO_UDP);
	shape = lab_expect(lab, NAT64_4TO6);
	inner = lab_quote(&shape);
	assert_string_equal(inner.destination, "2001:db8:7::fe");
	make_report(lab, 6, "2001:db8:7::fe", IPPROTO_UDP);
	shape = lab_expect(lab, NAT64_6TO4);
	inner = lab_quote(&shape);
	assert_string_equal(inner.destination, "169.254.169.254");
	make_report(lab, 4, "169.254.169.253", IPPROTO_UDP);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	lab_close(lab);
}

/* A client's packet to these is refused on its way: no router has ever seen one. */
static void destinations_that_no_client_reaches(void **state)
{
	struct lab *lab = lab_open_relay();

	(void)state;
	make_report(lab, 4, SERVER4, IPPROTO_UDP);
	lab_expect(lab, NAT64_4TO6);
	make_report(lab, 4, "198.51.100.100", IPPROTO_UDP); /* denied */
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	make_report(lab, 4, "203.0.113.9", IPPROTO_UDP); /* not allowed */
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	make_report(lab, 4, OTHER4, IPPROTO_UDP); /* another client's */
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	lab_close(lab);
	lab = lab_open();
	inet_pton(AF_INET6, "64:ff9b::", &lab->prefixes[0].prefix.address);
	make_report(lab, 4, "8.8.8.8", IPPROTO_UDP);
	lab_expect(lab, NAT64_4TO6);
	make_report(lab, 4, "10.1.2.3", IPPROTO_UDP); /* not in 64:ff9b::/96 */
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transports_that_the_translator_never_sends),
		cmocka_unit_test(transports_behind_extension_headers),
		cmocka_unit_test(martians_at_the_other_end),
		cmocka_unit_test(martians_at_the_near_end),
		cmocka_unit_test(martians_in_the_prefix),
		cmocka_unit_test(link_local_addresses_of_the_settings),
		cmocka_unit_test(destinations_that_no_client_reaches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
