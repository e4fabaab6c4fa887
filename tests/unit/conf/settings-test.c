/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file becomes: the record with its defaults. */
#include "tests/unit/conf/settings-lab.h"

#include "conf/address.h"
#include "conf/directive.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
	assert_string_equal(conf_prefix6_print(&settings->translation.allowed_sources.v6[0], text), "fd7a:115c:a1e0::/48");
	assert_string_equal(conf_prefix4_print(&settings->common.allowed_destinations.v4[0], text), "100.64.0.0/10");
	assert_string_equal(conf_prefix4_print(&settings->common.denied_destinations.v4[0], text), "100.100.100.100/32");
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
	assert_int_equal(settings->translation.allowed_sources.count6, 0);
	assert_int_equal(settings->common.allowed_destinations.count4, 0);
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
		 "line 2: the maps leave the translator no address of the pool");
	read_bad("split-domain a b\nedge-address ::1\nprefix fd64::/96\ndynamic-pool 10.1.0.0/31\n",
		 "line 4: the pool 10.1.0.0/31 has no address to lease");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains_parse),
		cmocka_unit_test(defaults_complete),
		cmocka_unit_test(tayga_file_is_taken),
		cmocka_unit_test(udp_without_checksum),
		cmocka_unit_test(default_addresses_give_way),
		cmocka_unit_test(the_quota_of_each_kind_of_file),
		cmocka_unit_test(prefixes_are_tied),
		cmocka_unit_test(limits_of_clients),
		cmocka_unit_test(table_is_kept),
		cmocka_unit_test(a_byte_order_mark_and_crlf_are_taken),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
