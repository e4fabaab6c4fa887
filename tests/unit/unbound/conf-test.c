/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generated unbound.conf, read by Unbound's own checker, and the check that module and program belong together. */
#include "unbound/conf.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "module/built_for.h"
#include "unbound/dry_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define RELAY                                                                                                          \
	"split-domain 9929 tail1234.ts.net\n"                                                                          \
	"edge-address 100.101.102.103\n"                                                                               \
	"edge-address fd7a:115c:a1e0::53\n"                                                                            \
	"prefix fd64:9929::/96\n"                                                                                      \
	"dynamic-pool 192.168.240.0/20\n"                                                                              \
	"user root\n"

/* The generated file for these settings; free() it. */
static char *generate(const char *text)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	char *generated = NULL;
	size_t length;
	FILE *stream = open_memstream(&generated, &length);

	if (!settings || unboundconf_conf_write(settings, stream, &report) < 0)
		fail_msg("expected a file, got '%s'", report.count > 0 ? report.lines[0] : "no message");
	fclose(stream);
	conf_settings_free(settings);
	conf_report_clear(&report);
	return generated;
}

static void assert_holds(const char *generated, const char *line)
{
	if (!strstr(generated, line))
		fail_msg("expected '%s' in:\n%s", line, generated);
}

static void assert_lacks(const char *generated, const char *line)
{
	if (strstr(generated, line))
		fail_msg("expected no '%s' in:\n%s", line, generated);
}

/* Unbound's own checker must be content, whatever it says on the way. */
static void assert_accepted(const char *generated)
{
	char path[] = "/tmp/unbound-conf-test.XXXXXX", command[512];
	int fd = mkstemp(path), status;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, generated, strlen(generated)), (ssize_t)strlen(generated));
	close(fd);
	snprintf(command, sizeof(command), "%s %s 1>&2", UNBOUND_CHECKCONF, path);
	status = system(command);
	unlink(path);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("unbound-checkconf: expected exit code 0, got status %#x for:\n%s", (unsigned)status, generated);
}

static void test_relay(void **state)
{
	char *generated = generate(RELAY);

	(void)state;
	assert_holds(generated, "    interface: 100.101.102.103\n    interface: fd7a:115c:a1e0::53\n");
	assert_holds(generated, "    access-control: 0.0.0.0/0 refuse\n");
	assert_holds(generated, "    access-control: 100.64.0.0/10 allow\n");
	assert_holds(generated, "    access-control: 100.101.102.103/32 allow\n");
	assert_holds(generated, "    access-control: fd7a:115c:a1e0::53/128 allow\n");
	assert_holds(generated, "    module-config: \"dynlib validator iterator\"\n");
	assert_holds(generated, "    local-zone: \"9929.\" transparent\n");
	assert_holds(generated, "    domain-insecure: \"tail1234.ts.net.\"\n");
	assert_holds(generated, "    private-domain: \"tail1234.ts.net.\"\n");
	assert_holds(generated,
		     "    name: \"tail1234.ts.net.\"\n    forward-addr: 100.100.100.100\n    forward-first: no\n");
	assert_holds(generated, "forward-zone:\n    name: \"9929.\"\n\n");
	assert_holds(generated,
		     "forward-zone:\n    name: \"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa.\"\n\n");
	assert_holds(generated, "    ip-freebind: yes\n");
	assert_holds(generated, "    max-udp-size: 1232\n");
	assert_holds(generated, "    serve-expired: yes\n");
	assert_holds(generated, "dynlib:\n    dynlib-file: ");
	assert_lacks(generated, "do-not-query-localhost");
	assert_accepted(generated);
	free(generated);
}

