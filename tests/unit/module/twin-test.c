/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The twin in the names: which addresses are moved, its zones under in-addr.arpa, and the way back. */
#include "module/reverse.h"
#include "module/twin.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "module/domains.h"
#include "module/record.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "read-domains.h"

#define RELAY                                                                                                          \
	"split-domain 9929 ts.test\nsplit-domain plain ts.test\na-policy plain empty\nprefix fd64:9929::/96\n"         \
	"edge-address 100.64.0.1\ndynamic-pool 192.168.240.0/20\n"

static void test_addresses_are_moved_or_left_out(void **state)
{
	static const char *const given[] = {"100.64.0.3",    "8.8.8.8",   "100.100.100.100", "100.64.0.1",
					    "192.168.240.9", "127.0.0.1", "100.127.255.254"};
	struct split_domains *domains = read_domains(RELAY "twin-prefix 10.192.0.0/10\n");
	struct in_addr addresses[8], moved[8];
	struct record records[8];
	char text[INET_ADDRSTRLEN];

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		inet_pton(AF_INET, given[i], &addresses[i]);
		records[i] = (struct record){(const uint8_t *)&addresses[i], sizeof(addresses[i])};
	}
	records[7] = (struct record){(const uint8_t *)"\144\100", 2}; /* no address */
	assert_int_equal(split_domains_move_to_twin(domains, records, 8, moved, 8), 2);
	assert_string_equal(inet_ntop(AF_INET, &moved[0], text, sizeof(text)), "10.192.0.3");
	assert_string_equal(inet_ntop(AF_INET, &moved[1], text, sizeof(text)), "10.255.255.254");
	assert_int_equal(split_domains_move_to_twin(domains, records, 8, moved, 1), 1);
	splitdns_split_domains_free(domains);
}

/* 64:ff9b::/96 may hold global addresses alone; the twin is no such prefix. */
static void test_the_prefix_does_not_limit_the_twin(void **state)
{
	struct split_domains *domains = read_domains("split-domain 9929 ts.test\nprefix 64:ff9b::/96\nedge-address 10.0.0.1\n"
						     "dynamic-pool 192.168.240.0/20\nallow-destination 0.0.0.0/0\n"
						     "twin-prefix 10.192.0.0/10\n");
	struct in_addr address, moved;
	struct record record = {(const uint8_t *)&address, sizeof(address)};

	(void)state;
	inet_pton(AF_INET, "100.64.0.3", &address);
	assert_int_equal(split_domains_move_to_twin(domains, &record, 1, &moved, 1), 1);
	splitdns_split_domains_free(domains);
}

/* What a name under in-addr.arpa is, and the real address. */
static void assert_reads(const char *twin, const char *name_text, int expected, const char *address_text)
{
	struct split_domains *domains;
	struct wire_name name;
	char settings[512], text[INET_ADDRSTRLEN] = "";
	const struct reverse_zone *zone;
	struct in_addr address;
	int kind = -1; /* no zone of ours */
	size_t offset;

	snprintf(settings, sizeof(settings), RELAY "twin-prefix %s\n", twin);
	domains = read_domains(settings);
	assert_int_equal(splitdns_wire_name_parse(name_text, &name), 0);
	zone = splitdns_split_domains_find_reverse(domains, name.octets, name.length, &offset);
	if (zone)
		kind = splitdns_twin_reverse_read(&domains->twin, name.octets, offset, &address);
	if (kind == REVERSE_ADDRESS)
		inet_ntop(AF_INET, &address, text, sizeof(text));
	if (kind != expected || strcmp(text, address_text) != 0)
		fail_msg("%s in %s: expected kind %d '%s', got %d '%s'", name_text, twin, expected, address_text, kind,
			 text);
	assert_true(!zone || zone->is_twin);
	splitdns_split_domains_free(domains);
}

