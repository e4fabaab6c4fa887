/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf: addresses, RFC 6052, the line grammar, every directive of the table, and the cross-checks. */
#include "conf/address.h"
#include "conf/directive.h"
#include "conf/policy.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/upstream.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char relay[] = "split-domain 9929 Tail1234.ts.net.\n"
			    "edge-address 100.101.102.103\n"
			    "prefix fd64:9929::/96\n"
			    "dynamic-pool 192.168.240.0/20\n";

/* The settings of a text; a report that is not empty fails the test with its first line. */
static struct conf_settings *read_good(const char *text)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	if (!settings)
		fail_msg("refused: %s", report.count ? report.lines[0] : "no reason given");
	assert_int_equal(report.count, 0);
	return settings;
}

/* A text that must be refused with one message, which holds the words. */
static void read_bad(const char *text, const char *expected)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	if (settings)
		fail_msg("accepted, but expected \"%s\": %s", expected, text);
	bool found = false;
	for (size_t i = 0; i < report.count; i++)
		found = found || strstr(report.lines[i], expected);
	if (!found)
		fail_msg("expected \"%s\", got \"%s\"", expected, report.count ? report.lines[0] : "nothing");
	conf_report_clear(&report);
}

static void relay_with(const char *line, const char *expected)
{
	char *text = NULL;
	assert_true(asprintf(&text, "%s%s\n", relay, line) > 0);
	read_bad(text, expected);
	free(text);
}

static void prefixes_parse(void **state)
{
	(void)state;
	struct conf_prefix4 four;
	struct conf_prefix6 six;
	char text[CONF_PREFIX_TEXT];
	static const char *const bad4[] = {
		"",           "/",          "1.2.3.4/", "1.2.3.4/33", "1.2.3/8",
		"1.2.3.4/-1", "1.2.3.4/8x", "::/8",     "1.2.3.4/ 8", "1.2.3.4/99999999999999999999"};
	static const char *const bad6[] = {"", "fd00::/129", "1.2.3.4", "fd00::/", "fd00:/8", "fd00::%eth0/64"};

	assert_int_equal(conf_prefix4_parse("192.168.240.0/20", &four), 0);
	assert_string_equal(conf_prefix4_print(&four, text), "192.168.240.0/20");
	assert_int_equal(conf_prefix4_parse("10.0.0.1", &four), 0);
	assert_int_equal(four.length, 32);
	assert_int_equal(conf_prefix6_parse("fd64:9929::/96", &six), 0);
	assert_string_equal(conf_prefix6_print(&six, text), "fd64:9929::/96");
	for (size_t i = 0; i < sizeof(bad4) / sizeof(*bad4); i++)
		if (conf_prefix4_parse(bad4[i], &four) == 0)
			fail_msg("taken as an IPv4 prefix: \"%s\"", bad4[i]);
	for (size_t i = 0; i < sizeof(bad6) / sizeof(*bad6); i++)
		if (conf_prefix6_parse(bad6[i], &six) == 0)
			fail_msg("taken as an IPv6 prefix: \"%s\"", bad6[i]);
}

static void prefixes_contain(void **state)
{
	(void)state;
	struct conf_prefix4 wide, narrow;
	struct conf_prefix6 six, other;
	struct in6_addr address;
	conf_prefix4_parse("100.64.0.0/10", &wide);
	conf_prefix4_parse("100.127.255.255/32", &narrow);
	assert_true(conf_prefix4_contains(&wide, narrow.address));
	assert_true(conf_prefix4_overlaps(&wide, &narrow));
	assert_true(conf_prefix4_overlaps(&narrow, &wide));
	conf_prefix4_parse("100.128.0.0/32", &narrow);
	assert_false(conf_prefix4_contains(&wide, narrow.address));
	assert_false(conf_prefix4_overlaps(&wide, &narrow));
	assert_int_equal(conf_prefix4_size(&wide), 1 << 22);
	conf_prefix4_parse("0.0.0.0/0", &wide);
	assert_true(conf_prefix4_contains(&wide, narrow.address));
	assert_false(conf_prefix4_has_host_bits(&wide));
	assert_int_equal(ntohl(conf_prefix4_address(&narrow, 5).s_addr) & 0xff, 5);

	conf_prefix6_parse("fd7a:115c:a1e0::/47", &six);
	inet_pton(AF_INET6, "fd7a:115c:a1e1::1", &address);
	assert_true(conf_prefix6_contains(&six, &address));
	inet_pton(AF_INET6, "fd7a:115c:a1e2::1", &address);
	assert_false(conf_prefix6_contains(&six, &address));
	conf_prefix6_parse("fd7a:115c:a1e0:0:8000::/64", &other);
	assert_true(conf_prefix6_has_host_bits(&other));
	assert_true(conf_prefix6_overlaps(&six, &other));
}