/* A public name is validated unless dnssec-policy says otherwise, and a private one the other way round. */
static void test_dnssec_policy(void **state)
{
	static const char domains[] = RELAY
		"prefix fd64:1::/96\nallow-destination 0.0.0.0/0\nsplit-domain git.example.com git.example.com\n"
		"split-domain sub a.git.example.com\nsplit-domain all .\n";
	char *generated = generate(domains);

	(void)state;
	assert_holds(generated, "    domain-insecure: \"tail1234.ts.net.\"\n");
	assert_lacks(generated, "domain-insecure: \"git.example.com.\"");
	assert_lacks(generated, "domain-insecure: \"a.git.example.com.\"");
	assert_holds(generated, "    private-domain: \"git.example.com.\"\n");
	assert_accepted(generated);
	free(generated);

	generated = generate(
		RELAY "prefix fd64:1::/96\nallow-destination 0.0.0.0/0\nsplit-domain git.example.com git.example.com\n"
		      "dnssec-policy git.example.com insecure\ndnssec-policy 9929 validate\n");
	assert_holds(generated, "    domain-insecure: \"git.example.com.\"\n");
	assert_lacks(generated, "domain-insecure: \"tail1234.ts.net.\"");
	assert_accepted(generated);
	free(generated);
}

/* How often a text stands in another. */
static int count_of(const char *text, const char *what)
{
	int count = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		count++;
	return count;
}

static void test_reverse_zone(void **state)
{
	char *generated = generate(RELAY "prefix 2001:db8:abcd::/48 9929\n");

	(void)state;
	assert_holds(generated,
		     "    local-zone: \"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa.\" transparent\n");
	assert_holds(generated, "    local-zone: \"d.c.b.a.8.b.d.0.1.0.0.2.ip6.arpa.\" transparent\n");
	assert_accepted(generated);
	free(generated);
}

/* 100.64.0.0/10 is 64 zones, all asked where the first real suffix is; other destinations are one or a few more. */
static void test_reverse_upstreams(void **state)
{
	char *generated = generate(RELAY);

	(void)state;
	assert_holds(generated,
		     "    name: \"64.100.in-addr.arpa.\"\n    forward-addr: 100.100.100.100\n    forward-first: no\n");
	assert_holds(generated, "    name: \"127.100.in-addr.arpa.\"\n");
	assert_holds(generated, "    domain-insecure: \"64.100.in-addr.arpa.\"\n");
	assert_int_equal(count_of(generated, "100.in-addr.arpa.\"\n    forward-addr"), 64);
	assert_accepted(generated);
	free(generated);

	generated = generate(RELAY "allow-destination 10.1.16.0/23\nallow-destination 192.0.2.80\n");
	assert_holds(generated, "    name: \"16.1.10.in-addr.arpa.\"\n");
	assert_holds(generated, "    name: \"17.1.10.in-addr.arpa.\"\n");
	assert_holds(generated, "    name: \"80.2.0.192.in-addr.arpa.\"\n");
	assert_int_equal(count_of(generated, ".in-addr.arpa.\"\n    forward-addr"), 3);
	assert_accepted(generated);
	free(generated);

	generated = generate(RELAY "allow-destination 0.0.0.0/0\n");
	assert_int_equal(count_of(generated, ".in-addr.arpa.\"\n    forward-addr"), 64);
	assert_accepted(generated);
	free(generated);
}

/* What relay.conf says of a zone counts, also when it speaks of a wider one; the zone "." says nothing of it. */
static void test_reverse_upstreams_of_the_user(void **state)
{
	char *generated = generate(RELAY "upstream-dns 64.100.in-addr.arpa 192.0.2.1\n"
					 "upstream-dns tail1234.ts.net 192.0.2.2\nupstream-dns . 192.0.2.53\n");

	(void)state;
	assert_int_equal(count_of(generated, "name: \"64.100.in-addr.arpa.\"\n"), 1);
	assert_holds(generated, "    name: \"64.100.in-addr.arpa.\"\n    forward-addr: 192.0.2.1\n");
	assert_int_equal(count_of(generated, "100.in-addr.arpa.\"\n    forward-addr: 192.0.2.2"), 63);
	assert_accepted(generated);
	free(generated);

	/* the real suffix itself is asked there, so its addresses are too */
	generated = generate(RELAY "upstream-dns . 192.0.2.53\n");
	assert_int_equal(count_of(generated, "in-addr.arpa"), 0);
	free(generated);

	generated = generate(RELAY "upstream-dns in-addr.arpa 192.0.2.1\n");
	assert_int_equal(count_of(generated, "in-addr.arpa"), 2); /* the forward zone and its comment */
	assert_accepted(generated);
	free(generated);
}

