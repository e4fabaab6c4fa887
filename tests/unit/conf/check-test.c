/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reader refuses, and with which words. */
#include "tests/unit/conf/settings-lab.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void lines_are_refused(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"splitdomain a b", "line 5: unknown directive \"splitdomain\": did you mean split-domain?"},
		{"SPLITDOMAIN a b", "line 5: unknown directive \"SPLITDOMAIN\": did you mean split-domain?"},
		{"mpa 192.0.2.1 fd99::1", "unknown directive \"mpa\": relay.conf(5) lists"},
		{"\xef\xbb\xbfpefix fd65::/96", "unknown directive \"\xef\xbb\xbfpefix\""},
		{"qqqqqqqqqqq", "relay.conf(5) lists"},
		{"dynamic-pool 10.0.0.0/20", "repeated directive \"dynamic-pool\": it is on line 4"},
		{"split-domain 9929 other.test", "already a split domain"},
		{"split-domain a..b c", "\"a..b\" is not a domain"},
		{"split-domain . c.test", "\".\" is not a domain"},
		{"split-domain b\xc3\xbc"
		 "cher c.test",
		 "an international name as its A-label"},
		{"upstream-dns b\xc3\xbc"
		 "cher 192.0.2.1",
		 "A-label, xn--"},
		{"prefix-choice 9929 both", "\"both\" is neither hash nor order: prefix-choice takes hash or order"},
		{"lan-interface tailscale0\nallow-destination 10.0.0.0/24", "tailscale0 is the overlay-interface"},
		{"lan-interface lo\nallow-destination 10.0.0.0/24", "lo is the loopback interface"},
		{"lan-interface nat64\nallow-destination 10.0.0.0/24", "nat64 is the tun-device"},
		{"lan-interface eth1", "no destination beyond the overlay is allowed: name the site's network"},
		{"lan-interface eth1\nallow-destination 100.64.3.0/24", "no destination beyond the overlay is allowed"},
		{"lan-interface eth1\nallow-destination 0.0.0.0/0",
		 "would cut off the tailnet, whose addresses lie in allow-destination 0.0.0.0/0"},
		{"lan-interface eth1\nallow-destination 10.0.0.0/24\nallow-destination 100.0.0.0/8",
		 "allow-destination 100.0.0.0/8"},
		{"lan-interface eth1\ntwin6-prefix fd99::/16 fd7a::/16\nallow-destination fd7a::/16",
		 "allow-destination fd7a::/16"},
		{"lan-interface eth/1", "\"eth/1\" is not an interface name"},
		{"name-labels 9929 0", "\"0\" is not a number of labels: name-labels takes 1 to 127, or any"},
		{"name-labels 9929 128", "\"128\" is not a number of labels"},
		{"name-labels 9929 1x", "\"1x\" is not a number of labels"},
		{"name-labels 9929 -1", "\"-1\" is not a number of labels"},
		{"name-labels 9929 1\nname-labels 9929 2", "line 6: \"9929\" has a line name-labels already"},
		{"name-labels x any", "\"x\" is not a split domain"},
		{"prefix-choice x order", "\"x\" is not a split domain"},
		{"prefix fd64::1/96", "write fd64::/96"},
		{"prefix fd64::/97", "RFC 6052 does not allow"},
		{"prefix ff02::/96", "not a unicast prefix"},
		{"prefix fd64:9929::/64", "overlap"},
		{"prefix fd65::/96 nowhere", "not a split domain"},
		{"prefix fd7a:115c:a1e0:9::/96", "overlaps allow-source"},
		{"map 10.0.0.0/24 fd99::/121", "need an IPv6 prefix of /120"},
		{"map 127.0.0.1 fd99::1", "not a unicast address"},
		{"map 192.0.2.25 fd99::1\nmap 192.0.2.26 fd99::1",
		 "line 6: map 192.0.2.26/32 fd99::1/128 repeats a network of the map on line 5"},
		{"map 192.0.2.25 fd99::1\nmap 192.0.2.26 fd64:9929::1",
		 "line 6: map 192.0.2.26/32 fd64:9929::1/128 overlaps the prefix fd64:9929::/96"},
		{"icmp-pool 127.0.0.0/8", "contains addresses that are not host addresses"},
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
		{"upstream-dns tail1234.ts.net 1.2.3.4@0", "not a name server"},
		{"upstream-dns tail1234.ts.net dns.test", "not a name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4@65536", "\"1.2.3.4@65536\" is not a name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4@53x", "not a name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4@", "not a name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#", "line 5: \"1.2.3.4#\" is not a name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#.", "not a name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#dns..test", "not a name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#dns.test@853", "not a name server"},
		{"upstream-dns tail1234.ts.net #dns.test", "has 1 arguments"},
		{"upstream-dns tail1234.ts.net @53#dns.test", "not a name server"},
		{"upstream-dns tail1234.ts.net 1.2.3.4#dns.test 1.2.3.5",
		 "\"1.2.3.5\" is asked in plain text, and \"1.2.3.4#dns.test\" of the same zone is not"},
		{"upstream-dns a.test 1.2.3.4\nupstream-dns A.test. ::1@853#dns.test",
		 "line 6: \"::1@853#dns.test\" is asked over TLS, and \"1.2.3.4\""},
		{"client-limit bytes 7",
		 "line 5: \"bytes\" cannot be limited: client-limit takes packets, fragments, connections or new-connections"},
		{"client-limit packets 10000001", "\"10000001\" is not a number from 0 to 10000000"},
		{"client-limit packets -1", "\"-1\" is not a number"},
		{"client-limit packets 7x", "\"7x\" is not a number"},
		{"client-limit packets 7\nclient-limit packets 8", "line 6: a second client-limit packets"},
		{"dns-rate-limit 1000001", "0 to 1000000"},
		{"dns-rate-limit -1", "not a number"},
		{"tls-cert-bundle ca.pem", "begins with /"},
		{"edge-address host", "not an address"},
		{"edge-address 100.64.0.1 host", "line 5: \"host\" is not an address"},
		{"edge-address auto 100.64.0.1", "line 5: \"100.64.0.1\" together with auto"},
		{"edge-address 100.64.0.1 Auto", "line 5: \"100.64.0.1\" together with auto"},
		{"edge-address auto auto", "\"auto\" together with auto"},
		{"split-domain b auto extra", "has 3 arguments: write split-domain SPLIT REAL|auto"},
		{"split-domain 9929 auto", "\"9929\" is already a split domain"},
		{"udp-cksum-mode d", "drop, calc or fwd"},
		{"fast-path on", "\"on\" is neither auto nor off: fast-path takes auto or off"},
		{"wkpf-strict maybe", "neither on nor off"},
		{"query-log perhaps", "neither on nor off: query-log takes"},
		{"query-log yes\nquery-log no", "query-log"},
		{"a-policy 9929 none", "a-policy takes empty, real, nxdomain or twin"},
		{"native-aaaa 9929 perhaps", "neither yes nor no"},
		{"native-aaaa nowhere yes", "line 5: \"nowhere\" is not a split domain"},
		{"native-aaaa 9929 yes\nnative-aaaa 9929 no", "line 6: \"9929\" has a line native-aaaa already"},
		{"a-policy nowhere real", "\"nowhere\" is not a split domain"},
		{"a-policy 9929 real\na-policy 9929 empty", "line 6: \"9929\" has an a-policy already"},
		{"dnssec-policy 9929 off", "\"off\" is not a policy: dnssec-policy takes validate or insecure"},
		{"dnssec-policy 9929 insecure\ndnssec-policy 9929 insecure",
		 "line 6: \"9929\" has a line dnssec-policy already"},
		{"dnssec-policy nowhere validate", "line 5: \"nowhere\" is not a split domain"},
		{"split-domain all .\ndnssec-policy all insecure",
		 "line 6: dnssec-policy all insecure would end the validation of every name"},
		{"split-domain two tail1234.ts.net\ndnssec-policy 9929 insecure\ndnssec-policy two validate",
		 "line 7: the split domains \"9929\" and \"two\" have the same real suffix"},
		{"type-policy 9929 pass MX", "line 5: \"MX\" records contain names"},
		{"type-policy 9929 pass TXT https", "\"https\" records contain names"},
		{"type-policy 9929 pass TYPE16", "\"TYPE16\" is not a type that can be passed"},
		{"type-policy 9929 pass AAAA", "a type that the relay itself answers"},
		{"type-policy 9929 allow TXT", "type-policy takes nodata or pass"},
		{"type-policy nowhere pass TXT", "\"nowhere\" is not a split domain"},
		{"type-policy 9929 pass TXT\ntype-policy 9929 nodata TXT", "line 6: \"TXT\" of \"9929\" is both"},
		{"ipv4-addr 192.168.240.1\ndevice-address 192.168.240.1", "are the same"},
		{"ipv4-addr 192.168.240.9\nmap 192.168.240.9 fd00::9", "address, ipv4-addr"},
		{"device-address 192.168.240.9\nmap 192.168.240.9 fd00::9", "on the device, device-address"},
		{"upstream-dns tail1234.ts.net 100.101.102.103", "would ask itself"},
		{"upstream-dns tail1234.ts.net 100.101.102.103@53", "would ask itself"},
		{"split-domain ts.net other.test", "lies below the split domain \"ts.net\""},
		{"allow-destination 192.168.241.0/24", "contains allow-destination"},
		{"split-domain arpa other.test", "line 5: \"arpa\" is the zone of reverse names"},
		{"split-domain x tail1234.ts.net\nsplit-domain y z.9929", "line 6: the real suffix \"z.9929\" lies"},
		{"upstream-dns x.test 192.0.2.1\nupstream-dns tail1234.ts.net 100.101.102.103",
		 "line 6: upstream-dns tail1234.ts.net"},
		{"prefix fd65::/96\nprefix fd66::/96 nowhere", "line 6: prefix fd66::/96 names"},
		{"http-listen host", "line 5: \"host\" is not an address to listen on"},
		{"http-listen 127.0.0.1:0", "not an address to listen on"},
		{"http-listen 127.0.0.1:65536", "not an address to listen on"},
		{"http-listen 127.0.0.1:80x", "not an address to listen on"},
		{"http-listen [127.0.0.1]:80", "not an address to listen on"},
		{"http-listen [::1", "not an address to listen on"},
		{"http-listen 127.0.0.1 everywhere",
		 "\"everywhere\" after the address of http-listen: the only word allowed is anywhere"},
		{"http-listen 192.0.2.1", "line 5: http-listen 192.0.2.1 is neither loopback nor an address of the overlay"},
		{"http-listen 0.0.0.0:80", "neither loopback nor an address of the overlay"},
		{"http-listen [::]:80", "http-listen :: is neither loopback"},
		{"http-listen ::1\nhttp-listen [::1]:8064", "line 6: line 5 has an http-listen"},
		{"http-admin alice", "\"alice\" is neither a login name nor an address: http-admin takes"},
		{"probe my-vps.9929 my-vps", "line 5: probe my-vps: the name is in no split domain"},
		{"probe my-vps.9929x", "in no split domain"},
		{"probe 100.64.0", "\"100.64.0\" cannot be probed"},
		{"probe fd7a::3/128", "cannot be probed"},
		{"probe my_vps!.9929", "cannot be probed"},
		{"probe 100.64.0.1 100.64.0.2 100.64.0.3 100.64.0.4 100.64.0.5\n"
		 "probe 100.64.0.6 100.64.0.7 100.64.0.8 a.9929",
		 "line 6: \"a.9929\" is one probe too many: the limit is 8 hosts"},
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
	read_bad("split-domain a b\nprefix 64:ff9b::/96\nedge-address ::1\ndynamic-pool 10.0.0.0/16\nallow-destination 192.168.0.0/24\n",
		 "may not hold 192.168.0.0/24");
	conf_settings_free(read_good(
		"split-domain a b\nprefix fd64::/96 a\nprefix 64:ff9b::/96\nedge-address ::1\ndynamic-pool 10.0.0.0/16\n"
		"allow-destination 0.0.0.0/0\nallow-destination 192.168.0.0/24\n"));
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
	assert_string_equal(report.lines[2], "f: line 3: \"many\" is not a number from 0 to 64, which workers takes");
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
		if ((settings->notices.count == 1 &&
		     strstr(settings->notices.lines[0], "is not a prefix of this relay")) != rows[i].said)
			fail_msg("%s: said otherwise than expected", rows[i].line);
		conf_settings_free(settings);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_of_others_are_said),
		cmocka_unit_test(lines_are_refused),
		cmocka_unit_test(every_error_is_reported),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
