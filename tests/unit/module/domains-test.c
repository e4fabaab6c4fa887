/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The split domains as the module sees them: which one a name belongs to, which addresses are answered. */
#include "module/domains.h"

#include "conf/report.h"
#include "conf/settings.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "read-domains.h"

#define NODE                                                                                                           \
	"edge-address 100.101.102.103\n"                                                                               \
	"dynamic-pool 192.168.240.0/20\n"

static const struct split_domain *find(const struct split_domains *domains, const char *text)
{
	struct wire_name name;
	size_t offset;

	assert_int_equal(splitdns_wire_name_parse(text, &name), 0);
	return splitdns_split_domains_find(domains, name.octets, name.length, &offset);
}

static void assert_real(const struct split_domains *domains, const char *text, const char *real)
{
	const struct split_domain *domain = find(domains, text);
	struct wire_name expected;

	splitdns_wire_name_parse(real, &expected);
	if (!domain || domain->real.length != expected.length ||
	    memcmp(domain->real.octets, expected.octets, expected.length) != 0)
		fail_msg("%s: expected the real suffix %s, got %s", text, real,
			 domain ? (const char *)domain->real.octets : "no domain");
}

/* Whatever the order in the file, the most specific domain counts. */
static void test_most_specific(void **state)
{
	struct split_domains *domains = read_domains("split-domain 9929 one.example\nsplit-domain lab.9929 two.example\n"
						     "split-domain x 3.example\nprefix fd64:9929::/96\n" NODE);

	(void)state;
	assert_real(domains, "host.9929", "one.example");
	assert_real(domains, "lab.9929", "two.example");
	assert_real(domains, "a.host.lab.9929", "two.example");
	assert_real(domains, "lab.x", "3.example");
	assert_null(find(domains, "host.example"));
	splitdns_split_domains_free(domains);
}

static void test_prefix_of_each(void **state)
{
	struct split_domains *domains = read_domains("split-domain 9929 one.example\nsplit-domain x two.example\n"
						     "prefix fd64:9929::/96\nprefix fd64:1::/96 x\n" NODE);

	(void)state;
	assert_int_equal(find(domains, "host.9929")->prefixes[0].prefix.address.s6_addr[2], 0x99);
	assert_int_equal(find(domains, "host.x")->prefixes[0].prefix.address.s6_addr[2], 0x00);
	splitdns_split_domains_free(domains);
}

static void test_policy_of_each(void **state)
{
	struct split_domains *domains = read_domains("split-domain 9929 one.example\nsplit-domain x two.example\n"
						     "a-policy x nxdomain\ntype-policy x pass TXT\n"
						     "native-aaaa x yes\nprefix fd64:9929::/96\n" NODE);

	(void)state;
	assert_int_equal(find(domains, "host.9929")->a_policy, CONF_A_EMPTY);
	assert_int_equal(find(domains, "host.9929")->passed, 0);
	assert_int_equal(find(domains, "host.x")->a_policy, CONF_A_NXDOMAIN);
	assert_false(find(domains, "host.9929")->native_aaaa);
	assert_true(find(domains, "host.x")->native_aaaa);
	assert_true(conf_policy_passes(find(domains, "host.x")->passed, 16));
	splitdns_split_domains_free(domains);
}

static bool allows(const struct split_domains *domains, const char *text)
{
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return splitdns_split_domains_allow(domains, &domains->list[0].prefixes[0].prefix, address);
}

/* A relay is closed by default: the tailnet alone, and neither its resolver nor the relay itself. */
static void test_allowed_destinations(void **state)
{
	struct split_domains *domains = read_domains("split-domain 9929 one.example\nprefix fd64:9929::/96\n" NODE);

	(void)state;
	assert_true(allows(domains, "100.64.0.1"));
	assert_true(allows(domains, "100.127.255.255"));
	assert_false(allows(domains, "100.128.0.0"));
	assert_false(allows(domains, "100.100.100.100"));
	assert_false(allows(domains, "100.101.102.103"));
	assert_true(allows(domains, "100.101.102.104"));
	assert_false(allows(domains, "8.8.8.8"));
	assert_false(allows(domains, "169.254.169.254"));
	splitdns_split_domains_free(domains);
}