static void test_names_of_addresses(void **state)
{
	(void)state;
	assert_reads("10.192.0.0/10", "3.0.192.10.in-addr.arpa", REVERSE_ADDRESS, "100.64.0.3");
	assert_reads("10.192.0.0/10", "254.255.255.10.IN-ADDR.arpa", REVERSE_ADDRESS, "100.127.255.254");
	assert_reads("10.192.0.0/10", "0.192.10.in-addr.arpa", REVERSE_BETWEEN, "");
	assert_reads("10.192.0.0/10", "192.10.in-addr.arpa", REVERSE_BETWEEN, "");
	assert_reads("10.192.0.0/10", "10.in-addr.arpa", -1, "");
	assert_reads("10.192.0.0/10", "3.0.191.10.in-addr.arpa", -1, "");
	assert_reads("10.192.0.0/10", "3.0.192.10.ip6.arpa", -1, "");
	assert_reads("10.192.0.0/10", "03.0.192.10.in-addr.arpa", REVERSE_ABSENT, "");
	assert_reads("10.192.0.0/10", "256.0.192.10.in-addr.arpa", REVERSE_ABSENT, "");
	assert_reads("10.192.0.0/10", "1000.0.192.10.in-addr.arpa", REVERSE_ABSENT, "");
	assert_reads("10.192.0.0/10", "3a.0.192.10.in-addr.arpa", REVERSE_ABSENT, "");
	assert_reads("10.192.0.0/10", "x.192.10.in-addr.arpa", REVERSE_ABSENT, "");
	assert_reads("10.192.0.0/10", "9.3.0.192.10.in-addr.arpa", REVERSE_ABSENT, "");
	assert_reads("10.7.0.0/16 100.64.0.0/16", "3.0.7.10.in-addr.arpa", REVERSE_ADDRESS, "100.64.0.3");
	assert_reads("10.7.8.0/24 100.64.9.0/24", "3.8.7.10.in-addr.arpa", REVERSE_ADDRESS, "100.64.9.3");
	assert_reads("10.7.8.128/25 100.64.9.0/25", "130.8.7.10.in-addr.arpa", REVERSE_ADDRESS, "100.64.9.2");
	assert_reads("10.7.8.128/25 100.64.9.0/25", "1.130.8.7.10.in-addr.arpa", REVERSE_ABSENT, "");
	assert_reads("10.7.8.128/25 100.64.9.0/25", "127.8.7.10.in-addr.arpa", -1, "");
	assert_reads("10.7.8.9/32 100.64.9.1/32", "9.8.7.10.in-addr.arpa", REVERSE_ADDRESS, "100.64.9.1");
}

static void test_zones_are_cut_at_octets(void **state)
{
	static const struct {
		const char *prefix;
		unsigned count;
		const char *first, *last;
	} rows[] = {
		{"10.192.0.0/10", 64, "192.10.in-addr.arpa", "255.10.in-addr.arpa"},
		{"10.0.0.0/8", 1, "10.in-addr.arpa", "10.in-addr.arpa"},
		{"10.0.0.0/9", 128, "0.10.in-addr.arpa", "127.10.in-addr.arpa"},
		{"10.1.2.128/25", 128, "128.2.1.10.in-addr.arpa", "255.2.1.10.in-addr.arpa"},
		{"10.1.2.3/32", 1, "3.2.1.10.in-addr.arpa", "3.2.1.10.in-addr.arpa"},
		{"0.0.0.0/0", 1, "in-addr.arpa", "in-addr.arpa"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_prefix4 prefix;
		char text[CONF_REVERSE_TEXT];

		conf_prefix4_parse(rows[i].prefix, &prefix);
		assert_int_equal(conf_prefix4_reverse_zones(&prefix), rows[i].count);
		assert_string_equal(conf_prefix4_print_reverse(&prefix, 0, text), rows[i].first);
		assert_string_equal(conf_prefix4_print_reverse(&prefix, rows[i].count - 1, text), rows[i].last);
	}
}

/* A split domain whose A is not the twin's has no names there, even when it is the first of relay.conf for its suffix. */
static void test_split_names(void **state)
{
	struct split_domains *domains = read_domains(
		"split-domain plain ts.test\na-policy plain empty\nsplit-domain 9929 ts.test\n"
		"prefix fd64:9929::/96\nedge-address 100.64.0.1\n"
		"dynamic-pool 192.168.240.0/20\ntwin-prefix 10.192.0.0/10\n");
	struct wire_name real, split, expected;

	(void)state;
	splitdns_wire_name_parse("my-vps.ts.test", &real);
	splitdns_wire_name_parse("my-vps.9929", &expected);
	assert_true(splitdns_reverse_split_name(domains, NULL, real.octets, real.length, &split));
	assert_int_equal(split.length, expected.length);
	assert_memory_equal(split.octets, expected.octets, split.length);
	splitdns_wire_name_parse("my-vps.other.test", &real);
	assert_false(splitdns_reverse_split_name(domains, NULL, real.octets, real.length, &split));
	splitdns_split_domains_free(domains);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_moved_or_left_out),
		cmocka_unit_test(test_the_prefix_does_not_limit_the_twin),
		cmocka_unit_test(test_names_of_addresses),
		cmocka_unit_test(test_zones_are_cut_at_octets),
		cmocka_unit_test(test_split_names),
	};

	return cmocka_run_group_tests_name("twin-names", tests, NULL, NULL);
}