static void test_upstreams(void **state)
{
	char *generated = generate(RELAY "upstream-dns tail1234.ts.net 127.0.0.1@5300\n"
					 "upstream-dns tail1234.ts.net 192.0.2.1\n"
					 "upstream-dns . 192.0.2.53\n");

	(void)state;
	assert_holds(generated,
		     "    name: \"tail1234.ts.net.\"\n    forward-addr: 127.0.0.1@5300\n    forward-addr: 192.0.2.1\n");
	assert_holds(generated, "    name: \".\"\n    forward-addr: 192.0.2.53\n");
	assert_holds(generated, "    do-not-query-localhost: no\n");
	assert_lacks(generated, "trust-anchor-file");
	assert_accepted(generated);
	free(generated);
	generated = generate(RELAY "upstream-dns tail1234.ts.net 0:0:0:0:0:0:0:1@5300\n"); /* which Unbound knows as ::1 */
	assert_holds(generated, "    do-not-query-localhost: no\n");
	free(generated);
}

/* The zone's servers, and those for the names of addresses, which are the same. */
static void test_upstreams_over_tls(void **state)
{
	char *generated = generate(RELAY "upstream-dns tail1234.ts.net 192.0.2.1#dns.test ::1@8853#dns.test\n"
					 "upstream-dns lab.test 192.0.2.2\ntls-cert-bundle /etc/passwd\n");

	(void)state;
	assert_holds(generated, "    name: \"tail1234.ts.net.\"\n    forward-addr: 192.0.2.1#dns.test\n"
				"    forward-addr: ::1@8853#dns.test\n    forward-tls-upstream: yes\n");
	assert_holds(generated, "    name: \"lab.test.\"\n    forward-addr: 192.0.2.2\n    forward-first: no\n");
	assert_int_equal(count_of(generated, "forward-tls-upstream: yes"), 65);
	assert_holds(generated, "    tls-cert-bundle: \"/etc/passwd\"\n");
	assert_holds(generated, "    do-not-query-localhost: no\n");
	assert_accepted(generated);
	free(generated);
	generated = generate(RELAY);
	assert_lacks(generated, "tls-cert-bundle");
	free(generated);
}

static void test_rate_limit(void **state)
{
	char *generated = generate(RELAY "dns-rate-limit 20\n");

	(void)state;
	assert_holds(generated, "    ip-ratelimit: 20\n    ip-ratelimit-factor: 10\n");
	assert_accepted(generated);
	free(generated);
	generated = generate(RELAY);
	assert_holds(generated, "    ip-ratelimit: 1000\n");
	free(generated);
	generated = generate(RELAY "dns-rate-limit 0\n");
	assert_lacks(generated, "ip-ratelimit");
	free(generated);
}

/* Two split domains, one below the other. */
static void test_several_domains(void **state)
{
	char *generated = generate(RELAY "split-domain lab.9929 lab.example\nupstream-dns lab.example 192.0.2.1\n");

	(void)state;
	assert_holds(generated, "    local-zone: \"lab.9929.\" transparent\n");
	assert_holds(generated, "    domain-insecure: \"lab.example.\"\n");
	assert_accepted(generated);
	free(generated);
}

/* Two split domains for one real suffix: Unbound warns of a zone that it is told twice. */
static void test_domains_of_one_suffix(void **state)
{
	static const char zone[] = "    local-zone: \"tail1234.ts.net.\" transparent\n";
	char *generated = generate(RELAY "split-domain hk.internal tail1234.ts.net\n"), *first = strstr(generated, zone);

	(void)state;
	assert_holds(generated, "    local-zone: \"hk.internal.\" transparent\n");
	assert_non_null(first);
	assert_null(strstr(first + 1, zone));
	assert_accepted(generated);
	free(generated);
}

#define GATEWAY                                                                                                                \
	"edge-address 2001:db8:1::53\ndns-client 2001:db8:1::/64\nallow-source 2001:db8:1::/64\nallow-destination 0.0.0.0/0\n" \
	"dynamic-pool 192.168.240.0/20\nadvertise-prefix none\nuser root\n"

