/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judges of check, fed with evidence: what a good relay looks like, and one thing at a time that is not so. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"
#include "relay/cli/command.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/grant.h"
#include "relay/check/judge.h"
#include "relay/check/verdict.h"
#include "tests/unit/tailscale/tailscaled.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char relay_conf[] =
	"split-domain 9929 ts.test\nupstream-dns ts.test 100.100.100.100\nedge-address 100.64.0.1\nprefix fd64:9929::/96\n"
	"dynamic-pool 192.168.240.0/20\n";

/* A relay of headscale's that works, by the netmap that a real one had; settings are more lines of relay.conf. */
struct lab {
	struct relay_evidence evidence;
	struct relay_findings findings;
	struct conf_settings *settings;
};

static struct conf_settings *settings_parse(const char *more)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	char text[2048];

	snprintf(text, sizeof(text), "%s%s", relay_conf, more);
	settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	if (!settings)
		fail_msg("%s", report.count ? report.lines[0] : "no settings");
	conf_report_clear(&report);
	return settings;
}

static void list_set(struct tailscale_list *list, const char *text)
{
	tailscale_list_clear(list);
	list->items = calloc(1, sizeof(*list->items));
	list->items[0] = strdup(text);
	list->count = 1;
}

static void replied(struct relay_reply *reply, const char *code, const char *aaaa, const char *a)
{
	*reply = (struct relay_reply){.asked = true, .answered = true, .aaaa_count = aaaa ? 1 : 0, .a_count = a ? 1 : 0};
	snprintf(reply->code, sizeof(reply->code), "%s", code);
	if (aaaa)
		assert_int_equal(inet_pton(AF_INET6, aaaa, &reply->aaaa[0]), 1);
	if (a)
		assert_int_equal(inet_pton(AF_INET, a, &reply->a[0]), 1);
}

static void tailnet_fill(struct relay_tailnet_evidence *tailnet, const struct conf_settings *settings)
{
	struct conf_report report = {0};
	struct tailscaled *server = tailscaled_start("status-running.json", "prefs-running.json");
	char zone[CONF_REVERSE_TEXT];

	server->bus = "bus-netmap.json";
	*tailnet = (struct relay_tailnet_evidence){.used = true, .headscale = true, .now = 1796000000};
	tailnet->has_status = tailnet->up = tailscale_status_read(server->path, &tailnet->status, &report) == 0;
	tailnet->has_prefs = tailscale_prefs_read(server->path, &tailnet->prefs, &report) == 0;
	tailnet->has_netmap = tailscale_netmap_read(server->path, &tailnet->netmap, &report) == 0;
	assert_quiet(&report);
	assert_true(tailnet->has_status && tailnet->has_prefs && tailnet->has_netmap);
	tailscaled_stop(server);
	strcpy(tailnet->netmap.warnings[0].severity, "low");
	list_set(&tailnet->prefs.advertise_routes, "fd64:9929::/96");
	for (tailnet->zone_count = 0; tailnet->zone_count < 2; tailnet->zone_count++) {
		struct relay_zone_evidence *entry = &tailnet->zones[tailnet->zone_count];

		entry->reverse = tailnet->zone_count == 1;
		snprintf(entry->name, sizeof(entry->name), "%s",
			 entry->reverse ? conf_prefix6_print_reverse(&settings->common.prefixes[0].prefix, zone) : "9929");
		entry->zone = tailscale_netmap_zone(&tailnet->netmap, entry->name);
		assert_non_null(entry->zone);
		entry->others[1] = RELAY_OTHER_RELAY; /* 100.64.0.2, the second of the recording */
	}
}

