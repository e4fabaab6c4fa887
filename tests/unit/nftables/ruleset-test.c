/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nftables: the ruleset built, written as netlink messages, read back and compared; no kernel, no root. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nftables/batch.h"
#include "nftables/canon.h"
#include "nftables/match.h"
#include "nftables/ruleset.h"
#include "nftables/transport.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char relay[] =
	"split-domain 9929 ts.test\nedge-address 100.64.0.1\nprefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n";

static struct conf_settings *read_settings(const char *more)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	char *text;

	assert_true(asprintf(&text, "%s%s", relay, more) > 0);
	settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	free(text);
	if (!settings)
		fail_msg("refused: %s", report.count ? report.lines[0] : "no reason given");
	return settings;
}

/* The lines of the table that these settings ask for. */
static struct nftables_canon lines_of(const char *more)
{
	struct conf_settings *settings = read_settings(more);
	struct nftables_canon canon = {.count = 0};
	struct nftables_batch batch = {.buffer = NULL};

	nftables_batch_replace(&batch, settings);
	assert_false(batch.failed);
	assert_int_equal(nftables_canon_add_batch(&canon, &batch), 0);
	assert_false(canon.failed);
	nftables_batch_clear(&batch);
	conf_settings_free(settings);
	return canon;
}

static bool has_line(const struct nftables_canon *canon, const char *part)
{
	for (size_t i = 0; i < canon->count; i++) {
		if (strstr(canon->lines[i].text, part))
			return true;
	}
	return false;
}

static void expect_line(const struct nftables_canon *canon, const char *part)
{
	if (!has_line(canon, part))
		fail_msg("expected a line with: %s", part);
}

static void expect_no_line(const struct nftables_canon *canon, const char *part)
{
	if (has_line(canon, part))
		fail_msg("expected no line with: %s", part);
}

static unsigned type_of(const struct nlmsghdr *message)
{
	return message->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES ? message->nlmsg_type & 0xffU : 0xffff;
}

/* begin, NEWTABLE, DELTABLE, NEWTABLE ... end; an acknowledgement is asked for once, by the last before the end. */
static void test_transaction_has_its_frame(void **state)
{
	static const unsigned head[] = {NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE, NFT_MSG_NEWTABLE, NFT_MSG_NEWOBJ};
	struct conf_settings *settings = read_settings("");
	struct nftables_batch batch = {.buffer = NULL};
	const struct nlmsghdr *message, *last = NULL;
	size_t acknowledged = 0;

	(void)state;
	nftables_batch_replace(&batch, settings);
	message = nftables_batch_next(&batch, NULL);
	assert_int_equal(message->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
	assert_int_equal(message->nlmsg_seq, batch.first);
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
		message = nftables_batch_next(&batch, message);
		assert_int_equal(type_of(message), head[i]);
	}
	for (; message->nlmsg_type != NFNL_MSG_BATCH_END; message = nftables_batch_next(&batch, message)) {
		acknowledged += (message->nlmsg_flags & NLM_F_ACK) != 0;
		last = message;
	}
	assert_null(nftables_batch_next(&batch, message));
	assert_int_equal(acknowledged, 1);
	assert_true(last->nlmsg_flags & NLM_F_ACK);
	assert_int_equal(last->nlmsg_seq, batch.last);
	nftables_batch_clear(&batch);
	conf_settings_free(settings);
}

static bool batch_has(const struct nftables_batch *batch, const char *word)
{
	return memmem(batch->buffer, batch->length, word, strlen(word) + 1);
}