/* DNS64 stands behind the module, with split domains and without. Excluded and denied addresses are no answer. */
static void test_dns64(void **state)
{
	char *generated = generate(GATEWAY "prefix fd64::/96\ndns64 fd64::/96\ndeny-destination 10.0.0.0/8\n"
					   "dns64-exclude 2001:db8:6::/48\n");

	(void)state;
	assert_holds(generated, "    module-config: \"dynlib dns64 validator iterator\"\n");
	assert_holds(generated, "dynlib:\n    dynlib-file: ");
	assert_lacks(generated, "auth-zone");
	assert_holds(generated, "    dns64-prefix: fd64::/96\n");
	assert_holds(generated, "    private-address: 2001:db8:6::/48\n");
	assert_holds(generated, "    private-address: 10.0.0.0/8\n");
	assert_holds(generated, "    private-address: 169.254.0.0/16\n");
	assert_holds(generated, "    local-data: \"ipv4only.arpa. 3600 AAAA fd64::c000:ab\"\n");
	assert_lacks(generated, "    private-address: 192.0.2.0/24\n");
	assert_accepted(generated);
	free(generated);

	generated = generate(RELAY "dns64 fd64:9929::/96\nallow-destination 0.0.0.0/0\n");
	assert_holds(generated, "    module-config: \"dynlib dns64 validator iterator\"\n");
	assert_accepted(generated);
	free(generated);
}