static void lab_make(struct lab *lab, const char *more)
{
	struct relay_evidence *evidence = &lab->evidence;

	*lab = (struct lab){.settings = settings_parse(more)};
	*evidence = (struct relay_evidence){.settings = lab->settings,
					    .file = RELAY_CONF_PATH,
					    .name = "my-vps.9929",
					    .real = "my-vps.ts.test",
					    .real_suffix = "ts.test"};
	evidence->dns.edges[0] = (struct relay_edge_evidence){&lab->settings->dns.edge_addresses[0], true, true, true};
	evidence->dns.edge_count = 1;
	replied(&evidence->dns.aaaa, "NOERROR", "fd64:9929::6440:3", NULL);
	replied(&evidence->dns.a, "NOERROR", NULL, NULL);
	replied(&evidence->dns.real_a, "NOERROR", NULL, "100.64.0.3");
	replied(&evidence->dns.real_aaaa, "NOERROR", NULL, NULL);
	evidence->dns.leak_seen = true;
	tailnet_fill(&evidence->tailnet, lab->settings);
	evidence->traffic = (struct relay_traffic_evidence){.may_ask = true,
							    .translator = true,
							    .counters = true,
							    .sent = true,
							    .client_seen = 12,
							    .after = {1, 1, 1, 0, 0},
							    .prefixes_known = true,
							    .prefix_count = 1};
	evidence->traffic.prefixes[0] = lab->settings->common.prefixes[0].prefix;
	evidence->machine = (struct relay_machine_evidence){.running = true,
							    .root = true,
							    .has_table = true,
							    .pool_device = "nat64",
							    .prefix_device = "nat64",
							    .overlay_mtu = 1280,
							    .systemd = true,
							    .unit_enabled = true,
							    .own_file = true,
							    .route_kept = true};
}

/* The ids of what follows from nothing, in order, notes but the numeric domain's among them; all is given up. */
static void assert_found(struct lab *lab, const char *expected)
{
	char found[400] = "";

	relay_judge_all(&lab->evidence, &lab->findings);
	for (size_t i = 0; i < lab->findings.count; i++) {
		const struct relay_finding *finding = &lab->findings.items[i];
		size_t length = strlen(found);

		if (finding->cause == FINDING_NONE && finding->id != FINDING_NUMERIC_DOMAIN)
			snprintf(found + length, sizeof(found) - length, "%s%s", length > 0 ? " " : "",
				 relay_finding_types[finding->id].name);
		if (relay_finding_types[finding->id].kind == RELAY_FINDING_FAILURE && finding->cause == FINDING_NONE &&
		    finding->advice[0] == '\0')
			fail_msg("%s says nothing of what to do", relay_finding_types[finding->id].name);
	}
	assert_string_equal(found, expected);
	relay_findings_clear(&lab->findings);
	relay_evidence_clear(&lab->evidence);
	conf_settings_free(lab->settings);
}

#define GOOD(lab, more)                                                                                                \
	struct lab lab;                                                                                                \
	(void)state;                                                                                                   \
	lab_make(&lab, more)

static void a_good_relay_has_no_finding(void **state)
{
	GOOD(lab, "");
	assert_found(&lab, "");
}

/* The recorded status tells the node of its own approval, as Tailscale's own control plane does. */
static void a_good_relay_of_tailscales_own_control_plane_has_no_finding(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.headscale = false;
	assert_int_equal(lab.evidence.tailnet.status.primary_routes.count, 1);
	assert_found(&lab, "");
}

/* up refuses where a watch is at work. */
static void what_puts_rules_back_can_be_typed(void **state)
{
	GOOD(lab, "");
	lab.evidence.machine.rules_differ = lab.evidence.machine.masquerade_missing = true;
	relay_judge_machine(&lab.evidence, &lab.findings);
	assert_string_equal(lab.findings.items[0].advice, "nat64-relay up");
	relay_findings_clear(&lab.findings);
	lab.evidence.machine.watched = true;
	relay_judge_machine(&lab.evidence, &lab.findings);
	assert_string_equal(lab.findings.items[0].advice, "nat64-relay reload");
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "masquerade-missing");
}

static void an_unbound_older_than_the_distributions_is_found(void **state)
{
	GOOD(lab, "");
	lab.evidence.machine.unbound = (struct relay_unbound_age){
		.version = "1.26.0-1", .newer = "1.26.1-1", .built = "2026-08-01", .days = 120};
	assert_found(&lab, "unbound-outdated");
}

static void before_up_there_is_one_finding(void **state)
{
	GOOD(lab, "");
	lab.evidence.machine.running = false;
	assert_found(&lab, "not-running");
}

/* --- names --- */

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

/* --- split DNS --- */

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

/* --- policy and routes --- */

