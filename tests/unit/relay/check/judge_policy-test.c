/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check finds in policy and routes of the tailnet. */
#include "tests/unit/relay/check/judge-lab.h"

#include "conf/value.h"
#include "relay/check/finding.h"
#include "relay/check/judge.h"
#include "tests/unit/tailscale/tailscaled.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void no_grant_for_port_53(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.netmap.matches[0].protocols = 0;
	assert_found(&lab, "grant-dns-missing");
}

/* The packet filter of the recording lets clients reach port 53 and the prefix: the page's port is in nobody's. */
static void no_grant_for_the_page(void **state)
{
	GOOD(lab, "http-listen auto\n");
	relay_judge_policy(&lab.evidence, &lab.findings);
	assert_non_null(strstr(lab.findings.items[0].text, "no client open the page: TCP port 8064"));
	assert_non_null(strstr(
		lab.findings.items[0].advice,
		"{\"src\": [\"autogroup:member\", \"tag:relay\"], \"dst\": [\"tag:relay\"], \"ip\": [\"tcp:8064\"]}"));
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "grant-page-missing");
	lab_make(&lab, "http-listen 127.0.0.1\n");
	assert_found(&lab, "");
}

/* The ports of the filter's line of TCP to the relay itself: 53, as far as this one. */
static void page_open_up_to(struct lab *lab, unsigned short port)
{
	struct tailscale_match *match = &lab->evidence.tailnet.netmap.matches[1];

	for (size_t i = 0; i < match->targets.count; i++)
		match->last[i] = port;
}

static void a_grant_for_the_port_of_http_listen(void **state)
{
	GOOD(lab, "http-listen auto:8000\n");
	page_open_up_to(&lab, 8000);
	assert_found(&lab, "");
	lab_make(&lab, "http-listen auto:8000\n");
	page_open_up_to(&lab, 7999);
	assert_found(&lab, "grant-page-missing");
}

/* A second relay of the same routes, which the grant for clients does not name. */
static void another_relay_may_not_ask_healthz(void **state)
{
	struct tailscale_node *other;

	GOOD(lab, "http-listen auto\n");
	page_open_up_to(&lab, 8064);
	other = &lab.evidence.tailnet.netmap.peers[0];
	other->advertised.items = calloc(1, sizeof(struct conf_prefix));
	other->advertised.items[0] = prefix("fd64:9929::/96");
	other->advertised.count = 1;
	other->online = true;
	relay_judge_policy(&lab.evidence, &lab.findings);
	assert_non_null(
		strstr(lab.findings.items[0].text, "does not let my-vps, another relay, ask /healthz: TCP port 8064"));
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "grant-page-missing");
}

static void headscale_does_not_tell_approval_from_grant(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.netmap.matches[2].targets.count = 0;
	assert_found(&lab, "prefix-unreachable");
}

/* As Tailscale's own control plane does it: an approval is told, a filter line stands for the grant alone. */
static void tailscale_tells_approval_from_grant(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.headscale = false;
	lab.evidence.tailnet.netmap.matches[2].targets.count = 0;
	assert_found(&lab, "grant-prefix-missing");
	lab_make(&lab, "");
	lab.evidence.tailnet.headscale = false;
	list_set(&lab.evidence.tailnet.status.allowed_ips, "100.64.0.1/32");
	assert_found(&lab, "route-not-approved");
}

static void a_grant_for_relays_alone_is_none_for_clients(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.netmap.matches[2].sources.count = 1; /* 100.64.0.1, this node */
	assert_found(&lab, "prefix-unreachable");
}

/* A policy for everybody names no prefix: then only a client that came lately tells. */
static void an_open_policy_tells_nothing_of_the_approval(void **state)
{
	GOOD(lab, "");
	assert_int_equal(conf_prefix_parse("::/0", &lab.evidence.tailnet.netmap.matches[2].targets.items[0]), 0);
	assert_found(&lab, "");
	lab_make(&lab, "");
	assert_int_equal(conf_prefix_parse("::/0", &lab.evidence.tailnet.netmap.matches[2].targets.items[0]), 0);
	lab.evidence.traffic.client_seen = 4000;
	assert_found(&lab, "route-unseen");
}