/* An Unbound of the user's own loads the module where there is no other way, or where unbound-module names the one that fits. */
static void test_module_is_loaded(void **state)
{
	static const struct {
		const char *lines, *order;
	} cases[] = {
		{GATEWAY "prefix fd64::/96\n", "validator iterator"},
		{GATEWAY "prefix fd64::/96\nunbound-module /opt/splitdns.so\n", "validator iterator"},
		{GATEWAY "prefix fd64::/96\ndns64 fd64::/96\nunbound-program " RELAY_UNBOUND_PROGRAM "\n",
		 "dynlib dns64 validator iterator"},
		{GATEWAY "prefix fd64::/96\ndns64 fd64::/96\nunbound-program /usr/sbin/unbound\n",
		 "dns64 validator iterator"},
		{GATEWAY
		 "prefix fd64::/96\ndns64 fd64::/96\nunbound-program /usr/sbin/unbound\nunbound-module /opt/splitdns.so\n",
		 "dynlib dns64 validator iterator"},
		{RELAY "unbound-program /usr/sbin/unbound\n", "dynlib validator iterator"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *generated = generate(cases[i].lines), line[128];

		snprintf(line, sizeof(line), "    module-config: \"%s\"\n", cases[i].order);
		assert_holds(generated, line);
		assert_int_equal(strstr(generated, "dynlib:") != NULL,
				 strncmp(cases[i].order, "dynlib", strlen("dynlib")) == 0);
		free(generated);
	}
}

/* 64:ff9b::/96 holds global addresses alone, unless wkpf-strict is off. */
static void test_dns64_well_known(void **state)
{
	char *generated = generate(GATEWAY "prefix 64:ff9b::/96\ndns64 64:ff9b::/96\n");

	(void)state;
	assert_holds(generated, "    private-address: 192.0.2.0/24\n");
	assert_accepted(generated);
	free(generated);
	generated = generate(GATEWAY "prefix 64:ff9b::/96\ndns64 64:ff9b::/96\nwkpf-strict off\n");
	assert_lacks(generated, "    private-address: 192.0.2.0/24\n");
	free(generated);
}

/* Every client with a prefix of its own has a view, which its address leads to. */
static void test_discovery(void **state)
{
	char *generated = generate(
		RELAY "dns64 fd64:9929::/96\nallow-destination 0.0.0.0/0\nprefix 2001:db8:122:344::/64 9929\n"
		      "ipv4only-arpa 100.64.0.2 none\nipv4only-arpa fd7a:115c:a1e0::/64 2001:db8:122:344::/64\n");

	(void)state;
	assert_holds(generated, "    access-control-view: 100.64.0.2/32 ipv4only-1\n");
	assert_holds(generated, "    access-control-view: fd7a:115c:a1e0::/64 ipv4only-2\n");
	assert_holds(generated, "    local-data: \"ipv4only.arpa. 3600 AAAA 2001:db8:122:344:c0:0:aa00:0\"\n");
	assert_holds(generated, "    local-data: \"0.0.0.0.0.0.a.a.0.0.0.0.0.c.0.0.4.4.3.0.2.2.1.0.8.b.d.0.1.0.0.2.ip6.arpa. "
				"3600 PTR ipv4only.arpa.\"\n");
	assert_int_equal(count_of(generated, "local-zone: \"ipv4only.arpa.\" static\n"), 3);
	assert_int_equal(count_of(generated, "    view-first: yes\n"), 2);
	assert_accepted(generated);
	free(generated);
}

/* Unbound takes the view of the longest prefix that an address is in: each has the one that fits all of its clients. */
static void test_dns64_of_some_clients(void **state)
{
	char *generated = generate(
		RELAY "prefix fd64:1::/96 9929\ndns64 fd64:9929::/96 fd7a:115c:a1e0:64::/64 100.64.9.0/24\nallow-destination 0.0.0.0/0\n"
		      "dns-client 100.64.0.0/10\ndns-client fd7a:115c:a1e0::/48\n"
		      "ipv4only-arpa 100.64.8.0/23 none\nipv4only-arpa 100.64.9.7 fd64:1::/96\n");

	(void)state;
	assert_holds(generated, "    module-config: \"respip dynlib dns64 validator iterator\"\n");
	assert_holds(generated, "    access-control-view: 100.64.0.0/10 direct\n");
	assert_holds(generated, "    access-control-view: fd7a:115c:a1e0::/48 direct\n");
	assert_lacks(generated, "    access-control-view: fd7a:115c:a1e0:64::/64 ");
	assert_holds(generated, "    access-control-view: 100.64.8.0/23 direct-1\n");
	assert_holds(generated, "    access-control-view: 100.64.9.0/24 ipv4only-1\n");
	assert_holds(generated, "    access-control-view: 100.64.9.7/32 ipv4only-2\n");
	assert_int_equal(count_of(generated, "    response-ip: fd64:9929::/96 redirect\n"), 3);
	assert_int_equal(count_of(generated, "local-zone: \"ipv4only.arpa.\" static\n"), 6);
	free(generated);
}

static void test_include(void **state)
{
	char folder[] = "/tmp/unbound-conf-test.XXXXXX", text[512], line[256], *generated;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(text, sizeof(text), RELAY "unbound-include-dir %s\n", folder);
	snprintf(line, sizeof(line), "include-toplevel: \"%s/*.conf\"\n", folder);
	generated = generate(text);
	assert_holds(generated, line);
	assert_accepted(generated);
	free(generated);
	rmdir(folder);
	generated = generate(text);
	assert_lacks(generated, "include-toplevel");
	free(generated);
}

static void test_full_disk(void **state)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", RELAY, strlen(RELAY), &report);
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(settings);
	assert_non_null(full);
	assert_int_equal(unboundconf_conf_write(settings, full, &report), -1);
	assert_int_equal(report.count, 1);
	fclose(full);
	conf_settings_free(settings);
	conf_report_clear(&report);
}

/* A file of these octets; unlink() it. */
static void file_make(char *path, const char *octets, size_t length)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, octets, length), (ssize_t)length);
	close(fd);
}

static int check(const char *program, size_t program_length, const char *module, size_t module_length, const char *expected)
{
	char program_path[] = "/tmp/check-test-program.XXXXXX", module_path[] = "/tmp/check-test-module.XXXXXX";
	struct conf_report report = {0};
	int result;

	file_make(program_path, program, program_length);
	file_make(module_path, module, module_length);
	result = unboundconf_module_check(program_path, module_path, &report);
	unlink(program_path);
	unlink(module_path);
	if (expected && (report.count != 1 || !strstr(report.lines[0], expected)))
		fail_msg("expected '%s', got '%s'", expected, report.count > 0 ? report.lines[0] : "nothing");
	conf_report_clear(&report);
	return result;
}