static void no_grant_for_port_53(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.netmap.matches[0].protocols = 0;
	assert_found(&lab, "grant-dns-missing");
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

/* --- tailscaled --- */

static void tailscaled_is_down(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.up = false;
	tailscale_netmap_clear(&lab.evidence.tailnet.netmap);
	lab.evidence.tailnet.has_netmap = false;
	assert_found(&lab, "tailscaled-down");
}

static void a_key_that_expired(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.status.expired = true;
	assert_found(&lab, "tailscaled-key-expired");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.self.key_expiry = lab.evidence.tailnet.now + 3600;
	assert_found(&lab, "tailscaled-key-expires");
}

static void a_clock_that_is_wrong(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.now = lab.evidence.tailnet.netmap.peers[0].created - 3600;
	assert_found(&lab, "clock-wrong");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.self.key_expiry = lab.evidence.tailnet.now - 3600;
	assert_found(&lab, "clock-wrong");
}

/* headscale says of a node that it is offline a while after it has come: tailscaled's own complaint counts. */
static void a_control_plane_that_does_not_hear_us(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.status.online = false;
	assert_found(&lab, "");
	lab_make(&lab, "");
	strcpy(lab.evidence.tailnet.netmap.warnings[0].severity, "medium");
	strcpy(lab.evidence.tailnet.netmap.warnings[0].code, "not-in-map-poll");
	assert_found(&lab, "tailscaled-offline");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.has_health = lab.evidence.tailnet.status.online = false;
	assert_found(&lab, "tailscaled-offline");
}

static void settings_of_tailscaled(void **state)
{
	GOOD(lab, "");
	lab.evidence.tailnet.prefs.shields_up = true;
	assert_found(&lab, "shields-up");
	lab_make(&lab, "");
	lab.evidence.tailnet.prefs.stateful_filtering = true;
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){1, 0, 1, 0, 0};
	lab.evidence.traffic.took = -1;
	assert_found(&lab, "stateful-filtering");
}

static void a_complaint_of_tailscaled(void **state)
{
	GOOD(lab, "");
	strcpy(lab.evidence.tailnet.netmap.warnings[0].severity, "high");
	assert_found(&lab, "tailscaled-health");
	lab_make(&lab, "");
	lab.evidence.tailnet.netmap.has_health = false; /* an older tailscaled, which tells by its status alone */
	list_set(&lab.evidence.tailnet.status.health, "Some peers are advertising routes but --accept-routes is false");
	assert_found(&lab, "");
}

/* --- packets and the machine --- */

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
	assert_non_null(strstr(lab.findings.seen[PLACE_TRAFFIC], "by the twin6 prefix"));
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

static void one_cause_for_what_the_machine_lost(void **state)
{
	static const struct {
		const char *what, *found;
	} items[] = {
		{"net.ipv4.ip_forward = 1", "forwarding-off"},
		{"net.ipv4.conf.nat64.rp_filter = 2", "rp-filter"},
		{"route 192.168.240.0/20 dev nat64", "state-changed"},
	};
	struct lab lab;
	char verdict[1000];
	(void)state;

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		lab_make(&lab, "");
		list_set(&lab.evidence.machine.missing, items[i].what);
		lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 1, 0, 0};
		assert_found(&lab, items[i].found);
	}
	lab_make(&lab, "");
	lab.evidence.machine.rules_differ = lab.evidence.machine.masquerade_missing = true;
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 0, 0, 0};
	assert_found(&lab, "masquerade-missing");
	lab_make(&lab, "");
	lab.evidence.machine.rules_differ = true;
	lab.evidence.machine.has_table = lab.evidence.traffic.counters = false;
	assert_found(&lab, "rules-missing");
	lab_make(&lab, "");
	lab.evidence.machine.rules_differ = lab.evidence.machine.masquerade_missing = lab.evidence.machine.rules_held = true;
	relay_judge_all(&lab.evidence, &lab.findings);
	relay_verdict_write(&lab.findings, "my-vps.9929", verdict, sizeof(verdict));
	assert_string_equal(verdict, "my-vps.9929: works");
	relay_findings_clear(&lab.findings);
	assert_found(&lab, "rules-held");
}