/* All of the guard and of translation but the limits of clients, and what is there for forgotten connections. */
static void test_the_second_table_guards_and_translates(void **state)
{
	static const char *const there[] = {NFTABLES_HOLD,
					    "source-nat",
					    "target-nat",
					    "masq",
					    "masqueraded",
					    "twin-moved",
					    "forgotten",
					    "socket",
					    "forward",
					    "arrival",
					    "marks",
					    "drop-entry",
					    "clients come by the overlay alone"};
	static const char *const not_there[] = {NFTABLES_TABLE, "dynset", "new-connections", "client-limit connections"};
	struct conf_settings *settings = read_settings("twin-prefix 10.192.0.0/10\n");
	struct nftables_batch batch = {.buffer = NULL};

	(void)state;
	nftables_batch_hold(&batch, settings, true);
	assert_false(batch.failed);
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		if (!batch_has(&batch, there[i]))
			fail_msg("expected %s in the second table", there[i]);
	for (size_t i = 0; i < sizeof(not_there) / sizeof(not_there[0]); i++)
		if (batch_has(&batch, not_there[i]))
			fail_msg("expected no %s in the second table", not_there[i]);
	nftables_batch_clear(&batch);
	conf_settings_free(settings);
}

static void test_same_settings_are_equal(void **state)
{
	struct nftables_canon one = lines_of(""), two = lines_of("");
	struct conf_report report = {0};

	(void)state;
	assert_true(one.count > nftables_chain_count + NFTABLES_COUNTERS);
	assert_true(nftables_canon_equal(&one, &two, &report));
	assert_int_equal(report.count, 0);
	nftables_canon_clear(&one);
	nftables_canon_clear(&two);
}

/* Every name and comment comes back whole, with nothing behind it: libnftnl writes names without their NUL. */
static void test_names_come_back_whole(void **state)
{
	struct nftables_canon canon = lines_of(
		"map 203.0.113.7 2001:db8::7\ntwin-prefix 10.192.0.0/10\ntwin6-prefix fd99:9929:1::/48\n");
	char part[128];

	(void)state;
	for (size_t i = 0; i < nftables_rule_count; i++) {
		const struct nftables_rule *rule = &nftables_rules[i];

		if (rule->verdict == DROP) {
			snprintf(part, sizeof(part), "name %s ] [ immediate reg 0 drop ]",
				 nftables_counter_name(rule->counter));
			expect_line(&canon, part);
		} else if (rule->verdict == GOTO) {
			snprintf(part, sizeof(part), "goto -> %s ]", rule->target);
			expect_line(&canon, part);
		}
	}
	for (int counter = 0; counter < NFTABLES_COUNTERS; counter++) {
		const char *name = nftables_counter_name((enum nftables_counter)counter);

		if (strlen(name) % 4 == 0)
			fail_msg("the length of \"%s\" is a multiple of four", name);
	}
	nftables_canon_clear(&canon);
}

/* Every goto leads to a chain that is there, every rule stands in one, every chain decides at its end. */
static void test_ruleset_is_consistent(void **state)
{
	(void)state;
	for (size_t i = 0; i < nftables_rule_count; i++) {
		bool stands = false, leads = nftables_rules[i].verdict != GOTO;

		for (size_t j = 0; j < nftables_chain_count; j++) {
			stands |= !strcmp(nftables_chains[j].name, nftables_rules[i].chain);
			leads |= nftables_rules[i].target && !nftables_chains[j].type &&
				 !strcmp(nftables_chains[j].name, nftables_rules[i].target);
		}
		if (!stands || !leads)
			fail_msg("rule \"%s\" of chain %s leads nowhere", nftables_rules[i].comment,
				 nftables_rules[i].chain);
	}
	for (size_t j = 0; j < nftables_chain_count; j++) {
		const struct nftables_rule *last = NULL;

		for (size_t i = 0; i < nftables_rule_count; i++) {
			if (!strcmp(nftables_rules[i].chain, nftables_chains[j].name))
				last = &nftables_rules[i];
		}
		if (!last)
			fail_msg("chain %s is empty", nftables_chains[j].name);
		else if (!nftables_chains[j].type &&
			 (last->conditions[0] != ALWAYS || (last->verdict != DROP && last->verdict != GOTO)))
			fail_msg("chain %s is open at its end", nftables_chains[j].name);
	}
}