#define ELF                              "\177ELF"
#define MODULE                           ELF "..." BUILT_FOR_MARK "\0unbound 1.17.1\0--with-dynlibmodule\0..."
#define CHECK(program, module, expected) check(program, sizeof(program) - 1, module, sizeof(module) - 1, expected)

static void test_check(void **state)
{
	(void)state;
	assert_int_equal(CHECK(ELF "\0unbound 1.17.1\0..--with-dynlibmodule\0", MODULE, NULL), 0);
	assert_int_equal(CHECK(ELF "\0unbound 1.17.10\0--with-dynlibmodule\0", MODULE, "not the Unbound"), -1);
	assert_int_equal(CHECK(ELF "\0unbound 1.17.1\0--with-dynlibmodule --more\0", MODULE, "not the Unbound"), -1);
	assert_int_equal(CHECK(ELF "\0unbound 1.17.1\0--with-dynlibmodule", MODULE, "not the Unbound"), -1);
	assert_int_equal(CHECK(ELF "\0unbound 1.17.1\0", ELF "something else", "not nat64-relay's module"), -1);
	assert_int_equal(CHECK(ELF "..", ELF BUILT_FOR_MARK "\0unbound", "not nat64-relay's module"), -1);
	assert_int_equal(CHECK("#!/bin/sh", MODULE, "not a program or library"), -1);
	assert_int_equal(CHECK("", MODULE, "completely installed?"), -1);
}

/* What this very build has made. */
static void test_check_of_the_real_ones(void **state)
{
	struct conf_report report = {0};

	(void)state;
	if (access("module/splitdns.so", R_OK) < 0)
		skip();
	assert_int_equal(unboundconf_module_check(UNBOUND_PROGRAM, "module/splitdns.so", &report), 0);
	assert_int_equal(unboundconf_module_check("/proc/self/exe", "module/splitdns.so", &report), -1);
	assert_int_equal(report.count, 1);
	conf_report_clear(&report);
}

static void test_check_missing_file(void **state)
{
	struct conf_report report = {0};

	(void)state;
	assert_int_equal(unboundconf_module_check("/nonexistent/unbound", "/nonexistent/splitdns.so", &report), -1);
	assert_int_equal(report.count, 1);
	assert_non_null(strstr(report.lines[0], "/nonexistent/unbound: No such file"));
	conf_report_clear(&report);
}

/* The twin's zones come from under Unbound's own empty 10.in-addr.arpa, and the rest of that stays as it is. */
static void test_zones_of_the_twin(void **state)
{
	char *generated = generate(RELAY "twin-prefix 10.192.0.0/10\n");

	(void)state;
	assert_holds(generated, "local-zone: \"192.10.in-addr.arpa.\" transparent\n");
	assert_holds(generated, "local-zone: \"255.10.in-addr.arpa.\" transparent\n");
	assert_lacks(generated, "\"191.10.in-addr.arpa.\"");
	assert_lacks(generated, "\"10.in-addr.arpa.\"");
	assert_accepted(generated);
	free(generated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones_of_the_twin),
		cmocka_unit_test(test_relay),
		cmocka_unit_test(test_dnssec_policy),
		cmocka_unit_test(test_reverse_zone),
		cmocka_unit_test(test_reverse_upstreams),
		cmocka_unit_test(test_reverse_upstreams_of_the_user),
		cmocka_unit_test(test_upstreams),
		cmocka_unit_test(test_upstreams_over_tls),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_several_domains),
		cmocka_unit_test(test_domains_of_one_suffix),
		cmocka_unit_test(test_dns64),
		cmocka_unit_test(test_module_is_loaded),
		cmocka_unit_test(test_dns64_well_known),
		cmocka_unit_test(test_discovery),
		cmocka_unit_test(test_dns64_of_some_clients),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_of_the_real_ones),
		cmocka_unit_test(test_check_missing_file),
	};

	return cmocka_run_group_tests_name("unbound-conf", tests, NULL, NULL);
}
