/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check finds in the answers of DNS. */
#include "tests/unit/relay/check/judge-lab.h"

#include "conf/settings.h"
#include "conf/value.h"
#include "relay/check/finding.h"
#include "relay/check/judge.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_silent_resolver_explains_all_that_follows(void **state)
{
	GOOD(lab, "");
	lab.evidence.dns.edges[0].udp = lab.evidence.dns.edges[0].tcp = false;
	lab.evidence.dns.aaaa = lab.evidence.dns.a = lab.evidence.dns.real_a = lab.evidence.dns.real_aaaa =
		(struct relay_reply){.asked = false};
	lab.evidence.dns.leak_seen = false;
	lab.evidence.machine.withdrawn = true;
	list_set(&lab.evidence.tailnet.prefs.advertise_routes, "192.0.2.0/24");
	assert_found(&lab, "resolver-silent");
}

static void udp_that_is_dropped_is_told_from_a_dead_resolver(void **state)
{
	GOOD(lab, "");
	lab.evidence.dns.edges[0].udp = false;
	assert_found(&lab, "udp-53-dropped");
}

static void a_firewall_that_drops_all_is_one_cause(void **state)
{
	GOOD(lab, "");
	relay_findings_add(&lab.findings, FINDING_FIREWALL_DROPS, PLACE_MACHINE, "firewall: a firewall drops all");
	relay_findings_advise(&lab.findings, "nft insert rule");
	lab.evidence.dns.edges[0].udp = false;
	lab.evidence.traffic.after.connections = lab.evidence.traffic.after.back = 0;
	assert_found(&lab, "firewall-drops");
}

static void tcp_that_is_dropped_is_found(void **state)
{
	GOOD(lab, "");
	lab.evidence.dns.edges[0].tcp = false;
	assert_found(&lab, "tcp-53-dropped");
}

static void an_edge_address_of_another_interface(void **state)
{
	GOOD(lab, "");
	inet_pton(AF_INET, "10.99.0.2", &lab.settings->dns.edge_addresses[0].v4);
	lab.evidence.tailnet.zones[0].others[1] = lab.evidence.tailnet.zones[1].others[1] = RELAY_OTHER_UNASKED;
	for (size_t i = 0; i < 2; i++) /* split DNS goes on naming this node, and only it */
		((struct tailscale_zone *)(uintptr_t)lab.evidence.tailnet.zones[i].zone)->resolver_count = 1;
	assert_found(&lab, "edge-address-foreign");
}

static void an_upstream_that_is_silent(void **state)
{
	GOOD(lab, "");
	replied(&lab.evidence.dns.aaaa, "SERVFAIL", NULL, NULL);
	replied(&lab.evidence.dns.real_a, "SERVFAIL", NULL, NULL);
	lab.evidence.dns.upstream_a = (struct relay_reply){.asked = true};
	assert_found(&lab, "upstream-silent");
}

static void no_such_host(void **state)
{
	GOOD(lab, "");
	replied(&lab.evidence.dns.aaaa, "NXDOMAIN", NULL, NULL);
	replied(&lab.evidence.dns.real_a, "NXDOMAIN", NULL, NULL);
	assert_found(&lab, "name-absent");
}

static void magic_dns_that_is_off(void **state)
{
	GOOD(lab, "");
	replied(&lab.evidence.dns.aaaa, "NXDOMAIN", NULL, NULL);
	replied(&lab.evidence.dns.real_a, "NXDOMAIN", NULL, NULL);
	lab.evidence.tailnet.netmap.magic_dns = false;
	assert_found(&lab, "magic-dns-off");
}

static void a_target_that_may_not_be_relayed_to(void **state)
{
	GOOD(lab, "");
	replied(&lab.evidence.dns.aaaa, "NOERROR", NULL, NULL);
	assert_found(&lab, "target-denied");
}

static void a_translator_with_another_prefix(void **state)
{
	GOOD(lab, "");
	assert_int_equal(conf_prefix6_parse("fd64:1111::/96", &lab.evidence.traffic.prefixes[0]), 0);
	lab.evidence.traffic.after = lab.evidence.traffic.before;
	assert_found(&lab, "dns-prefix-differs");
}

static void a_real_name_that_shows(void **state)
{
	GOOD(lab, "");
	snprintf(lab.evidence.dns.leak, sizeof(lab.evidence.dns.leak), "TXT my-vps.9929");
	assert_found(&lab, "name-leaked");
}

static void an_a_record_leads_around(void **state)
{
	GOOD(lab, "a-policy 9929 real\n");
	replied(&lab.evidence.dns.a, "NOERROR", NULL, "100.64.0.3");
	assert_found(&lab, "bypass-a-policy");
}

/* Both come before split DNS in every tailscaled. */
static void names_that_tailscaled_answers_by_itself(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.netmap.records = calloc(1, sizeof(struct tailscale_record));
	lab.evidence.tailnet.netmap.records[lab.evidence.tailnet.netmap.record_count++] = (struct tailscale_record){
		strdup("my-vps.9929"), strdup("203.0.113.4")};
	relay_judge_record(&lab.evidence, &lab.findings);
	assert_non_null(strstr(lab.findings.items[0].text, "my-vps.9929 is 203.0.113.4 by MagicDNS itself"));
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "bypass-record");
	lab_make(&lab, "");
	free(lab.evidence.tailnet.netmap.peers[0].name);
	lab.evidence.tailnet.netmap.peers[0].name = strdup("my-vps.9929");
	relay_judge_record(&lab.evidence, &lab.findings);
	assert_non_null(strstr(lab.findings.items[0].text, "my-vps.9929 is 100.64.0.3 by MagicDNS itself"));
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "bypass-record");
}

static void own_ipv6_addresses_lead_around(void **state)
{
	GOOD(lab, "native-aaaa 9929 yes\n");
	assert_found(&lab, "bypass-aaaa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_resolver_explains_all_that_follows),
		cmocka_unit_test(udp_that_is_dropped_is_told_from_a_dead_resolver),
		cmocka_unit_test(a_firewall_that_drops_all_is_one_cause),
		cmocka_unit_test(tcp_that_is_dropped_is_found),
		cmocka_unit_test(an_edge_address_of_another_interface),
		cmocka_unit_test(an_upstream_that_is_silent),
		cmocka_unit_test(no_such_host),
		cmocka_unit_test(magic_dns_that_is_off),
		cmocka_unit_test(a_target_that_may_not_be_relayed_to),
		cmocka_unit_test(a_translator_with_another_prefix),
		cmocka_unit_test(a_real_name_that_shows),
		cmocka_unit_test(an_a_record_leads_around),
		cmocka_unit_test(names_that_tailscaled_answers_by_itself),
		cmocka_unit_test(own_ipv6_addresses_lead_around),
	};

	return cmocka_run_group_tests_name("judge_dns", tests, NULL, NULL);
}
