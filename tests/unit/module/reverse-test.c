/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of addresses: nibbles and back, what is an address of a prefix, and which split name a real one gets. */
#include "module/reverse.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "module/domains.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "read-domains.h"

#define NODE                                                                                                           \
	"edge-address 100.101.102.103\n"                                                                               \
	"dynamic-pool 192.168.240.0/20\n"

static struct wire_name name_of(const char *text)
{
	struct wire_name name;

	assert_int_equal(splitdns_wire_name_parse(text, &name), 0);
	return name;
}

static void assert_name(const struct wire_name *got, const char *expected)
{
	struct wire_name wanted = name_of(expected);

	if (got->length != wanted.length || memcmp(got->octets, wanted.octets, wanted.length) != 0)
		fail_msg("expected %s, got '%s'", expected, got->octets);
}

static void test_zones(void **state)
{
	struct conf_prefix6 prefix;
	struct wire_name zone;

	(void)state;
	conf_prefix6_parse("fd64:9929::/96", &prefix);
	splitdns_reverse_zone_make(&prefix, &zone);
	assert_name(&zone, "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa");
	conf_prefix6_parse("2001:db8:abcd::/48", &prefix);
	splitdns_reverse_zone_make(&prefix, &zone);
	assert_name(&zone, "d.c.b.a.8.b.d.0.1.0.0.2.ip6.arpa");
}

static void test_name_of_an_address(void **state)
{
	struct wire_name name;
	struct in_addr address;

	(void)state;
	inet_pton(AF_INET, "100.64.1.255", &address);
	splitdns_reverse_name_make(address, &name);
	assert_name(&name, "255.1.64.100.in-addr.arpa");
}

/* The labels before the zone of the prefix, and what they are. */
static void assert_reads(const char *prefix_text, const char *labels, enum reverse_kind expected, const char *address_text)
{
	struct wire_name name = name_of(labels);
	char text[INET_ADDRSTRLEN] = "";
	struct conf_prefix6 prefix;
	struct in_addr address;
	enum reverse_kind kind;

	conf_prefix6_parse(prefix_text, &prefix);
	kind = splitdns_reverse_read(&prefix, name.octets, name.length - 1, &address);
	if (kind == REVERSE_ADDRESS)
		inet_ntop(AF_INET, &address, text, sizeof(text));
	if (kind != expected || strcmp(text, address_text) != 0)
		fail_msg("%s in %s: expected kind %d '%s', got %d '%s'", labels, prefix_text, expected, address_text,
			 kind, text);
}

static void test_addresses(void **state)
{
	(void)state;
	assert_reads("fd64:9929::/96", "2.0.1.0.0.4.4.6", REVERSE_ADDRESS, "100.64.1.2");
	assert_reads("fd64:9929::/96", "F.f.1.0.0.4.4.6", REVERSE_ADDRESS, "100.64.1.255");
	assert_reads("fd64:9929::/96", "0.1.0.0.4.4.6", REVERSE_BETWEEN, "");
	assert_reads("fd64:9929::/96", "6", REVERSE_BETWEEN, "");
	assert_reads("fd64:9929::/96", ".", REVERSE_BETWEEN, "");
	assert_reads("fd64:9929::/96", "1.2.0.1.0.0.4.4.6", REVERSE_ABSENT, "");
	assert_reads("fd64:9929::/96", "g.0.1.0.0.4.4.6", REVERSE_ABSENT, "");
	assert_reads("fd64:9929::/96", "20.1.0.0.4.4.6", REVERSE_ABSENT, "");
	assert_reads("fd64:9929::/96", "_.0.1.0.0.4.4.6", REVERSE_ABSENT, "");
}

/* 2001:db8:abcd:6440:0001:0200:: is 100.64.1.2 inside a /48; an address with its u octet or suffix set is nobody's. */
static void test_addresses_of_a_short_prefix(void **state)
{
	(void)state;
	assert_reads("2001:db8:abcd::/48", "0.0.0.0.0.0.0.0.0.0.2.0.1.0.0.0.0.4.4.6", REVERSE_ADDRESS, "100.64.1.2");
	assert_reads("2001:db8:abcd::/48", "0.0.0.0.0.0.0.0.0.0.2.0.1.0.1.0.0.4.4.6", REVERSE_ABSENT, "");
	assert_reads("2001:db8:abcd::/48", "1.0.0.0.0.0.0.0.0.0.2.0.1.0.0.0.0.4.4.6", REVERSE_ABSENT, "");
}

/* expected NULL: there is no name. */
static void assert_split(const struct split_domains *domains, const char *prefix_text, const char *real, const char *expected)
{
	struct wire_name name = name_of(real), split;
	struct conf_prefix6 prefix;

	conf_prefix6_parse(prefix_text, &prefix);
	if (splitdns_reverse_split_name(domains, &prefix, name.octets, name.length, &split) != (expected != NULL))
		fail_msg("%s in %s: expected %s", real, prefix_text, expected ? expected : "no name");
	if (expected)
		assert_name(&split, expected);
}

static void test_split_names(void **state)
{
	struct split_domains *domains = read_domains("split-domain 9929 one.example\nsplit-domain lab deep.one.example\n"
						     "split-domain other one.example\n"
						     "prefix fd64:9929::/96\nprefix fd64:1::/96 lab\n"
						     "prefix fd64:2::/96 other\nprefix fd64:3::/96 9929\n" NODE);

	(void)state;
	assert_split(domains, "fd64:3::/96", "host.ONE.example", "host.9929");
	assert_split(domains, "fd64:2::/96", "host.one.example", "host.other");
	assert_split(domains, "fd64:1::/96", "a.b.deep.one.example", "a.b.lab");
	assert_split(domains, "fd64:3::/96", "a.deep.one.example", NULL); /* its domain is answered elsewhere */
	assert_split(domains, "fd64:1::/96", "host.one.example", NULL);
	assert_split(domains, "fd64:3::/96", "one.example", NULL);
	assert_split(domains, "fd64:3::/96", "host.two.example", NULL);
	assert_split(domains, "fd64:9929::/96", "host.one.example", NULL); /* no domain is answered in this prefix */
	splitdns_split_domains_free(domains);
}

static void test_any_name(void **state)
{
	struct split_domains *domains = read_domains("split-domain all .\nsplit-domain 9929 one.example\n"
						     "prefix fd64:9929::/96\n" NODE);

	(void)state;
	assert_split(domains, "fd64:9929::/96", "www.two.example", "www.two.example.all");
	assert_split(domains, "fd64:9929::/96", "host.one.example", "host.9929");
	splitdns_split_domains_free(domains);
}

/* Several split domains for one suffix in one prefix: the first of relay.conf, however long its name is. */
static void test_first_of_several(void **state)
{
	struct split_domains *domains = read_domains("split-domain 9929 one.example\nsplit-domain hk.internal one.example\n"
						     "split-domain 9 one.example\nprefix fd64:9929::/96\n" NODE);

	(void)state;
	assert_split(domains, "fd64:9929::/96", "host.one.example", "host.9929");
	splitdns_split_domains_free(domains);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_name_of_an_address),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_addresses_of_a_short_prefix),
		cmocka_unit_test(test_split_names),
		cmocka_unit_test(test_any_name),
		cmocka_unit_test(test_first_of_several),
	};

	return cmocka_run_group_tests_name("reverse", tests, NULL, NULL);
}