static void hidden_targets_are_the_policys(void **state)
{
	GOOD(lab, "");
	replied(&lab.evidence.dns.aaaa, "NXDOMAIN", NULL, NULL);
	replied(&lab.evidence.dns.real_a, "NXDOMAIN", NULL, NULL);
	/* The target is not seen: both nodes are clients. */
	lab.evidence.tailnet.netmap.peers[0].addresses.items[0] = lab.evidence.tailnet.netmap.peers[1].addresses.items[0];
	lab.evidence.tailnet.netmap.peers[0].addresses.count = 1;
	assert_found(&lab, "grant-targets-missing");
}

/* Clients send by the longest route. */
static void another_node_has_a_part_of_the_prefix(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.netmap.peers[0].primary.items = calloc(1, sizeof(struct conf_prefix));
	lab.evidence.tailnet.netmap.peers[0].primary.items[0] = prefix("fd64:9929::6440:0/112");
	lab.evidence.tailnet.netmap.peers[0].primary.count = 1;
	relay_judge_route(&lab.evidence, &lab.findings);
	assert_non_null(strstr(lab.findings.items[0].text,
			       "fd64:9929::6440:0/112 leads to my-vps.ts.test, and not to this relay"));
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "route-other-primary");
}

static void another_relay_is_primary(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.netmap.peers[0].primary.items = calloc(1, sizeof(struct conf_prefix));
	lab.evidence.tailnet.netmap.peers[0].primary.items[0] = prefix("fd64:9929::/96");
	lab.evidence.tailnet.netmap.peers[0].primary.count = 1;
	list_set(&lab.evidence.tailnet.netmap.peers[0].tags, "tag:relay");
	assert_found(&lab, "route-standby");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.peers[0].primary.items = calloc(1, sizeof(struct conf_prefix));
	lab.evidence.tailnet.netmap.peers[0].primary.items[0] = prefix("fd64:9929::/96");
	lab.evidence.tailnet.netmap.peers[0].primary.count = 1;
	assert_found(&lab, "route-other-primary");
}

static void a_route_that_is_not_advertised(void **state)
{
	GOOD(lab, "");
	list_set(&lab.evidence.tailnet.prefs.advertise_routes, "192.0.2.0/24");
	assert_found(&lab, "route-not-advertised");
}

static void an_advertised_prefix_that_is_none_of_ours(void **state)
{
	GOOD(lab, "advertise-prefix fd64:1111::/96\n");
	list_set(&lab.evidence.tailnet.prefs.advertise_routes, "fd64:1111::/96");
	assert_found(&lab, "advertise-prefix-foreign");
}

static void clients_that_dns_client_refuses(void **state)
{
	GOOD(lab, "dns-client 100.64.0.77\n");
	assert_found(&lab, "client-refused");
}

static void some_clients_that_dns_client_refuses(void **state)
{
	GOOD(lab, "dns-client 100.64.0.4\n");
	lab.evidence.tailnet.netmap.matches[0].sources.items[1] = prefix(
		"100.64.0.3/32"); /* in the place of the client's IPv6 address */
	assert_found(&lab, "clients-restricted");
}

static void nobody_came_yet(void **state)
{
	GOOD(lab, "");
	lab.evidence.traffic.client_seen = -1;
	assert_found(&lab, "client-unseen");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_grant_for_port_53),
		cmocka_unit_test(no_grant_for_the_page),
		cmocka_unit_test(a_grant_for_the_port_of_http_listen),
		cmocka_unit_test(another_relay_may_not_ask_healthz),
		cmocka_unit_test(headscale_does_not_tell_approval_from_grant),
		cmocka_unit_test(tailscale_tells_approval_from_grant),
		cmocka_unit_test(a_grant_for_relays_alone_is_none_for_clients),
		cmocka_unit_test(an_open_policy_tells_nothing_of_the_approval),
		cmocka_unit_test(hidden_targets_are_the_policys),
		cmocka_unit_test(another_relay_is_primary),
		cmocka_unit_test(another_node_has_a_part_of_the_prefix),
		cmocka_unit_test(a_route_that_is_not_advertised),
		cmocka_unit_test(an_advertised_prefix_that_is_none_of_ours),
		cmocka_unit_test(clients_that_dns_client_refuses),
		cmocka_unit_test(some_clients_that_dns_client_refuses),
		cmocka_unit_test(nobody_came_yet),
	};

	return cmocka_run_group_tests_name("judge_policy", tests, NULL, NULL);
}
