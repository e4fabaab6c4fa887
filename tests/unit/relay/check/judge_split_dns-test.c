/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check finds in the split DNS of the tailnet. */
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
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tailscale_zone *zone_of(struct lab *lab)
{
	return (struct tailscale_zone *)(uintptr_t)lab->evidence.tailnet.zones[0].zone;
}

static void split_dns_names_nobody(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.zones[0].zone = lab.evidence.tailnet.zones[1].zone = NULL;
	assert_found(&lab, "split-dns-missing");
}

static void split_dns_without_the_reverse_zone(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.zones[1].zone = NULL;
	assert_found(&lab, "split-dns-reverse-missing");
}

static void split_dns_names_a_client(void **state)
{
	GOOD(lab, "");
	zone_of(&lab)->resolver_count = 1;
	inet_pton(AF_INET, "100.64.0.4", &zone_of(&lab)->resolvers[0].v4);
	lab.evidence.tailnet.zones[0].others[0] = RELAY_OTHER_SILENT;
	assert_found(&lab, "split-dns-elsewhere");
}

static void split_dns_names_the_other_relay_alone(void **state)
{
	GOOD(lab, "");
	zone_of(&lab)->resolvers[0] = zone_of(&lab)->resolvers[1];
	lab.evidence.tailnet.zones[0].others[0] = RELAY_OTHER_RELAY;
	zone_of(&lab)->resolver_count = 1;
	relay_judge_split_dns(&lab.evidence, &lab.findings);
	assert_non_null(strstr(lab.findings.items[0].advice, "\"9929\": [\"100.64.0.1\", \"100.64.0.2\"]"));
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "split-dns-partial");
}

static void split_dns_names_us_and_one_that_is_no_relay(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.zones[0].others[1] = RELAY_OTHER_NO_RELAY;
	assert_found(&lab, "split-dns-stray");
}

/* The second resolver of split DNS is a silent node with this relay's tags. */
static struct tailscale_node *silent_relay(struct lab *lab)
{
	struct tailscale_node *peer = &lab->evidence.tailnet.netmap.peers[0];

	lab->evidence.tailnet.zones[0].others[1] = RELAY_OTHER_SILENT;
	assert_int_equal(inet_pton(AF_INET, "100.64.0.3", &zone_of(lab)->resolvers[1].v4), 1);
	list_set(&peer->tags, "tag:relay");
	return peer;
}

static void advertises(struct tailscale_node *node, const char *prefix)
{
	node->advertised.items = calloc(1, sizeof(*node->advertised.items));
	assert_int_equal(conf_prefix_parse(prefix, node->advertised.items), 0);
	node->advertised.count = 1;
}

static void a_relay_that_may_not_be_asked_is_known_by_tags_and_prefix(void **state)
{
	GOOD(lab, "");
	advertises(silent_relay(&lab), "fd64:9929::/96");
	assert_found(&lab, "");
}

static void a_node_with_the_tags_of_a_relay_alone_is_none(void **state)
{
	GOOD(lab, "");
	advertises(silent_relay(&lab), "192.0.2.0/24");
	assert_found(&lab, "split-dns-stray");
}

static void a_relay_that_is_offline_answers_nobody(void **state)
{
	struct tailscale_node *peer;
	GOOD(lab, "");
	peer = silent_relay(&lab);
	advertises(peer, "fd64:9929::/96");
	peer->online = false;
	assert_found(&lab, "split-dns-stray");
}

static void a_domain_handed_to_a_node_with_the_tags_alone_does_not_work(void **state)
{
	GOOD(lab, "");
	silent_relay(&lab);
	zone_of(&lab)->resolvers[0] = zone_of(&lab)->resolvers[1];
	zone_of(&lab)->resolver_count = 1;
	lab.evidence.tailnet.zones[0].others[0] = RELAY_OTHER_SILENT;
	assert_found(&lab, "split-dns-elsewhere");
}

/* Tailscale's own control plane does not pass on what a node advertises. */
static void where_nobody_tells_what_is_advertised_the_tags_count(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.headscale = false;
	list_set(&lab.evidence.tailnet.status.allowed_ips, "fd64:9929::/96");
	silent_relay(&lab);
	assert_found(&lab, "");
}

static void resolvers_for_all_names_may_be_the_relay(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.netmap.global.resolvers = calloc(1, sizeof(struct conf_address));
	lab.evidence.tailnet.netmap.global.resolvers[0] = lab.settings->dns.edge_addresses[0];
	lab.evidence.tailnet.netmap.global.resolver_count = 1;
	lab.evidence.tailnet.zones[0].zone = lab.evidence.tailnet.zones[1].zone = &lab.evidence.tailnet.netmap.global;
	assert_found(&lab, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_dns_names_nobody),
		cmocka_unit_test(split_dns_without_the_reverse_zone),
		cmocka_unit_test(split_dns_names_a_client),
		cmocka_unit_test(split_dns_names_the_other_relay_alone),
		cmocka_unit_test(split_dns_names_us_and_one_that_is_no_relay),
		cmocka_unit_test(a_relay_that_may_not_be_asked_is_known_by_tags_and_prefix),
		cmocka_unit_test(a_node_with_the_tags_of_a_relay_alone_is_none),
		cmocka_unit_test(a_relay_that_is_offline_answers_nobody),
		cmocka_unit_test(a_domain_handed_to_a_node_with_the_tags_alone_does_not_work),
		cmocka_unit_test(where_nobody_tells_what_is_advertised_the_tags_count),
		cmocka_unit_test(resolvers_for_all_names_may_be_the_relay),
	};

	return cmocka_run_group_tests_name("judge_split_dns", tests, NULL, NULL);
}