/* What the translator never translates is not answered either, however open the lists are. */
static void test_no_martian_and_no_client(void **state)
{
	struct split_domains *domains = read_domains(
		"split-domain 9929 .\nprefix fd64:9929::/96\nallow-destination 0.0.0.0/0\n" NODE);

	(void)state;
	assert_true(allows(domains, "8.8.8.8"));
	assert_true(allows(domains, "10.0.0.1"));
	assert_false(allows(domains, "127.0.0.1"));
	assert_false(allows(domains, "169.254.169.254"));
	assert_false(allows(domains, "0.0.0.1"));
	assert_false(allows(domains, "224.0.0.1"));
	assert_false(allows(domains, "192.168.240.1"));
	assert_false(allows(domains, "192.168.255.254"));
	splitdns_split_domains_free(domains);
}

/* RFC 6052 section 3.1, unless it is turned off. */
static void test_well_known_prefix(void **state)
{
	static const char text[] = "split-domain 9929 .\nprefix 64:ff9b::/96\nallow-destination 0.0.0.0/0\n" NODE;
	static const char lax[] =
		"split-domain 9929 .\nprefix 64:ff9b::/96\nallow-destination 0.0.0.0/0\nwkpf-strict off\n" NODE;
	struct split_domains *domains = read_domains(text);

	(void)state;
	assert_true(allows(domains, "8.8.8.8"));
	assert_true(allows(domains, "192.0.0.9"));
	assert_false(allows(domains, "10.0.0.1"));
	assert_false(allows(domains, "100.64.0.1"));
	assert_false(allows(domains, "198.51.100.1"));
	splitdns_split_domains_free(domains);
	domains = read_domains(lax);
	assert_true(allows(domains, "10.0.0.1"));
	splitdns_split_domains_free(domains);
}

static bool shows(const struct split_domains *domains, const char *text)
{
	return splitdns_split_domains_show_real(domains, (const uint8_t *)text, strlen(text));
}

/* The real suffix of every domain is hidden in the answers of each; one that clients ask about anyway is not, nor is the root. */
static void test_real_suffixes_are_hidden(void **state)
{
	struct split_domains *domains = read_domains(
		"split-domain 9929 one.example\nsplit-domain x two.example\n"
		"split-domain y .\nprefix fd64:9929::/96\nprefix fd64:1::/64 x\n" NODE);
	struct in6_addr address;

	(void)state;
	assert_true(shows(domains, "see host.one.example"));
	assert_true(shows(domains, "\4host\3TWO\7example"));
	assert_false(shows(domains, "host.three.example"));
	inet_pton(AF_INET6, "fd64:1::1:2:3:4", &address);
	assert_true(splitdns_split_domains_own6(domains, &address));
	inet_pton(AF_INET6, "fd64:9929::1:0:0", &address);
	assert_false(splitdns_split_domains_own6(domains, &address));
	splitdns_split_domains_free(domains);
}

static char split[] = "9929", between[] = "x", real[] = "real.example", file[] = "relay.conf";
static struct conf_split_domain cycle[] = {{split, between, 1, false}, {between, real, 2, false}};

/* Settings made by hand: the parser refuses them before the module sees them, and the module does not rely on that. */
static void test_cycle_is_refused(void **state)
{
	struct conf_nat64_prefix prefix = {.prefix.length = 96};
	struct conf_settings settings = {.file = file,
					 .dns.split_domains = cycle,
					 .dns.split_domain_count = 2,
					 .common.prefixes = &prefix,
					 .common.prefix_count = 1};
	struct conf_report report = {0};

	(void)state;
	assert_null(splitdns_split_domains_new(&settings, &report));
	assert_int_equal(report.count, 1);
	assert_non_null(strstr(report.lines[0], "'x' lies below a split domain"));
	conf_report_clear(&report);
}

static void test_no_prefix_is_refused(void **state)
{
	struct conf_settings settings = {.file = file, .dns.split_domains = cycle + 1, .dns.split_domain_count = 1};
	struct conf_report report = {0};

	(void)state;
	assert_null(splitdns_split_domains_new(&settings, &report));
	assert_non_null(strstr(report.lines[0], "no prefix serves 'x'"));
	conf_report_clear(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_most_specific),
		cmocka_unit_test(test_prefix_of_each),
		cmocka_unit_test(test_policy_of_each),
		cmocka_unit_test(test_allowed_destinations),
		cmocka_unit_test(test_no_martian_and_no_client),
		cmocka_unit_test(test_well_known_prefix),
		cmocka_unit_test(test_real_suffixes_are_hidden),
		cmocka_unit_test(test_cycle_is_refused),
		cmocka_unit_test(test_no_prefix_is_refused),
	};

	return cmocka_run_group_tests_name("domains", tests, NULL, NULL);
}
