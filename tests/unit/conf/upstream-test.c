/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Servers that upstream-dns names. */
#include "tests/unit/conf/settings-lab.h"

#include "conf/settings.h"
#include "conf/upstream.h"
#include "conf/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The ports of RFC 1035 and RFC 7858, unless there is another. */
static void servers_have_parts(void **state)
{
	static const struct {
		const char *text, *name;
		unsigned port;
		size_t address_length;
	} cases[] = {
		{"192.0.2.1", NULL, 53, 9},
		{"192.0.2.1@5300", NULL, 5300, 9},
		{"192.0.2.1#dns.test", "dns.test", 853, 9},
		{"2001:db8::1@8853#dns.test", "dns.test", 8853, 11},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf_server server;
		assert_int_equal(conf_server_parse(cases[i].text, &server), 0);
		assert_int_equal(server.port, cases[i].port);
		assert_int_equal(server.address_length, cases[i].address_length);
		assert_true(server.name ? cases[i].name && strcmp(server.name, cases[i].name) == 0 : !cases[i].name);
	}
}

static void assert_dig(const struct conf_upstream *upstream, const char *expected)
{
	char text[80];
	assert_string_equal(conf_upstream_print_dig(upstream, text, sizeof(text)), expected);
}

static void upstreams_over_tls(void **state)
{
	(void)state;
	struct conf_settings *settings = read_good(
		"split-domain 9929 x.test\nedge-address fd7a::9\nprefix fd01::/96\n"
		"dynamic-pool 10.9.0.0/16\ndns-rate-limit 20\ntls-cert-bundle /tmp/ca.pem\n"
		"upstream-dns x.test 192.0.2.1@5300\n"
		"upstream-dns . 192.0.2.2#dns.test 192.0.2.3@8853#dns.test # a comment\n");
	assert_int_equal(settings->dns.upstream_count, 3);
	assert_false(settings->dns.upstreams[0].tls);
	assert_true(settings->dns.upstreams[1].tls && settings->dns.upstreams[2].tls);
	assert_dig(&settings->dns.upstreams[0], "@192.0.2.1 -p 5300");
	assert_dig(&settings->dns.upstreams[1], "@192.0.2.2 +tls");
	assert_dig(&settings->dns.upstreams[2], "@192.0.2.3 -p 8853 +tls");
	assert_int_equal(settings->dns.resolver.rate_limit, 20);
	assert_string_equal(settings->dns.resolver.tls_cert_bundle, "/tmp/ca.pem");
	conf_settings_free(settings);
}

/* The root and a domain that is its own real suffix are asked from the root on; a real suffix inside the latter is no cycle. */
static void public_names_have_no_default_upstream(void **state)
{
	(void)state;
	struct conf_settings *settings = read_good(
		"split-domain 9929 .\nsplit-domain git.test git.test\nsplit-domain x a.git.test\n"
		"edge-address fd7a::9\nprefix fd01::/96\nprefix fd02::/64 9929\n"
		"prefix fd03::/48 9929\ndynamic-pool 10.9.0.0/16\n");
	assert_int_equal(settings->dns.upstream_count, 1);
	assert_string_equal(settings->dns.upstreams[0].zone, "a.git.test");
	assert_true(conf_split_domain_is_same(&settings->dns.split_domains[1]));
	assert_false(conf_settings_prefix_serves(settings, 0, "9929"));
	assert_true(conf_settings_prefix_serves(settings, 1, "9929") && conf_settings_prefix_serves(settings, 2, "9929"));
	assert_true(conf_settings_prefix_serves(settings, 0, "x"));
	conf_settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_names_have_no_default_upstream),
		cmocka_unit_test(servers_have_parts),
		cmocka_unit_test(upstreams_over_tls),
	};

	return cmocka_run_group_tests_name("upstream", tests, NULL, NULL);
}