static void routes_of_others_and_disks(void **state)
{
	GOOD(lab, "");
	snprintf(lab.evidence.machine.pool_device, sizeof(lab.evidence.machine.pool_device), "eth0");
	lab.evidence.traffic.after = (struct relay_traffic_snapshot){2, 0, 1, 0, 0};
	assert_found(&lab, "pool-route-taken");
	lab_make(&lab, "");
	snprintf(lab.evidence.machine.prefix_device, sizeof(lab.evidence.machine.prefix_device), "tailscale0");
	lab.evidence.traffic.after = lab.evidence.traffic.before;
	assert_found(&lab, "prefix-route-taken");
	lab_make(&lab, "");
	lab.evidence.machine.disks[0] = (struct relay_disk_evidence){"/var/lib/nat64-relay", false, true};
	lab.evidence.machine.disk_count = 1;
	assert_found(&lab, "disk-full");
	lab_make(&lab, "");
	lab.evidence.machine.disks[0] = (struct relay_disk_evidence){"/var/lib/nat64-relay", true, true};
	lab.evidence.machine.disk_count = 1;
	assert_found(&lab, "disk-read-only");
	lab_make(&lab, "");
	lab.evidence.machine.overlay_mtu = 1200;
	assert_found(&lab, "mtu-small");
}

static void a_relay_that_closed_itself(void **state)
{
	GOOD(lab, "");
	snprintf(lab.evidence.machine.guard, sizeof(lab.evidence.machine.guard), "its table is taken away");
	list_set(&lab.evidence.machine.missing, "nat64 up, MTU 65535");
	lab.evidence.machine.rules_differ = lab.evidence.machine.withdrawn = true;
	lab.evidence.traffic.after = lab.evidence.traffic.before;
	assert_found(&lab, "guard-closed");
}

static void the_next_boot(void **state)
{
	GOOD(lab, "");
	lab.evidence.machine.unit_enabled = false;
	assert_found(&lab, "boot-off");
	lab_make(&lab, "");
	lab.evidence.broken = "relay.conf line 3: unknown directive \"nonsense\"";
	assert_found(&lab, "settings-broken");
	lab_make(&lab, "");
	lab.evidence.machine.edited = true;
	assert_found(&lab, "settings-edited");
}

/* What up, status and check print is what examples/policy.json has. */
static void the_grants_are_those_of_the_example(void **state)
{
	struct conf_settings *settings = settings_parse("http-listen auto\n");
	const char *top = getenv("srcdir");
	char path[512], text[1000];
	json_t *policy;
	(void)state;

	snprintf(path, sizeof(path), "%s/examples/policy.json", top ? top : ".");
	policy = json_load_file(path, 0, NULL);
	assert_non_null(policy);
	for (enum relay_grant grant = RELAY_GRANT_DNS; grant < RELAY_GRANTS; grant++) {
		json_t *printed = json_loads(relay_grant_print(grant, settings, NULL, text, sizeof(text)), 0, NULL);

		assert_non_null(printed);
		if (!json_equal(printed, json_array_get(json_object_get(policy, "grants"), grant)))
			fail_msg("examples/policy.json has another grant than %s", text);
		json_decref(printed);
	}
	json_decref(policy);
	conf_settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_relay_has_no_finding),
		cmocka_unit_test(a_good_relay_of_tailscales_own_control_plane_has_no_finding),
		cmocka_unit_test(what_puts_rules_back_can_be_typed),
		cmocka_unit_test(before_up_there_is_one_finding),
		cmocka_unit_test(an_unbound_older_than_the_distributions_is_found),
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
		cmocka_unit_test(no_grant_for_port_53),
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
		cmocka_unit_test(tailscaled_is_down),
		cmocka_unit_test(a_key_that_expired),
		cmocka_unit_test(a_clock_that_is_wrong),
		cmocka_unit_test(a_control_plane_that_does_not_hear_us),
		cmocka_unit_test(settings_of_tailscaled),
		cmocka_unit_test(a_complaint_of_tailscaled),
		cmocka_unit_test(packets_that_are_lost),
		cmocka_unit_test(a_target_of_ipv6_alone_has_no_finding),
		cmocka_unit_test(packets_that_are_lost_by_the_twin6),
		cmocka_unit_test(a_target_of_ipv6_alone_that_is_not_relayed_to),
		cmocka_unit_test(the_twin6_prefix_is_a_route_of_its_own),
		cmocka_unit_test(one_cause_for_what_the_machine_lost),
		cmocka_unit_test(routes_of_others_and_disks),
		cmocka_unit_test(a_relay_that_closed_itself),
		cmocka_unit_test(the_next_boot),
		cmocka_unit_test(the_grants_are_those_of_the_example),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
