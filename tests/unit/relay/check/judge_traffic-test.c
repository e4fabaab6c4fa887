/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check finds of packets that are lost. */
#include "tests/unit/relay/check/judge-lab.h"

#include "conf/settings.h"
#include "conf/value.h"
#include "relay/check/finding.h"
#include "relay/check/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void packets_that_are_lost(void **state)
{
	GOOD(lab, "");
	lab.evidence.traffic.after = lab.evidence.traffic.before;
	assert_found(&lab, "packet-not-translated");
	lab_make(&lab, "");
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 0, 0, 0};
	assert_found(&lab, "packet-not-masqueraded");
	lab_make(&lab, "");
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 1, 0, 0};
	assert_found(&lab, "answer-missing");
	lab_make(&lab, "");
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 1, 0, 0};
	lab.evidence.tailnet.netmap.peers[0].online = false;
	assert_found(&lab, "target-offline");
	lab_make(&lab, "");
	lab.evidence.traffic.translator = false;
	assert_found(&lab, "translator-silent");
}

/* A target of IPv6 alone, with a twin6 prefix: its own route, zone and line of the packet filter, and packets that the translator does not see. */
#define TWIN6 "twin6-prefix fd99:9929:1::/48\n"

static void twin6_make(struct lab *lab, const char *more)
{
	struct relay_tailnet_evidence *tailnet = &lab->evidence.tailnet;
	struct tailscale_match *match;

	lab_make(lab, more);
	replied(&lab->evidence.dns.aaaa, "NOERROR", "fd99:9929:1::3", NULL);
	replied(&lab->evidence.dns.real_a, "NOERROR", NULL, NULL);
	replied(&lab->evidence.dns.real_aaaa, "NOERROR", "fd7a:115c:a1e0::3", NULL);
	lab->evidence.traffic.after = (struct relay_traffic_snapshot){.connections = 1, .twin6 = 1};
	tailnet->prefs.advertise_routes.items = reallocarray(tailnet->prefs.advertise_routes.items, 2, sizeof(char *));
	tailnet->prefs.advertise_routes.items[tailnet->prefs.advertise_routes.count++] = strdup("fd99:9929:1::/48");
	match = &tailnet->netmap.matches[2]; /* the line of fd64:9929::/96 */
	assert_int_equal(conf_prefix_parse("fd00::/8", &match->targets.items[0]), 0);
}

static void a_target_of_ipv6_alone_has_no_finding(void **state)
{
	struct lab lab;

	(void)state;
	twin6_make(&lab, TWIN6);
	relay_judge_traffic(&lab.evidence, &lab.findings);
	assert_non_null(strstr(lab.findings.seen[PLACE_TRAFFIC], "through the twin6 prefix"));
	relay_judge_answer(&lab.evidence, &lab.findings);
	assert_non_null(strstr(lab.findings.seen[PLACE_DIRECT], "1 of IPv6"));
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "");
	twin6_make(&lab, TWIN6);
	lab.evidence.traffic.client_seen = -1; /* nobody uses the translator, where there is no IPv4 */
	lab.evidence.traffic.before.twin6 = 7;
	lab.evidence.traffic.after.twin6 = 8;
	assert_found(&lab, "");
	twin6_make(&lab, TWIN6);
	lab.evidence.traffic.waited = true;
	lab.evidence.traffic.sent = false;
	lab.evidence.wait = 5;
	assert_found(&lab, "");
}

static void packets_that_are_lost_by_the_twin6(void **state)
{
	struct lab lab;

	(void)state;
	twin6_make(&lab, TWIN6);
	lab.evidence.traffic.after = lab.evidence.traffic.before;
	assert_found(&lab, "twin-not-moved");
	twin6_make(&lab, TWIN6);
	lab.evidence.traffic.after.connections = 0;
	assert_found(&lab, "packet-not-masqueraded");
	twin6_make(&lab, TWIN6);
	lab.evidence.traffic.took = -1;
	assert_found(&lab, "answer-missing");
	twin6_make(&lab, TWIN6);
	lab.evidence.traffic.took = -1;
	lab.evidence.tailnet.netmap.peers[0].online = false;
	assert_found(&lab, "target-offline");
	twin6_make(&lab, TWIN6);
	lab.evidence.traffic.waited = true;
	lab.evidence.wait = 5;
	lab.evidence.traffic.after = lab.evidence.traffic.before;
	assert_found(&lab, "client-unseen");
}

static void a_target_of_ipv6_alone_that_is_not_relayed_to(void **state)
{
	struct lab lab;

	(void)state;
	twin6_make(&lab, TWIN6 "deny-destination fd7a:115c:a1e0::3/128\n");
	replied(&lab.evidence.dns.aaaa, "NOERROR", NULL, NULL);
	relay_judge_answer(&lab.evidence, &lab.findings);
	assert_string_equal(lab.findings.items[0].text, "my-vps.ts.test is fd7a:115c:a1e0::3, which is not relayed to");
	assert_non_null(strstr(lab.findings.items[0].advice, "allow-destination fd7a:115c:a1e0::3/128"));
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "target-denied");
	twin6_make(&lab, TWIN6);
	replied(&lab.evidence.dns.aaaa, "NXDOMAIN", NULL, NULL);
	replied(&lab.evidence.dns.real_a, "NXDOMAIN", NULL, NULL);
	replied(&lab.evidence.dns.real_aaaa, "NXDOMAIN", NULL, NULL);
	assert_found(&lab, "name-absent");
}

static void the_twin6_prefix_is_a_route_of_its_own(void **state)
{
	struct lab lab;

	(void)state;
	twin6_make(&lab, TWIN6);
	list_set(&lab.evidence.tailnet.prefs.advertise_routes, "fd64:9929::/96");
	assert_found(&lab, "route-not-advertised");
	twin6_make(&lab, TWIN6);
	assert_int_equal(conf_prefix_parse("fd64:9929::/96", &lab.evidence.tailnet.netmap.matches[2].targets.items[0]), 0);
	assert_found(&lab, "prefix-unreachable");
	twin6_make(&lab, TWIN6 "advertise-prefix fd64:9929::/96\n");
	assert_found(&lab, "advertise-prefix-foreign");
	lab_make(&lab, "twin-prefix 10.192.0.0/10\nadvertise-prefix fd64:9929::/96\n");
	relay_judge_route(&lab.evidence, &lab.findings);
	assert_string_equal(lab.findings.items[0].text, "advertise-prefix leaves out the twin prefix 10.192.0.0/10");
	relay_findings_clear(&lab.findings);
	relay_evidence_clear(&lab.evidence);
	conf_settings_free(lab.settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_that_are_lost),
		cmocka_unit_test(a_target_of_ipv6_alone_has_no_finding),
		cmocka_unit_test(packets_that_are_lost_by_the_twin6),
		cmocka_unit_test(a_target_of_ipv6_alone_that_is_not_relayed_to),
		cmocka_unit_test(the_twin6_prefix_is_a_route_of_its_own),
	};

	return cmocka_run_group_tests_name("judge_traffic", tests, NULL, NULL);
}