struct change {
	const char *settings;
	const char *lacks, *besides; /* parts of the messages, seen from the relay's defaults */
};

static void test_a_change_is_noticed(void **state)
{
	static const struct change changes[] = {
		{"allow-source 2001:db8::/32\n", "lacks element fd7a:115c:a1e0::/48 of set allowed-source6",
		 "has besides element 2001:db8::/32 of set allowed-source6"},
		{"allow-destination 100.64.0.0/11\n", "lacks element 100.64.0.0/10 of set allowed-by-overlay",
		 "has besides element 100.64.0.0/11 of set allowed-by-overlay"},
		{"deny-destination 100.64.0.9\n", NULL, "has besides element 100.64.0.9 of set denied"},
		{"edge-address 203.0.113.7\n", NULL, "has besides element 203.0.113.7 of set own4"},
		{"map 169.254.1.1 2001:db8::7\n", "lacks element 169.254.0.0/16 of set martian4",
		 "has besides element 169.254.1.1 of set mapped4"},
		{"overlay-interface wg0\n", "lacks by-overlay", "has besides by-overlay"},
		{"tun-device nat65\n", "lacks forward: \"into the translator\"",
		 "has besides forward: \"into the translator\""},
		{"prefix 2001:db8:64::/64\n", NULL, "has besides element 2001:db8:64::/64 of set prefix6"},
		{"map 203.0.113.7 2001:db8::7\n", NULL, "has besides answers: \"a static map is open to all\""},
		{"allow-destination 0.0.0.0/0\n", "lacks source-nat", "has besides source-nat"},
		{"allow-destination 10.0.0.0/24\nlan-interface eth1\n", NULL,
		 "has besides destinations: \"never past the LAN\""},
		{"allow-destination 10.0.0.0/24\nlan-interface eth1\n", NULL,
		 "has besides answers: \"what went out by the LAN is answered by it\""},
		{"allow-destination 10.0.0.0/24\nlan-interface eth1\n", NULL,
		 "has besides output: \"the relay asks the name server of its own site\""},
		{"allow-destination 10.0.0.0/24\nlan-interface eth1\ntwin-prefix 10.9.0.0/24 10.0.0.0/24\n", NULL,
		 "has besides by-twin: \"what went out by the LAN is answered by it\""},
		{"allow-destination fd55::/64\nlan-interface eth1\ntwin6-prefix fd99::/64 fd55::/64\n", NULL,
		 "has besides by-twin6: \"what went out by the LAN is answered by it\""},
		{"twin-prefix 10.192.0.0/10\n", NULL, "has besides target-nat: \"the twin stands for the targets\""},
		{"twin-prefix 10.192.0.0/10\n", NULL, "has besides twin-sources: \"allow-source\""},
		{"twin6-prefix fd99:9929:1::/48\n", NULL, "has besides target-nat: \"the twin6 stands for the targets\""},
		{"twin6-prefix fd99:9929:1::/48\n", NULL, "has besides element fd7a:115c:a1e0::53 of set denied6"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct nftables_canon wanted = lines_of(""), got = lines_of(changes[i].settings);
		struct conf_report report = {0};
		bool lacks = !changes[i].lacks, besides = false;

		if (nftables_canon_equal(&wanted, &got, &report))
			fail_msg("not noticed: %s", changes[i].settings);
		for (size_t j = 0; j < report.count; j++) {
			lacks |= changes[i].lacks && strstr(report.lines[j], changes[i].lacks);
			besides |= strstr(report.lines[j], changes[i].besides) != NULL;
		}
		if (!lacks || !besides)
			fail_msg("%s: the report does not say \"%s\" and \"%s\"", changes[i].settings,
				 changes[i].lacks ? changes[i].lacks : "", changes[i].besides);
		conf_report_clear(&report);
		nftables_canon_clear(&wanted);
		nftables_canon_clear(&got);
	}
}

/* One octet of one message is enough, wherever it is in a rule's expressions. */
static void test_a_changed_octet_is_noticed(void **state)
{
	struct conf_settings *settings = read_settings("");
	struct nftables_batch batch = {.buffer = NULL};
	struct nftables_canon wanted = lines_of(""), got = {.count = 0};
	struct conf_report report = {0};
	const uint8_t address[] = {100, 100, 100, 100};
	uint8_t *found;

	(void)state;
	nftables_batch_replace(&batch, settings);
	found = memmem(batch.buffer, batch.length, address, sizeof(address));
	assert_non_null(found);
	found[3] = 101;
	assert_int_equal(nftables_canon_add_batch(&got, &batch), 0);
	assert_false(nftables_canon_equal(&wanted, &got, &report));
	assert_int_equal(report.count, 2);
	assert_non_null(strstr(report.lines[0], "lacks element 100.100.100.100 of set denied"));
	assert_non_null(strstr(report.lines[1], "has besides element 100.100.100.101"));
	conf_report_clear(&report);
	nftables_canon_clear(&wanted);
	nftables_canon_clear(&got);
	nftables_batch_clear(&batch);
	conf_settings_free(settings);
}

/* Rules of a chain in another order are another ruleset; chains in another order are not. */
static void test_order_counts_within_a_chain(void **state)
{
	struct nftables_canon wanted = lines_of(""), got = lines_of("");
	struct conf_report report = {0};
	size_t at = got.count - 1, order;

	(void)state;
	assert_true(nftables_canon_equal(&wanted, &got, &report)); /* sorts both by chain */
	while (at > 0 && strcmp(got.lines[at].group, got.lines[at - 1].group))
		at--;
	order = got.lines[at].order;
	got.lines[at].order = got.lines[at - 1].order;
	got.lines[at - 1].order = order;
	assert_false(nftables_canon_equal(&wanted, &got, &report));
	assert_non_null(strstr(report.lines[0], "another order"));
	conf_report_clear(&report);
	nftables_canon_clear(&wanted);
	nftables_canon_clear(&got);
}

static void test_lists_are_sets(void **state)
{
	struct nftables_canon canon = lines_of(
		"allow-destination 100.64.0.0/10\nallow-destination 0.0.0.0/0\nallow-source 2001:db8:8000::/33\n"
		"allow-source 2001:db8::/32\n");

	(void)state;
	expect_line(&canon, "set prefix6 of 16 octets, flags 4, size 0, timeout 0");
	expect_line(&canon, "arrival: \"nobody else has a source in the prefix\" [ meta load nfproto => reg 1 ] [ cmp eq reg 1 0x0000000a ] "
			    "[ payload load 16b @ network header + 8 => reg 1 ] [ lookup reg 1 set prefix6 0x0 ]");
	expect_line(&canon, "element fd64:9929::/96 of set prefix6");
	expect_line(&canon, "element 0.0.0.0/0 of set allowed");
	expect_line(&canon, "element 2001:db8::/32 of set allowed-source6"); /* what lies inside is no element of its own */
	expect_no_line(&canon, "element 2001:db8:8000::/33");
	expect_line(&canon, "element 100.64.0.0/10 of set allowed-by-overlay");
	expect_line(&canon, "to-targets: \"deny-destination\" [ meta load nfproto => reg 1 ] [ cmp eq reg 1 0x00000002 ] "
			    "[ payload load 4b @ network header + 16 => reg 1 ] [ lookup reg 1 set denied 0x0 ]");
	expect_line(&canon, "destinations: \"allow-destination of the overlay\"");
	nftables_canon_clear(&canon);
}

/* Neighbours are one range, of both families, up to the last address of all. */
static void test_ranges_are_merged(void **state)
{
	static const struct {
		const char *settings, *element;
	} cases[] = {
		{"deny-destination 10.0.0.0/25\ndeny-destination 10.0.0.128/25\n", "element 10.0.0.0/24 of set denied"},
		{"deny-destination 10.0.0.1\ndeny-destination 10.0.0.2\ndeny-destination 10.0.0.3\n",
		 "element 10.0.0.1-10.0.0.3 of set denied"},
		{"deny-destination 10.0.0.0/8\ndeny-destination 10.1.0.0/16\n", "element 10.0.0.0/8 of set denied"},
		{"deny-destination 255.255.255.254/31\ndeny-destination 255.255.255.253\n",
		 "element 255.255.255.253-255.255.255.255 of set denied"},
		{"allow-source 2001:db8::/33\nallow-source 2001:db8:8000::/33\n",
		 "element 2001:db8::/32 of set allowed-source6"},
		{"allow-source ffff::/16\nallow-source fffe::/16\n", "element fffe::/15 of set allowed-source6"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nftables_canon canon = lines_of(cases[i].settings);

		expect_line(&canon, cases[i].element);
		nftables_canon_clear(&canon);
	}
}

/* Ten thousand maps make as many rules as ten. */
static void test_maps_make_no_rules(void **state)
{
	size_t rules[2] = {0, 0};
	static const unsigned maps[2] = {10, 10000};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *text = NULL;
		size_t length = 0, ranges = 0;
		FILE *stream = open_memstream(&text, &length);
		struct nftables_canon canon;

		for (unsigned number = 0; number < maps[i]; number++)
			fprintf(stream, "map 203.%u.%u.%u 2001:db8::%x\n", number / 16384, number / 128 % 128,
				number % 128 * 2, number * 2);
		fclose(stream);
		canon = lines_of(text);
		free(text);
		for (size_t j = 0; j < canon.count; j++) {
			rules[i] += *canon.lines[j].group != '\0';
			ranges += strstr(canon.lines[j].text, " of set mapped4") != NULL;
		}
		assert_int_equal(ranges, maps[i]);
		nftables_canon_clear(&canon);
	}
	assert_true(rules[0] > 50);
	assert_int_equal(rules[0], rules[1]);
}

static void test_lists_that_are_empty_make_no_rule(void **state)
{
	struct nftables_canon canon = lines_of("");

	(void)state;
	expect_no_line(&canon, "mapped");
	expect_no_line(&canon, "a static map");
	expect_no_line(&canon, "any client");
	expect_no_line(&canon, "any target");
	nftables_canon_clear(&canon);
}

/* Limits are meters in sets; a limit of 0 is no rule. */
static void test_limits_are_meters(void **state)
{
	struct nftables_canon canon = lines_of(
		"twin-prefix 10.192.0.0/10\nclient-limit packets 40000\nclient-limit connections 99\n"
		"client-prefix-length 60\n");
	struct nftables_canon none = lines_of(
		"client-limit packets 0\nclient-limit fragments 0\nclient-limit connections 0\nclient-limit new-connections 0\n");

	(void)state;
	expect_line(&canon, "set packets of 16 octets, flags 48, size 65535, timeout 10000");
	expect_line(&canon, "set connections-ip4 of 4 octets, flags 32, size 65535, timeout 0");
	expect_line(&canon,
		    "[ bitwise reg 1 = ( reg 1 & 0xffffffff 0xf0ffffff 0x00000000 0x00000000 ) ^ 0x00000000 0x00000000 0x00000000 "
		    "0x00000000 ] [ dynset update reg_key 1 set packets expr [ limit rate 40000/second burst 2001 type packets "
		    "flags 0x1 ] ] [ objref type 1 name drop-packet-limit ]");
	expect_line(&canon, "[ exthdr load ipv6 1b @ 44 + 0 present => reg 1 ] [ cmp eq reg 1 0x00000001 ]");
	expect_line(&canon,
		    "[ dynset update reg_key 1 set fragments expr [ limit rate 1000/second burst 251 type packets flags 0x1 ] ]");
	expect_line(&canon, "client-sources: \"client-limit connections\"");
	expect_line(&canon, "[ dynset add reg_key 1 set connections expr [ connlimit count 99 flags 1 ] ]");
	expect_line(&canon, "twin-sources: \"client-limit connections\"");
	expect_line(&canon,
		    "[ dynset update reg_key 1 set new-connections expr [ limit rate 500/second burst 501 type packets flags 0x1 ] ]");
	expect_line(&canon, "twin-sources: \"client-limit new-connections\"");
	expect_line(&canon, "[ dynset add reg_key 1 set connections-ip4 expr [ connlimit count 99 flags 1 ] ]");
	expect_no_line(&none, "dynset");
	expect_no_line(&none, "client-limit");
	nftables_canon_clear(&canon);
	nftables_canon_clear(&none);
	for (size_t i = 0; i < NFTABLES_METERS; i++)
		if (strlen(nftables_meters[i].name) % 4 == 0)
			fail_msg("the length of \"%s\" is a multiple of four", nftables_meters[i].name);
}

/* NETMAP from the twin to what it stands for, and everything of the twin known by its connection's first destination. */
static void test_the_twin_is_moved(void **state)
{
	struct nftables_canon canon = lines_of("twin-prefix 10.77.1.0/25 100.64.2.128/25\n"), plain = lines_of("");

	(void)state;
	expect_line(&canon,
		    "target-nat: \"the twin stands for the targets\" [ meta load iifname => reg 1 ] [ cmp eq reg 1 ");
	expect_line(&canon, "[ lookup reg 1 set twin4 0x0 ] [ objref type 1 name "
			    "twin-moved ] [ immediate reg 1 0x80024064 ] [ immediate reg 2 0xff024064 ] "
			    "[ nat dnat ip addr_min reg 1 addr_max reg 2 flags 0x41 ]");
	expect_line(&canon, "own-target-nat: \"the relay as its own client\" [ meta load nfproto => reg 1 ]");
	expect_line(&canon, "forward: \"by the twin, both ways\" [ ct load dst_ip => reg 1 , dir original ] "
			    "[ lookup reg 1 set twin4 0x0 ] [ immediate reg 0 goto -> by-twin ]");
	expect_line(&canon, "element 10.77.1.0/25 of set twin4");
	expect_line(&canon, "arrival: \"nobody has a source in the twin\"");
	expect_line(&canon, "twin-sources: \"allow-source\" [ meta load nfproto => reg 1 ] [ cmp eq reg 1 0x00000002 ]");
	expect_no_line(&plain, "[ nat dnat");
	expect_no_line(&plain, "goto -> by-twin");
	nftables_canon_clear(&canon);
	nftables_canon_clear(&plain);
}

static void test_the_twin6_is_moved(void **state)
{
	struct nftables_canon canon = lines_of("twin6-prefix fd99:9929:1:80::/60 fd7a:115c:a1e0:70::/60\n"),
			      plain = lines_of("");

	(void)state;
	expect_line(&canon,
		    "target-nat: \"the twin6 stands for the targets\" [ meta load iifname => reg 1 ] [ cmp eq reg 1 ");
	expect_line(&canon,
		    "[ lookup reg 1 set twin6 0x0 ] [ objref type 1 name twin6-moved ] "
		    "[ immediate reg 1 0x5c117afd 0x7000e0a1 0x00000000 0x00000000 ] "
		    "[ immediate reg 2 0x5c117afd 0x7f00e0a1 0xffffffff 0xffffffff ] [ nat dnat ip6 addr_min reg 1 addr_max reg 2 flags 0x41 ]");
	expect_line(&canon, "own-target-nat: \"the relay as its own client\" [ meta load nfproto => reg 1 ]");
	expect_line(&canon, "forward: \"by the twin6, both ways\" [ ct load dst_ip6 => reg 1 , dir original ] "
			    "[ lookup reg 1 set twin6 0x0 ] [ immediate reg 0 goto -> by-twin6 ]");
	expect_line(&canon, "element fd99:9929:1:80::/60 of set twin6");
	expect_line(&canon, "element fd7a:115c:a1e0:b1a::/64 of set denied6");
	expect_line(&canon, "arrival: \"nobody has a source in the twin6\"");
	expect_no_line(&plain, "[ nat dnat");
	expect_no_line(&plain, "goto -> by-twin6");
	nftables_canon_clear(&canon);
	nftables_canon_clear(&plain);
}

/* A kernel before 5.8 refuses the one rule that it does not know, and the user is told why. */
static void test_an_old_kernel_is_named(void **state)
{
	struct nftables_canon canon = lines_of("twin-prefix 10.192.0.0/10\n");
	size_t named = 0;

	(void)state;
	for (size_t i = 0; i < canon.count; i++)
		named += strstr(nftables_transport_advice(EOPNOTSUPP, canon.lines[i].text), "Linux 5.8") != NULL;
	assert_int_equal(named, 2);
	assert_null(strstr(nftables_transport_advice(EPERM, "[ nat dnat ip ]"), "5.8"));
	nftables_canon_clear(&canon);
}

/* TAYGA's file: no split domain, nothing restricted. */
static void test_an_open_translator_has_its_rules(void **state)
{
	static const char text[] =
		"tun-device nat64\nprefix 2001:db8:1:ffff::/96\ndynamic-pool 192.168.255.0/24\nipv4-addr 192.0.2.1\n";
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("tayga.conf", text, strlen(text), &report);
	struct nftables_batch batch = {.buffer = NULL};
	struct nftables_canon canon = {.count = 0};

	(void)state;
	assert_non_null(settings);
	nftables_batch_replace(&batch, settings);
	assert_int_equal(nftables_canon_add_batch(&canon, &batch), 0);
	expect_line(&canon, "no allow-source: any client");
	expect_line(&canon, "no allow-destination: any target");
	expect_line(&canon, "to-targets: \"from the translator's addresses\" [ meta load nfproto => reg 1 ] [ cmp eq reg 1 0x00000002 ] "
			    "[ payload load 4b @ network header + 12 => reg 1 ] [ lookup reg 1 set translator4 0x0 ]");
	expect_line(&canon, "element 192.0.2.1 of set translator4");
	nftables_canon_clear(&canon);
	nftables_batch_clear(&batch);
	conf_settings_free(settings);
}

/* The messages of a foreign table are skipped. */
static void test_foreign_tables_are_skipped(void **state)
{
	struct conf_settings *settings = read_settings("");
	struct nftables_batch batch = {.buffer = NULL};
	struct nftables_canon canon = {.count = 0};
	char *name;

	(void)state;
	nftables_batch_replace(&batch, settings);
	while ((name = memmem(batch.buffer, batch.length, NFTABLES_TABLE, strlen(NFTABLES_TABLE))))
		name[0] = 'N';
	assert_int_equal(nftables_canon_add_batch(&canon, &batch), 0);
	assert_int_equal(canon.count, 0);
	nftables_canon_clear(&canon);
	nftables_batch_clear(&batch);
	conf_settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transaction_has_its_frame),
		cmocka_unit_test(test_the_second_table_guards_and_translates),
		cmocka_unit_test(test_same_settings_are_equal),
		cmocka_unit_test(test_names_come_back_whole),
		cmocka_unit_test(test_ruleset_is_consistent),
		cmocka_unit_test(test_a_change_is_noticed),
		cmocka_unit_test(test_a_changed_octet_is_noticed),
		cmocka_unit_test(test_order_counts_within_a_chain),
		cmocka_unit_test(test_lists_are_sets),
		cmocka_unit_test(test_ranges_are_merged),
		cmocka_unit_test(test_maps_make_no_rules),
		cmocka_unit_test(test_lists_that_are_empty_make_no_rule),
		cmocka_unit_test(test_limits_are_meters),
		cmocka_unit_test(test_the_twin_is_moved),
		cmocka_unit_test(test_the_twin6_is_moved),
		cmocka_unit_test(test_an_old_kernel_is_named),
		cmocka_unit_test(test_an_open_translator_has_its_rules),
		cmocka_unit_test(test_foreign_tables_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