/* RFC 6052 section 2.4, the table of its examples. */
static void prefixes_have_reverse_zones(void **state)
{
	struct conf_prefix6 prefix;
	char text[CONF_REVERSE_TEXT];
	(void)state;
	assert_int_equal(conf_prefix6_parse("fd64:9929::/96", &prefix), 0);
	assert_string_equal(conf_prefix6_print_reverse(&prefix, text),
			    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa");
	assert_int_equal(conf_prefix6_parse("2001:db8::/32", &prefix), 0);
	assert_string_equal(conf_prefix6_print_reverse(&prefix, text), "8.b.d.0.1.0.0.2.ip6.arpa");
	assert_int_equal(conf_prefix6_parse("2001:db8::1", &prefix), 0);
	assert_string_equal(conf_prefix6_print_reverse(&prefix, text),
			    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
	assert_int_equal(strlen(text) + 1, CONF_REVERSE_TEXT);
}

static void rfc6052_embeds(void **state)
{
	(void)state;
	static const struct {
		const char *prefix, *address;
	} rows[] = {
		{"2001:db8::/32", "2001:db8:c000:221::"},
		{"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
		{"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
		{"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
		{"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
		{"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
	};
	struct in_addr v4, back;
	inet_pton(AF_INET, "192.0.2.33", &v4);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_prefix6 prefix;
		struct in6_addr expected;
		conf_prefix6_parse(rows[i].prefix, &prefix);
		inet_pton(AF_INET6, rows[i].address, &expected);
		struct in6_addr got = conf_rfc6052_embed(&prefix, v4);
		assert_memory_equal(&got, &expected, sizeof(got));
		assert_true(conf_rfc6052_extract(&prefix, &got, &back));
		assert_int_equal(back.s_addr, v4.s_addr);
		if (prefix.length < 96) { /* suffix and u octet are ignored (section 2.2) */
			got.s6_addr[8] = 0xff;
			got.s6_addr[15] = 0xff;
			assert_true(conf_rfc6052_extract(&prefix, &got, &back));
			assert_int_equal(back.s_addr, v4.s_addr);
		}
		got.s6_addr[0] ^= 0x40;
		assert_false(conf_rfc6052_extract(&prefix, &got, &back));
	}
	for (unsigned length = 0; length <= 128; length++) {
		bool valid = length == 32 || length == 40 || length == 48 || length == 56 || length == 64 || length == 96;
		assert_int_equal(conf_rfc6052_length_is_valid(length), valid);
	}
}

static void domains_parse(void **state)
{
	(void)state;
	char label[80], *name = conf_domain_parse("Tail-1234.TS.net.");
	assert_string_equal(name, "tail-1234.ts.net");
	free(name);
	static const char *const bad[] = {"", "..", "a..b", ".a", "a b", "a/b", "\"a\"", "xn--\xc3\xa4"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (conf_domain_parse(bad[i]))
			fail_msg("taken as a domain: \"%s\"", bad[i]);
	memset(label, 'a', 64);
	label[64] = '\0';
	assert_null(conf_domain_parse(label));
	label[63] = '\0';
	name = conf_domain_parse(label);
	assert_non_null(name);
	free(name);
	assert_true(conf_domain_is_within("a.9929", "9929"));
	assert_true(conf_domain_is_within("9929", "9929"));
	assert_true(conf_domain_is_within("9929", "."));
	assert_false(conf_domain_is_within("a9929", "9929"));
}

static void defaults_complete(void **state)
{
	(void)state;
	char text[CONF_PREFIX_TEXT];
	struct conf_settings *settings = read_good(relay);
	assert_true(conf_settings_is_relay(settings));
	assert_string_equal(settings->dns.split_domains[0].real, "tail1234.ts.net");
	assert_string_equal(settings->dns.upstreams[0].zone, "tail1234.ts.net");
	assert_string_equal(settings->dns.upstreams[0].server, "100.100.100.100");
	assert_string_equal(settings->translation.tun_device, "nat64");
	assert_string_equal(settings->node.overlay_interface, "tailscale0");
	assert_string_equal(inet_ntoa(settings->translation.ipv4_address), "192.168.240.1");
	assert_string_equal(inet_ntoa(settings->translation.device_address), "192.168.240.2");
	assert_string_equal(inet_ntop(AF_INET6, &settings->translation.ipv6_address, text, sizeof(text)),
			    "fd64:9929::c0a8:f001");
	assert_string_equal(conf_prefix6_print(&settings->translation.allowed_sources[0], text), "fd7a:115c:a1e0::/48");
	assert_string_equal(conf_prefix4_print(&settings->common.allowed_destinations[0], text), "100.64.0.0/10");
	assert_string_equal(conf_prefix4_print(&settings->common.denied_destinations[0], text), "100.100.100.100/32");
	assert_string_equal(conf_prefix_print(&settings->node.advertised[0], text), "fd64:9929::/96");
	assert_int_equal(settings->translation.offlink_mtu, 1280);
	assert_true(conf_settings_has(settings, "Prefix"));
	assert_false(conf_settings_has(settings, "map"));
	conf_settings_free(settings);
}

/* A plain tayga.conf is a translator that is open, as TAYGA is. */
static void tayga_file_is_taken(void **state)
{
	(void)state;
	struct conf_settings *settings = read_good("# comment\n\nTUN-Device nat64   # the device\nipv4-addr 192.168.255.1\r\n"
						   "prefix 2001:db8:1:ffff::/96\ndynamic-pool 192.168.255.0/24\n"
						   "data-dir /var/db/tayga\nmap 192.168.5.42 2001:db8:1:4444::1");
	assert_false(conf_settings_is_relay(settings));
	assert_int_equal(settings->translation.allowed_source_count, 0);
	assert_int_equal(settings->common.allowed_destination_count, 0);
	assert_int_equal(settings->translation.map_count, 1);
	assert_string_equal(settings->node.data_dir, "/var/db/tayga");
	conf_settings_free(settings);
}

/* The addresses of a node are chosen beside what the file names; 0.0.0.0: it has none. */
static void default_addresses_give_way(void **state)
{
	static const char relay_begin[] = "split-domain a b\nedge-address ::1\nprefix fd64::/96\n",
			  tayga_begin[] = "prefix fd64::/96\n";
	static const struct {
		const char *begin, *lines, *ipv4, *device;
	} rows[] = {
		{relay_begin, "dynamic-pool 10.1.0.0/16\n", "10.1.0.1", "10.1.0.2"},
		{relay_begin, "dynamic-pool 10.1.0.0/16\nipv4-addr 10.1.0.2\n", "10.1.0.2", "10.1.0.3"},
		{relay_begin, "dynamic-pool 10.1.0.0/16\ndevice-address 10.1.0.1\n", "10.1.0.2", "10.1.0.1"},
		{relay_begin, "dynamic-pool 10.1.0.0/16\nmap 10.1.0.1 fd00::1\nmap 10.1.0.2 fd00::2\n", "10.1.0.3",
		 "10.1.0.4"},
		{relay_begin, "dynamic-pool 10.1.0.0/16\nmap 10.1.0.4 fd00::4\nmap 10.1.0.0/30 fd00:9::/126\n",
		 "10.1.0.5", "10.1.0.6"},
		{relay_begin, "dynamic-pool 10.1.0.0/30\n", "10.1.0.1", "10.1.0.2"},
		{relay_begin, "dynamic-pool 10.1.0.0/30\nmap 10.1.0.2 fd00::2\nipv4-addr 10.9.0.1\n", "10.9.0.1", "10.1.0.3"},
		{tayga_begin, "dynamic-pool 172.16.0.0/24\nmap 172.16.0.2 fd00::2\nipv4-addr 172.16.0.1\n",
		 "172.16.0.1", "172.16.0.0"},
		{tayga_begin, "dynamic-pool 172.16.0.0/24\nmap 172.16.0.0 fd00::2\nipv4-addr 172.16.0.1\n",
		 "172.16.0.1", "0.0.0.0"},
		{tayga_begin, "dynamic-pool 172.16.0.0/24\nipv4-addr 172.16.0.0\n", "172.16.0.0", "0.0.0.0"},
		{tayga_begin, "dynamic-pool 172.16.0.0/24\ndevice-address 172.16.0.2\n", "172.16.0.1", "172.16.0.2"},
		{tayga_begin, "dynamic-pool 172.16.0.0/31\nipv4-addr 10.9.0.1\n", "10.9.0.1", "172.16.0.0"},
		{tayga_begin, "dynamic-pool 255.255.255.0/24\nmap 255.255.255.128/25 fd00::/121\n", "255.255.255.1",
		 "255.255.255.0"},
		{tayga_begin, "dynamic-pool 172.16.0.0/24\nmap 172.16.0.0/16 fd01::/112\n", "172.16.0.1", "172.16.0.0"},
		{relay_begin, "dynamic-pool 10.1.0.0/16\nmap 10.0.0.0/8 fd01::/104\n", "10.1.0.1", "10.1.0.2"},
		{tayga_begin, "map 10.0.0.1 fd00::1\nipv4-addr 10.0.0.2\n", "10.0.0.2", "0.0.0.0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[400], address[INET_ADDRSTRLEN];
		struct conf_settings *settings;

		snprintf(text, sizeof(text), "%s%s", rows[i].begin, rows[i].lines);
		settings = read_good(text);
		if (strcmp(inet_ntop(AF_INET, &settings->translation.ipv4_address, address, sizeof(address)),
			   rows[i].ipv4) != 0)
			fail_msg("ipv4-addr %s, expected %s: %s", address, rows[i].ipv4, text);
		if (strcmp(inet_ntop(AF_INET, &settings->translation.device_address, address, sizeof(address)),
			   rows[i].device) != 0)
			fail_msg("device-address %s, expected %s: %s", address, rows[i].device, text);
		conf_settings_free(settings);
	}
	read_bad("prefix fd64::/96\ndynamic-pool 10.1.0.0/30\nmap 10.1.0.0/31 fd00::/127\nmap 10.1.0.2/31 fd01::/127\n",
		 "line 2: the maps leave no address of the pool to the translator");
	read_bad("split-domain a b\nedge-address ::1\nprefix fd64::/96\ndynamic-pool 10.1.0.0/31\n",
		 "line 4: the pool 10.1.0.0/31 has no address to lend");
}

/* Half of the pool is for one network only where a gateway says whose networks these are. */
static void the_quota_of_each_kind_of_file(void **state)
{
	static const struct {
		const char *lines;
		unsigned count;
	} rows[] = {
		{"", 0},
		{"client-quota 9\n", 9},
		{"allow-destination 0.0.0.0/0\n", 32768},
		{"allow-source fd00::/48\n", 32768},
		{"allow-source fd00::/64\n", 0},
		{"split-domain a b\nedge-address ::1\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[200];
		struct conf_settings *settings;

		snprintf(text, sizeof(text), "prefix fd64::/96\ndynamic-pool 10.0.0.0/16\n%s", rows[i].lines);
		settings = read_good(text);
		if (settings->translation.quota.count != rows[i].count)
			fail_msg("quota %u, expected %u: %s", settings->translation.quota.count, rows[i].count, text);
		conf_settings_free(settings);
	}
}

/* RFC 6146 section 3.4 in what is a stateful NAT64 to its users; TAYGA's default in its own files. What is written counts. */
static void udp_without_checksum(void **state)
{
	static const char pool[] = "prefix fd64::/96\ndynamic-pool 10.0.0.0/16\n";
	static const struct {
		const char *lines;
		enum conf_udp_checksum mode;
	} rows[] = {
		{"", CONF_UDP_CHECKSUM_DROP},
		{"allow-source fd00::/48\n", CONF_UDP_CHECKSUM_DROP},
		{"udp-cksum-mode calc\n", CONF_UDP_CHECKSUM_CALCULATE},
		{"allow-destination 0.0.0.0/0\n", CONF_UDP_CHECKSUM_CALCULATE},
		{"allow-source fd00::/48\nallow-destination 0.0.0.0/0\nedge-address fd00::9\ndns-client fd00::/48\ndns64 fd64::/96\n",
		 CONF_UDP_CHECKSUM_CALCULATE},
		{"allow-source fd00::/48\ndns-client fd00::/48\nipv4only-arpa fd00::/48 fd64::/96\nedge-address fd00::9\n",
		 CONF_UDP_CHECKSUM_CALCULATE},
		{"allow-destination 0.0.0.0/0\nudp-cksum-mode drop\n", CONF_UDP_CHECKSUM_DROP},
		{"split-domain a b\nedge-address ::1\n", CONF_UDP_CHECKSUM_CALCULATE},
		{"split-domain a b\nedge-address ::1\nudp-cksum-mode drop\n", CONF_UDP_CHECKSUM_DROP},
		{"split-domain a b\nedge-address ::1\nudp-cksum-mode fwd\n", CONF_UDP_CHECKSUM_FORWARD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[400];
		struct conf_settings *settings;

		snprintf(text, sizeof(text), "%s%s", pool, rows[i].lines);
		settings = read_good(text);
		if (settings->translation.udp_checksum != rows[i].mode)
			fail_msg("expected %d, got %d: %s", rows[i].mode, settings->translation.udp_checksum, text);
		conf_settings_free(settings);
	}
}

static void prefixes_are_tied(void **state)
{
	(void)state;
	struct conf_settings *settings = read_good("split-domain a x.test\nsplit-domain b.a y.test\nedge-address fd7a::9\n"
						   "prefix fd01::/96 b.a\nprefix fd02::/64\ndynamic-pool 10.9.0.0/16\n"
						   "upstream-dns y.test 127.0.0.1@5353 ::1\n");
	assert_int_equal(conf_settings_prefix_of(settings, "b.a")->address.s6_addr[1], 1);
	assert_int_equal(conf_settings_prefix_of(settings, "a")->address.s6_addr[1], 2);
	assert_int_equal(settings->dns.upstream_count, 3);
	assert_int_equal(settings->node.advertised_count, 2);
	conf_settings_free(settings);
}

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

/* A relay limits its clients, a plain translator nobody; and 0 takes a limit away. */
static void limits_of_clients(void **state)
{
	(void)state;
	static const char minimal[] =
		"split-domain 9929 x.test\nedge-address fd7a::9\nprefix fd01::/96\ndynamic-pool 10.9.0.0/16\n";
	char text[256];
	struct conf_settings *settings = read_good(minimal);
	assert_int_equal(settings->translation.limits.packets, 10000);
	assert_int_equal(settings->translation.limits.fragments, 1000);
	assert_int_equal(settings->translation.limits.connections, 4096);
	assert_int_equal(settings->translation.limits.fresh, 500);
	assert_int_equal(settings->dns.resolver.rate_limit, 1000);
	conf_settings_free(settings);
	snprintf(text, sizeof(text), "%sclient-limit fragments 0\nclient-limit connections 9\ndns-rate-limit 0\n", minimal);
	settings = read_good(text);
	assert_int_equal(settings->translation.limits.packets, 10000);
	assert_int_equal(settings->translation.limits.fragments, 0);
	assert_int_equal(settings->translation.limits.connections, 9);
	assert_int_equal(settings->dns.resolver.rate_limit, 0);
	conf_settings_free(settings);
	settings = read_good("prefix fd01::/96\ndynamic-pool 10.9.0.0/16\n");
	assert_int_equal(settings->translation.limits.packets + settings->translation.limits.fragments +
				 settings->translation.limits.connections + settings->dns.resolver.rate_limit,
			 0);
	conf_settings_free(settings);
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

/* Every directive refuses no argument, too many, and words that are no value. */
static void table_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct conf_directive *directive = &conf_directives[i];
		bool is_repeated = strcmp(directive->keyword, "dynamic-pool") == 0;
		char line[256];
		assert_true(directive->help && directive->fallback && directive->components);
		if (directive->min_arguments > 0)
			relay_with(directive->keyword, is_repeated ? "repeated directive" : "has 0 arguments");

		int length = snprintf(line, sizeof(line), "%s", directive->keyword);
		for (unsigned n = 0; n <= directive->max_arguments; n++)
			length += snprintf(line + length, sizeof(line) - (size_t)length, " x");
		relay_with(line, is_repeated ? "repeated directive" : "arguments: write");

		length = snprintf(line, sizeof(line), "%s", directive->keyword);
		for (unsigned n = 0; n < directive->min_arguments || n == 0; n++)
			length += snprintf(line + length, sizeof(line) - (size_t)length, " /?\"");
		relay_with(line, is_repeated ? "repeated directive" : "line 5: \"/?\"\"");
	}
}

static void policies_are_gathered(void **state)
{
	(void)state;
	struct conf_settings *settings = read_good("type-policy 9929 pass TXT sshfp\na-policy 9929. Real\n"
						   "split-domain 9929 a.test\nsplit-domain x b.test\nedge-address ::1\n"
						   "native-aaaa 9929 yes\nquery-log yes\ndnssec-policy 9929 Validate\n"
						   "type-policy 9929 pass caa\ntype-policy 9929 nodata LOC\n"
						   "prefix fd64::/96\ndynamic-pool 10.0.0.0/16\n");
	const struct conf_policy *policy = conf_policy_of(settings, "9929");
	assert_non_null(policy);
	assert_null(conf_policy_of(settings, "x"));
	assert_int_equal(policy->a, CONF_A_REAL);
	assert_true(policy->native_aaaa);
	assert_int_equal(policy->dnssec, CONF_DNSSEC_VALIDATE);
	assert_true(settings->dns.query_log);
	for (uint16_t type = 0; type < 300; type++)
		assert_int_equal(conf_policy_passes(policy->passed, type), type == 16 || type == 44 || type == 257);
	assert_false(conf_policy_passes(0, 16));
	conf_settings_free(settings);
}

static void assert_labels(const char *lines, unsigned expected)
{
	char text[512];
	struct conf_settings *settings;
	unsigned labels;

	snprintf(text, sizeof(text), "%s\nedge-address ::1\nprefix fd64::/96\ndynamic-pool 10.0.0.0/16\n", lines);
	settings = read_good(text);
	labels = conf_policy_labels(settings, &settings->dns.split_domains[0]);
	if (labels != expected)
		fail_msg("%s: expected %u labels, got %u", lines, expected, labels);
	conf_settings_free(settings);
}

/* MagicDNS knows one label in a tailnet of Tailscale; any other server, and any other suffix, may have more. */
static void names_of_a_tailnet_have_one_label(void **state)
{
	(void)state;
	assert_labels("split-domain 9929 tail1234.ts.net", 1);
	assert_labels("split-domain 9929 tail1234.ts.net\nupstream-dns . 9.9.9.9", 1);
	assert_labels("split-domain 9929 tail1234.ts.net\nupstream-dns ts.net 100.100.100.100 fd7a:115c:a1e0::53", 1);
	assert_labels("split-domain 9929 tail1234.ts.net\nname-labels 9929 any", 0);
	assert_labels("split-domain 9929 tail1234.ts.net\nname-labels 9929 3", 3);
	assert_labels("split-domain 9929 tail1234.ts.net\nupstream-dns tail1234.ts.net 127.0.0.1@5300", 0);
	assert_labels("split-domain 9929 tail1234.ts.net\nupstream-dns tail1234.ts.net 100.100.100.100 192.0.2.1", 0);
	assert_labels("split-domain 9929 corp.example", 0);
	assert_labels("split-domain 9929 tail1234.uts.net", 0);
	assert_labels("split-domain 9929 .", 0);
	assert_labels("split-domain tail1234.ts.net tail1234.ts.net", 0);
}

/* As an editor of another system writes the file: U+FEFF at its beginning, CR LF at the end of each line. */
static void a_byte_order_mark_and_crlf_are_taken(void **state)
{
	struct conf_settings *settings;

	(void)state;
	settings = read_good("\xef\xbb\xbfsplit-domain 9929 real.test\r\nedge-address 192.0.2.1\r\n"
			     "prefix fd64::/96\r\n# comment\r\n\r\ndynamic-pool 10.0.0.0/16\r\n");
	assert_string_equal(settings->dns.split_domains[0].real, "real.test");
	conf_settings_free(settings);
	settings = read_good("\xef\xbb\xbf# comment\r\nsplit-domain 9929 real.test\r\nedge-address 192.0.2.1\r\n"
			     "prefix fd64::/96\r\ndynamic-pool 10.0.0.0/16");
	conf_settings_free(settings);
}

static void lines_are_refused(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"splitdomain a b", "line 5: unknown directive \"splitdomain\": did you mean split-domain?"},
		{"SPLITDOMAIN a b", "line 5: unknown directive \"SPLITDOMAIN\": did you mean split-domain?"},
		{"mpa 192.0.2.1 fd99::1", "unknown directive \"mpa\": relay.conf(5) lists"},
		{"\xef\xbb\xbfpefix fd65::/96", "unknown directive \"\xef\xbb\xbfpefix\""},
		{"qqqqqqqqqqq", "relay.conf(5) lists"},
		{"dynamic-pool 10.0.0.0/20", "repeated directive \"dynamic-pool\": it stands on line 4"},
		{"split-domain 9929 other.test", "already a split domain"},
		{"split-domain a..b c", "\"a..b\" is no domain"},
		{"split-domain . c.test", "\".\" is no domain"},
		{"split-domain b\xc3\xbc"
		 "cher c.test",
		 "an international name is written as its A-label"},
		{"upstream-dns b\xc3\xbc"
		 "cher 192.0.2.1",
		 "A-label, xn--"},
		{"prefix-choice 9929 both", "\"both\" is no choice: prefix-choice takes hash or order"},
		{"lan-interface tailscale0\nallow-destination 10.0.0.0/24", "tailscale0 is the overlay-interface"},
		{"lan-interface eth1", "nothing beyond the overlay is allowed: name the site's network"},
		{"lan-interface eth1\nallow-destination 100.64.3.0/24", "nothing beyond the overlay is allowed"},
		{"lan-interface eth/1", "\"eth/1\" is no interface name"},
		{"name-labels 9929 0", "\"0\" is no number of labels: name-labels takes 1 to 127, or any"},
		{"name-labels 9929 128", "\"128\" is no number of labels"},
		{"name-labels 9929 1x", "\"1x\" is no number of labels"},
		{"name-labels 9929 -1", "\"-1\" is no number of labels"},
		{"name-labels 9929 1\nname-labels 9929 2", "line 6: \"9929\" has a line name-labels already"},
		{"name-labels x any", "\"x\" is no split domain"},
		{"prefix-choice x order", "\"x\" is no split domain"},
		{"prefix fd64::1/96", "write fd64::/96"},
		{"prefix fd64::/97", "RFC 6052 does not know"},
		{"prefix ff02::/96", "no unicast prefix"},
		{"prefix fd64:9929::/64", "overlap"},
		{"prefix fd65::/96 nowhere", "no split domain"},
		{"prefix fd7a:115c:a1e0:9::/96", "overlaps allow-source"},
		{"map 10.0.0.0/24 fd99::/121", "need an IPv6 prefix of /120"},
		{"map 127.0.0.1 fd99::1", "no unicast address"},
		{"map 192.0.2.25 fd99::1\nmap 192.0.2.26 fd99::1",
		 "line 6: map 192.0.2.26/32 fd99::1/128 has a network of the map of line 5"},
		{"map 192.0.2.25 fd99::1\nmap 192.0.2.26 fd64:9929::1",
		 "line 6: map 192.0.2.26/32 fd64:9929::1/128 overlaps the prefix fd64:9929::/96"},
		{"icmp-pool 127.0.0.0/8", "holds addresses of no host"},
		{"icmp-pool 192.168.240.0/24", "icmp-pool 192.168.240.0/24 overlaps dynamic-pool"},
		{"icmp-pool 192.0.2.0/24\nmap 192.0.2.5 fd99::1", "icmp-pool 192.0.2.0/24 overlaps map 192.0.2.5/32"},
		{"icmp-rate 1000001", "0 to 1000000"},
		{"offlink-mtu 1279", "1280 to 65535"},
		{"offlink-mtu -1", "1280 to 65535"},
		{"workers 65", "0 to 64"},
		{"tun-device sixteen-letters-x", "at most 15"},
		{"data-dir relative", "begins with /"},
		{"data-dir /a\"b", "a path without"},
		{"data-dir /a\\", "a path without"},
		{"data-dir /a\033b", "a path without"},
		{"upstream-dns tail1234.ts.net 1.2.3.4@0", "no name server"},
		{"upstream-dns tail1234.ts.net dns.test", "no name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4@65536", "\"1.2.3.4@65536\" is no name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4@53x", "no name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4@", "no name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#", "line 5: \"1.2.3.4#\" is no name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#.", "no name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#dns..test", "no name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#dns.test@853", "no name server"},
		{"upstream-dns tail1234.ts.net #dns.test", "has 1 arguments"},
		{"upstream-dns tail1234.ts.net @53#dns.test", "no name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#dns.test 1.2.3.5",
		 "\"1.2.3.5\" is asked in the clear, and \"1.2.3.4#dns.test\" of the same zone is not"},
		{"upstream-dns a.test 1.2.3.4\nupstream-dns A.test. ::1@853#dns.test",
		 "line 6: \"::1@853#dns.test\" is asked over TLS, and \"1.2.3.4\""},
		{"client-limit bytes 7",
		 "line 5: \"bytes\" is nothing to limit: client-limit takes packets, fragments, connections or new-connections"},
		{"client-limit packets 10000001", "\"10000001\" is no number from 0 to 10000000"},
		{"client-limit packets -1", "\"-1\" is no number"},
		{"client-limit packets 7x", "\"7x\" is no number"},
		{"client-limit packets 7\nclient-limit packets 8", "line 6: a second client-limit packets"},
		{"dns-rate-limit 1000001", "0 to 1000000"},
		{"dns-rate-limit -1", "no number"},
		{"tls-cert-bundle ca.pem", "begins with /"},
		{"edge-address host", "no address"},
		{"edge-address 100.64.0.1 host", "line 5: \"host\" is no address"},
		{"edge-address auto 100.64.0.1", "line 5: \"100.64.0.1\" beside auto"},
		{"edge-address 100.64.0.1 Auto", "line 5: \"100.64.0.1\" beside auto"},
		{"edge-address auto auto", "\"auto\" beside auto"},
		{"split-domain b auto extra", "has 3 arguments: write split-domain SPLIT REAL|auto"},
		{"split-domain 9929 auto", "\"9929\" is already a split domain"},
		{"udp-cksum-mode d", "drop, calc or fwd"},
		{"fast-path on", "\"on\" is neither auto nor off: fast-path takes auto or off"},
		{"wkpf-strict maybe", "neither on nor off"},
		{"query-log perhaps", "neither on nor off: query-log takes"},
		{"query-log yes\nquery-log no", "query-log"},
		{"a-policy 9929 none", "a-policy takes empty, real, nxdomain or twin"},
		{"native-aaaa 9929 perhaps", "neither yes nor no"},
		{"native-aaaa nowhere yes", "line 5: \"nowhere\" is no split domain"},
		{"native-aaaa 9929 yes\nnative-aaaa 9929 no", "line 6: \"9929\" has a line native-aaaa already"},
		{"a-policy nowhere real", "\"nowhere\" is no split domain"},
		{"a-policy 9929 real\na-policy 9929 empty", "line 6: \"9929\" has an a-policy already"},
		{"dnssec-policy 9929 off", "\"off\" is no policy: dnssec-policy takes validate or insecure"},
		{"dnssec-policy 9929 insecure\ndnssec-policy 9929 insecure",
		 "line 6: \"9929\" has a line dnssec-policy already"},
		{"dnssec-policy nowhere validate", "line 5: \"nowhere\" is no split domain"},
		{"split-domain all .\ndnssec-policy all insecure",
		 "line 6: dnssec-policy all insecure would end the validation of every name"},
		{"split-domain two tail1234.ts.net\ndnssec-policy 9929 insecure\ndnssec-policy two validate",
		 "line 7: the split domains \"9929\" and \"two\" have one real suffix"},
		{"type-policy 9929 pass MX", "line 5: \"MX\" records hold names"},
		{"type-policy 9929 pass TXT https", "\"https\" records hold names"},
		{"type-policy 9929 pass TYPE16", "\"TYPE16\" is no type that can be passed on"},
		{"type-policy 9929 pass AAAA", "what the relay itself answers"},
		{"type-policy 9929 allow TXT", "type-policy takes nodata or pass"},
		{"type-policy nowhere pass TXT", "\"nowhere\" is no split domain"},
		{"type-policy 9929 pass TXT\ntype-policy 9929 nodata TXT", "line 6: \"TXT\" of \"9929\" is both"},
		{"ipv4-addr 192.168.240.1\ndevice-address 192.168.240.1", "are the same"},
		{"ipv4-addr 192.168.240.9\nmap 192.168.240.9 fd00::9", "by ipv4-addr"},
		{"device-address 192.168.240.9\nmap 192.168.240.9 fd00::9", "by device-address"},
		{"upstream-dns tail1234.ts.net 100.101.102.103", "would ask itself"},
		{"upstream-dns tail1234.ts.net 100.101.102.103@53", "would ask itself"},
		{"split-domain ts.net other.test", "lies below the split domain \"ts.net\""},
		{"allow-destination 192.168.241.0/24", "contains allow-destination"},
		{"split-domain arpa other.test", "line 5: \"arpa\" holds the names of addresses"},
		{"split-domain x tail1234.ts.net\nsplit-domain y z.9929", "line 6: the real suffix \"z.9929\" lies"},
		{"upstream-dns x.test 192.0.2.1\nupstream-dns tail1234.ts.net 100.101.102.103",
		 "line 6: upstream-dns tail1234.ts.net"},
		{"prefix fd65::/96\nprefix fd66::/96 nowhere", "line 6: prefix fd66::/96 names"},
		{"http-listen host", "line 5: \"host\" is nothing to listen on"},
		{"http-listen 127.0.0.1:0", "nothing to listen on"},
		{"http-listen 127.0.0.1:65536", "nothing to listen on"},
		{"http-listen 127.0.0.1:80x", "nothing to listen on"},
		{"http-listen [127.0.0.1]:80", "nothing to listen on"},
		{"http-listen [::1", "nothing to listen on"},
		{"http-listen 127.0.0.1 everywhere",
		 "\"everywhere\" behind the address of http-listen: the only word there is anywhere"},
		{"http-listen 192.0.2.1", "line 5: http-listen 192.0.2.1 is neither loopback nor an address of the overlay"},
		{"http-listen 0.0.0.0:80", "neither loopback nor an address of the overlay"},
		{"http-listen [::]:80", "http-listen :: is neither loopback"},
		{"http-listen ::1\nhttp-listen [::1]:8064", "line 6: http-listen stands on line 5 already"},
		{"http-admin alice", "\"alice\" is nobody: http-admin takes the login name"},
		{"probe my-vps.9929 my-vps", "line 5: probe my-vps: the name lies below no split domain"},
		{"probe my-vps.9929x", "below no split domain"},
		{"probe 100.64.0", "\"100.64.0\" is nothing to probe"},
		{"probe fd7a::3/128", "is nothing to probe"},
		{"probe my_vps!.9929", "is nothing to probe"},
		{"probe 100.64.0.1 100.64.0.2 100.64.0.3 100.64.0.4 100.64.0.5\n"
		 "probe 100.64.0.6 100.64.0.7 100.64.0.8 a.9929",
		 "line 6: \"a.9929\" is one probe too many: 8 hosts at most"},
		{"type-policy 9929 pass TXT\na-policy 9929 twin", "line 6: a-policy 9929 twin needs"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		relay_with(rows[i][0], rows[i][1]);
	read_bad("split-domain a b\nprefix fd64::/96\nedge-address ::1\ndynamic-pool 100.96.0.0/16\n",
		 "overlaps 100.64.0.0/10");
	read_bad("split-domain a b\nprefix fd64::/96\ndynamic-pool 10.0.0.0/16\n", "no edge-address");
	read_bad("split-domain a b\nedge-address ::1\ndynamic-pool 10.0.0.0/16\n", "no prefix serves \"a\"");
	read_bad("split-domain a b\nprefix 64:ff9b::/96\nedge-address ::1\ndynamic-pool 10.0.0.0/16\n",
		 "may not hold 100.64.0.0/10");
	conf_settings_free(read_good(
		"split-domain a b\nprefix 64:ff9b::/96\nedge-address ::1\ndynamic-pool 10.0.0.0/16\nwkpf-strict off\n"));
	conf_settings_free(read_good("split-domain a b\nprefix 64:ff9b::/96\nedge-address ::1\ndynamic-pool 10.0.0.0/16\n"
				     "allow-destination 0.0.0.0/0\n"));
	read_bad("split-domain a b\nprefix fd64::/96\nedge-address ::1\ndynamic-pool 10.0.0.0/16\nadvertise-prefix fd64::/96\n"
		 "advertise-prefix none\n",
		 "leave one of them out");
	read_bad("", "no prefix");
	read_bad("prefix fd64::/96\n", "no dynamic-pool");
	read_bad("split-domain a b\nprefix fd64::/96\nedge-address 10.0.0.9\ndynamic-pool 10.0.0.0/16\n",
		 "contains an edge-address");
}

/* All errors of a file are reported, not the first alone. */
static void every_error_is_reported(void **state)
{
	(void)state;
	struct conf_report report = {0};
	static const char text[] = "nonsense\nprefix x\nworkers many\n";
	assert_null(conf_settings_parse("f", text, sizeof(text) - 1, &report));
	assert_int_equal(report.count, 3);
	assert_string_equal(report.lines[2], "f: line 3: \"many\" is no number from 0 to 64, which workers takes");
	conf_report_clear(&report);
	assert_null(conf_settings_parse("f", "prefix\0x", 8, &report));
	assert_non_null(strstr(report.lines[0], "NUL"));
	conf_report_clear(&report);
	assert_null(conf_settings_read("/nonexistent/relay.conf", &report));
	assert_non_null(strstr(report.lines[0], "nat64-relay init"));
	conf_report_clear(&report);
}

/* A route that is none of the relay's is taken, and said; a part of one, a wider one, and those of a translator alone are not. */
static void routes_of_others_are_said(void **state)
{
	static const struct {
		const char *line;
		bool said;
	} rows[] = {
		{"advertise-prefix fd64:1111::/96", true},
		{"advertise-prefix fd64:9929::/64", false},
		{"advertise-prefix fd64:9929::/112", false},
		{"advertise-prefix 10.192.0.0/10", true},
		{"advertise-prefix none", false},
		{"", false},
	};
	char text[512];
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf_settings *settings;

		snprintf(text, sizeof(text),
			 "split-domain 9929 ts.test\nupstream-dns ts.test 100.100.100.100\nedge-address 100.64.0.1\n"
			 "prefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n%s\n",
			 rows[i].line);
		settings = read_good(text);
		if ((settings->notices.count == 1 && strstr(settings->notices.lines[0], "is no prefix of this relay")) !=
		    rows[i].said)
			fail_msg("%s: said otherwise than expected", rows[i].line);
		conf_settings_free(settings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_of_others_are_said),
		cmocka_unit_test(prefixes_parse),
		cmocka_unit_test(prefixes_contain),
		cmocka_unit_test(prefixes_have_reverse_zones),
		cmocka_unit_test(rfc6052_embeds),
		cmocka_unit_test(domains_parse),
		cmocka_unit_test(defaults_complete),
		cmocka_unit_test(tayga_file_is_taken),
		cmocka_unit_test(udp_without_checksum),
		cmocka_unit_test(default_addresses_give_way),
		cmocka_unit_test(the_quota_of_each_kind_of_file),
		cmocka_unit_test(prefixes_are_tied),
		cmocka_unit_test(public_names_have_no_default_upstream),
		cmocka_unit_test(servers_have_parts),
		cmocka_unit_test(limits_of_clients),
		cmocka_unit_test(upstreams_over_tls),
		cmocka_unit_test(table_is_kept),
		cmocka_unit_test(policies_are_gathered),
		cmocka_unit_test(names_of_a_tailnet_have_one_label),
		cmocka_unit_test(lines_are_refused),
		cmocka_unit_test(a_byte_order_mark_and_crlf_are_taken),
		cmocka_unit_test(every_error_is_reported),
	};
	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
