/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names distributed over prefixes: even shares, the same for every order, and only a prefix's own share moves. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "module/domains.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOSTS 10000
#define NODE  "edge-address 100.101.102.103\ndynamic-pool 192.168.240.0/20\nsplit-domain 9929 real.example\n"
#define ONE   "prefix fd64:1::/96\n"
#define TWO   "prefix fd64:2::/64\n"
#define THREE "prefix fd64:3::/48\n"
#define FOUR  "prefix fd64:4::/32\n"

static struct split_domains *read_domains(const char *prefixes)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	struct split_domains *domains;
	char text[512];
	int length = snprintf(text, sizeof(text), NODE "%s", prefixes);

	settings = conf_settings_parse("relay.conf", text, (size_t)length, &report);
	domains = settings ? splitdns_split_domains_new(settings, &report) : NULL;
	if (!domains)
		fail_msg("expected settings, got '%s'", report.count > 0 ? report.lines[0] : "no message");
	conf_report_clear(&report);
	return domains;
}

/* The number of the prefix a name is answered in: the last digit of fd64:N. */
static unsigned choice(const struct split_domains *domains, const char *text)
{
	const struct split_domain *domain;
	struct wire_name name;
	size_t offset;

	assert_int_equal(splitdns_wire_name_parse(text, &name), 0);
	domain = splitdns_split_domains_find(domains, name.octets, name.length, &offset);
	return splitdns_split_domain_prefix(domain, name.octets, offset)->prefix.address.s6_addr[3];
}

static void choose_all(const char *prefixes, unsigned char chosen[HOSTS], unsigned shares[5])
{
	struct split_domains *domains = read_domains(prefixes);

	memset(shares, 0, 5 * sizeof(*shares));
	for (unsigned i = 0; i < HOSTS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "host%u.9929", i);
		chosen[i] = (unsigned char)choice(domains, name);
		shares[chosen[i]]++;
	}
	splitdns_split_domains_free(domains);
}

/* 10,000 draws of one in three have a standard deviation of 47: five of them are allowed. */
static void test_even_shares(void **state)
{
	static unsigned char chosen[HOSTS];
	unsigned shares[5];

	(void)state;
	choose_all(ONE TWO THREE, chosen, shares);
	for (unsigned i = 1; i <= 3; i++)
		if (shares[i] < HOSTS / 3 - 235 || shares[i] > HOSTS / 3 + 236)
			fail_msg("prefix %u: expected about %u of %u names, got %u", i, HOSTS / 3, HOSTS, shares[i]);
}

static void test_the_order_of_the_file_does_not_matter(void **state)
{
	static unsigned char chosen[HOSTS], turned[HOSTS];
	unsigned shares[5];

	(void)state;
	choose_all(ONE TWO THREE, chosen, shares);
	choose_all(THREE ONE TWO, turned, shares);
	assert_memory_equal(chosen, turned, HOSTS);
}

/* One more takes a quarter of the names, from all alike, and no name moves between those that were there. */
static void test_only_the_share_of_a_new_prefix_moves(void **state)
{
	static unsigned char before[HOSTS], after[HOSTS];
	unsigned shares[5], moved[5] = {0};

	(void)state;
	choose_all(ONE TWO THREE, before, shares);
	choose_all(ONE TWO FOUR THREE, after, shares);
	for (unsigned i = 0; i < HOSTS; i++) {
		if (before[i] == after[i])
			continue;
		if (after[i] != 4)
			fail_msg("host%u moved from %u to %u, expected to stay or to go to 4", i, before[i], after[i]);
		moved[before[i]]++;
	}
	assert_in_range(shares[4], HOSTS / 4 - 217, HOSTS / 4 + 217);
	for (unsigned i = 1; i <= 3; i++)
		assert_in_range(moved[i], HOSTS / 12 - 138, HOSTS / 12 + 139);
}

static void test_only_the_share_of_a_withdrawn_prefix_moves(void **state)
{
	static unsigned char before[HOSTS], after[HOSTS];
	unsigned shares[5];

	(void)state;
	choose_all(ONE TWO THREE, before, shares);
	choose_all(ONE THREE, after, shares);
	for (unsigned i = 0; i < HOSTS; i++)
		if (before[i] != 2)
			assert_int_equal(before[i], after[i]);
	assert_in_range(shares[1], HOSTS / 2 - 250, HOSTS / 2 + 250);
}

static void test_case_does_not_matter(void **state)
{
	struct split_domains *domains = read_domains(ONE TWO THREE);
	struct wire_name name;
	size_t offset;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		const struct split_domain *domain;
		char text[32];
		unsigned lower;

		snprintf(text, sizeof(text), "host%u.9929", i);
		lower = choice(domains, text);
		splitdns_wire_name_parse(text, &name);
		memcpy(name.octets + 1, "HoST", 4);
		domain = splitdns_split_domains_find(domains, name.octets, name.length, &offset);
		assert_int_equal(splitdns_split_domain_prefix(domain, name.octets, offset)->prefix.address.s6_addr[3],
				 lower);
	}
	splitdns_split_domains_free(domains);
}

static void test_by_order_the_first_serves_all(void **state)
{
	static unsigned char chosen[HOSTS];
	unsigned shares[5];

	(void)state;
	choose_all("prefix-choice 9929 order\n" TWO ONE THREE, chosen, shares);
	assert_int_equal(shares[2], HOSTS);
	choose_all("prefix-choice 9929 hash\n" TWO ONE THREE, chosen, shares);
	assert_in_range(shares[2], HOSTS / 4, HOSTS / 2);
}

/* Those tied to the domain, however many, and none of those that serve the rest. */
static void test_prefixes_of_its_own(void **state)
{
	static unsigned char chosen[HOSTS];
	unsigned shares[5];

	(void)state;
	choose_all("prefix fd64:1::/96 9929\n" TWO "prefix fd64:3::/96 9929\n", chosen, shares);
	assert_int_equal(shares[2], 0);
	assert_in_range(shares[1], HOSTS / 2 - 250, HOSTS / 2 + 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_even_shares),
		cmocka_unit_test(test_the_order_of_the_file_does_not_matter),
		cmocka_unit_test(test_only_the_share_of_a_new_prefix_moves),
		cmocka_unit_test(test_only_the_share_of_a_withdrawn_prefix_moves),
		cmocka_unit_test(test_case_does_not_matter),
		cmocka_unit_test(test_by_order_the_first_serves_all),
		cmocka_unit_test(test_prefixes_of_its_own),
	};

	return cmocka_run_group_tests_name("rendezvous", tests, NULL, NULL);
}
