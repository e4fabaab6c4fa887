/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges of what the relay's own resolver says: where it answers, what the name is, and what an answer shows. */
#include "relay/check/judge.h"

#include "conf/policy.h"
#include "conf/settings.h"
#include "conf/value.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/host/machine.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { LIST_ROOM = 200 };

static bool is_tailscaleds(const struct relay_tailnet_evidence *tailnet, const struct conf_address *address)
{
	for (size_t i = 0; i < tailnet->status.address_count; i++)
		if (conf_address_equals(&tailnet->status.addresses[i], address))
			return true;
	return false;
}

/* "100.64.0.1, fd7a:115c:a1e0::1" */
static void address_append(char list[LIST_ROOM], const struct conf_address *address)
{
	size_t length = strlen(list);
	char text[INET6_ADDRSTRLEN];

	snprintf(list + length, LIST_ROOM - length, "%s%s", length > 0 ? ", " : "",
		 relay_machine_address_print(address, text));
}

/* An overlay without tailscaled has none to ask; one that is not up has no addresses. */
static void foreign_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;
	char foreign[LIST_ROOM] = "", own[LIST_ROOM] = "";
	const struct relay_dns_evidence *dns = &evidence->dns;

	if (!tailnet->up || tailnet->status.address_count == 0 || dns->edge_count == 0)
		return;
	for (size_t i = 0; i < dns->edge_count; i++) {
		if (is_tailscaleds(tailnet, dns->edges[i].address))
			return;
		address_append(foreign, dns->edges[i].address);
	}
	for (size_t i = 0; i < tailnet->status.address_count; i++)
		address_append(own, &tailnet->status.addresses[i]);
	relay_findings_add(
		findings, FINDING_EDGE_ADDRESS_FOREIGN, PLACE_ANSWER,
		"edge-address %s is not an address of tailscaled, which has %s: clients of the tailnet get no answer",
		foreign, own);
	relay_findings_advise(findings, "write \"edge-address auto\" in relay.conf instead, then: nat64-relay reload");
}

void relay_judge_edge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	bool lost = false; /* tailscaled has it, and its interface has not */
	char absent[LIST_ROOM] = "", silent[LIST_ROOM] = "", no_udp[LIST_ROOM] = "", no_tcp[LIST_ROOM] = "";

	foreign_judge(evidence, findings);
	for (size_t i = 0; i < evidence->dns.edge_count; i++) {
		const struct relay_edge_evidence *edge = &evidence->dns.edges[i];

		lost |= !edge->here && evidence->tailnet.up && is_tailscaleds(&evidence->tailnet, edge->address);
		if (!edge->udp || !edge->tcp)
			address_append(!edge->here ? absent :
				       edge->tcp   ? no_udp :
				       edge->udp   ? no_tcp :
						     silent,
				       edge->address);
	}
	if (*absent) {
		relay_findings_add(findings, FINDING_RESOLVER_SILENT, PLACE_ANSWER,
				   "this machine does not have the edge-address %s%s", absent,
				   lost ? ", which is tailscaled's" : "");
		relay_findings_advise(findings, "%s",
				      lost ? "systemctl restart tailscaled" :
					     "write \"edge-address auto\" in relay.conf instead, then: nat64-relay reload");
	}
	if (*silent) {
		relay_findings_add(findings, FINDING_RESOLVER_SILENT, PLACE_ANSWER,
				   "%s port 53 answers neither over UDP nor over TCP", silent);
		relay_findings_advise(
			findings, "%s",
			evidence->machine.systemd ?
				"systemctl restart nat64-relay-unbound; the cause: journalctl -u nat64-relay-unbound" :
				"nat64-relay run restarts it within 30 s; its log gives the cause");
	}
	if (*no_udp && !relay_findings_find(findings, FINDING_UDP_53_DROPPED)) { /* whose rule it is, the search through firewalls has told */
		relay_findings_add(findings, FINDING_UDP_53_DROPPED, PLACE_ANSWER,
				   "%s port 53 answers over TCP, but not over UDP, which is dropped on this machine",
				   no_udp);
		relay_findings_advise(findings, "remove the rule that drops UDP port 53: nft list ruleset shows it");
	}
	if (*no_tcp && !relay_findings_find(findings, FINDING_TCP_53_DROPPED)) {
		relay_findings_add(findings, FINDING_TCP_53_DROPPED, PLACE_ANSWER,
				   "%s port 53 answers over UDP, but not over TCP, which is dropped on this machine",
				   no_tcp);
		relay_findings_advise(findings, "remove the rule that drops TCP port 53: nft list ruleset shows it");
	}
}

static bool in_a_prefix(const struct conf_settings *settings, const struct in6_addr *address)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_prefix6_contains(&settings->common.prefixes[i].prefix, address))
			return true;
	return settings->common.has_twin6 && conf_prefix6_contains(&settings->common.twin6.twin, address);
}

/* The policy of the name's split domain; NULL: none. */
static const struct conf_policy *policy_of(const struct relay_evidence *evidence)
{
	const struct conf_settings *settings = evidence->settings;
	const char *found = NULL;

	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (conf_domain_is_within(evidence->name, settings->dns.split_domains[i].split) &&
		    (!found || strlen(settings->dns.split_domains[i].split) > strlen(found)))
			found = settings->dns.split_domains[i].split;
	return found ? conf_policy_of(settings, found) : NULL;
}

static void upstream_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_dns_evidence *dns = &evidence->dns;

	if (!dns->upstream_a.asked || dns->upstream_a.answered)
		return;
	relay_findings_add(findings, FINDING_UPSTREAM_SILENT, PLACE_ANSWER, "the upstream does not answer: %s",
			   dns->upstream_a.trouble);
	relay_findings_advise(findings, "check that it is up: dig %s %s", dns->upstream, evidence->real);
}

/* The name has no AAAA record, and this is why. */
static void empty_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_dns_evidence *dns = &evidence->dns;
	const char *code = dns->aaaa.code;
	bool has_twin6 = evidence->settings->common.has_twin6;
	char edge[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN];
	struct conf_address real;

	if (strcmp(code, "REFUSED") == 0) {
		relay_findings_add(findings, FINDING_CLIENT_REFUSED, PLACE_ANSWER,
				   "%s: this node itself may not query (REFUSED)", evidence->name);
		relay_findings_advise(findings, "see dns-client in relay.conf(5)");
	} else if (strcmp(code, "NOERROR") != 0 && strcmp(code, "NXDOMAIN") != 0) {
		relay_findings_add(findings, FINDING_NAME_UNANSWERED, PLACE_ANSWER, "the only answer for %s is %s",
				   evidence->name, code);
		relay_findings_advise(findings, "see its extended error: dig @%s AAAA %s",
				      relay_machine_address_print(dns->edges[0].address, edge), evidence->name);
	} else if (relay_evidence_real(evidence, &real)) {
		relay_findings_add(findings, FINDING_TARGET_DENIED, PLACE_ANSWER, "%s is %s, which is not relayed to",
				   evidence->real, relay_machine_address_print(&real, text));
		relay_findings_advise(
			findings,
			"write \"allow-destination %s/%d\" in relay.conf, then: nat64-relay reload; never this node's own addresses",
			text, real.family == AF_INET ? 32 : 128);
	} else if (dns->upstream_a.a_count > 0) {
		relay_findings_add(findings, FINDING_NAME_ABSENT, PLACE_ANSWER,
				   "%s has no AAAA record (%s): the resolver's cache says that the name does not exist, but the "
				   "upstream has it now",
				   evidence->name, code);
		relay_findings_advise(findings,
				      "wait until the entry expires, a few minutes at most, or: nat64-relay reload");
	} else {
		relay_findings_add(findings, FINDING_NAME_ABSENT, PLACE_ANSWER,
				   "%s has no AAAA record (%s), because %s has no %s", evidence->name, code,
				   evidence->real, has_twin6 ? "address" : "IPv4 address");
		relay_findings_advise(
			findings, "check that the host exists, and that the policy lets this node see it: dig %s %s %s",
			dns->upstream, has_twin6 ? "AAAA" : "A", evidence->real);
	}
}

/* Addresses outside every prefix: with native-aaaa these are the target's own. */
static void outside_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_reply *reply = &evidence->dns.aaaa;
	const struct conf_policy *policy = policy_of(evidence);
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < reply->aaaa_count && i < EVIDENCE_ADDRESSES; i++) {
		if (in_a_prefix(evidence->settings, &reply->aaaa[i]))
			continue;
		inet_ntop(AF_INET6, &reply->aaaa[i], text, sizeof(text));
		if (policy && policy->native_aaaa)
			return;
		relay_findings_add(findings, FINDING_NAME_OUTSIDE_PREFIX, PLACE_ANSWER,
				   "%s is %s, which is in no prefix of the settings", evidence->name, text);
		relay_findings_advise(findings,
				      "the resolver uses other settings: restart it (systemctl restart nat64-relay)");
		return;
	}
}

static void translator_prefix_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_traffic_evidence *traffic = &evidence->traffic;
	const struct in6_addr *target = relay_evidence_target(evidence);
	char text[INET6_ADDRSTRLEN], has[CONF_PREFIX_TEXT] = "none";

	if (!target || !traffic->prefixes_known || relay_evidence_is_by_twin6(evidence))
		return;
	for (size_t i = 0; i < traffic->prefix_count; i++)
		if (conf_prefix6_contains(&traffic->prefixes[i], target))
			return;
	if (traffic->prefix_count > 0)
		conf_prefix6_print(&traffic->prefixes[0], has);
	relay_findings_add(findings, FINDING_DNS_PREFIX_DIFFERS, PLACE_ANSWER,
			   "%s is %s, and the translator has the prefix %s", evidence->name,
			   inet_ntop(AF_INET6, target, text, sizeof(text)), has);
	relay_findings_advise(findings, "nat64-relay reload");
}

static void leak_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	if (evidence->suffix_is_open) {
		relay_findings_add(findings, FINDING_NOTHING_TO_HIDE, PLACE_LEAK,
				   "the split domain itself ends in %s: there is nothing to hide",
				   strcmp(evidence->real_suffix, ".") == 0 ? "the root" : evidence->real_suffix);
	} else if (evidence->dns.leak[0] != '\0') {
		relay_findings_add(findings, FINDING_NAME_LEAKED, PLACE_LEAK, "the answer to %.300s shows %.80s",
				   evidence->dns.leak, evidence->real_suffix);
		relay_findings_advise(findings, "please report this with the output of: dig %s", evidence->dns.leak);
	} else if (!evidence->dns.leak_seen) {
		relay_findings_add(findings, FINDING_NOT_EXAMINED, PLACE_LEAK, "not every query was answered");
	} else {
		relay_findings_see(findings, PLACE_LEAK,
				   "no answer shows %s (AAAA, A, HTTPS, ANY, TXT, CNAME, PTR, and a name that does not "
				   "exist)",
				   evidence->real_suffix);
	}
}

/* A name that is relayed under its own has no other way: an A record would be one. */
static void direct_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_reply *real_a = &evidence->dns.real_a, *real_aaaa = &evidence->dns.real_aaaa;
	struct conf_address real;

	if (!real_a->answered) {
		relay_findings_add(findings, FINDING_NOT_EXAMINED, PLACE_DIRECT, "the real name was not answered");
		return;
	}
	if (strcmp(evidence->name, evidence->real) == 0) {
		relay_findings_see(findings, PLACE_DIRECT,
				   "it is relayed under its own name, and has no A record that bypasses the relay");
		return;
	}
	if (real_a->a_count == 0 && !relay_evidence_real(evidence, &real)) {
		relay_findings_add(findings, evidence->dns.aaaa.aaaa_count > 0 ? FINDING_NAME_ABSENT : FINDING_NOT_EXAMINED,
				   PLACE_DIRECT, "%s has no A record (%s)", evidence->real, real_a->code);
		return;
	}
	for (size_t i = 0; i < real_aaaa->aaaa_count && i < EVIDENCE_ADDRESSES; i++)
		if (in_a_prefix(evidence->settings, &real_aaaa->aaaa[i])) {
			relay_findings_add(findings, FINDING_REAL_NAME_SYNTHESIZED, PLACE_DIRECT,
					   "%s also has an address inside the prefix", evidence->real);
			relay_findings_advise(
				findings,
				"something else synthesizes addresses (DNS64?): see unbound-include-dir in relay.conf(5)");
			return;
		}
	relay_findings_see(findings, PLACE_DIRECT, "it has its own addresses (%zu of IPv%d), none in the prefix",
			   real_a->a_count > 0 ? real_a->a_count : real_aaaa->aaaa_count, real_a->a_count > 0 ? 4 : 6);
}

void relay_judge_answer(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_dns_evidence *dns = &evidence->dns;
	const struct in6_addr *target = relay_evidence_target(evidence);
	char text[INET6_ADDRSTRLEN];

	if (dns->aaaa.asked && dns->aaaa.aaaa_count == 0)
		upstream_judge(evidence, findings);
	if (dns->edge_count == 0)
		relay_findings_add(findings, FINDING_EDGE_ADDRESS_MISSING, PLACE_ANSWER,
				   "the settings name no edge-address, so there is no resolver");
	else if (dns->aaaa.asked && !dns->aaaa.answered)
		relay_findings_add(findings, FINDING_NAME_UNANSWERED, PLACE_ANSWER, "%s", dns->aaaa.trouble);
	else if (dns->aaaa.answered && dns->aaaa.aaaa_count == 0)
		empty_judge(evidence, findings);
	else if (!dns->aaaa.asked && !relay_findings_find(findings, FINDING_RESOLVER_SILENT))
		relay_findings_add(findings, FINDING_NOT_EXAMINED, PLACE_ANSWER, "no edge-address answers");
	if (target) {
		relay_findings_see(findings, PLACE_ANSWER, "%s is %s", evidence->name,
				   inet_ntop(AF_INET6, target, text, sizeof(text)));
		outside_judge(evidence, findings);
		translator_prefix_judge(evidence, findings);
	}
	leak_judge(evidence, findings);
	direct_judge(evidence, findings);
}

/* What of the settings, and of the answers, leads clients past the relay. */
void relay_judge_around(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct conf_policy *policy = policy_of(evidence);
	const char *domain = policy ? policy->split : "DOMAIN", *last = strrchr(evidence->name, '.');
	const struct relay_reply *reply = &evidence->dns.a;
	char text[INET_ADDRSTRLEN];

	for (size_t i = 0; i < reply->a_count && i < EVIDENCE_ADDRESSES; i++) {
		if (evidence->settings->common.has_twin &&
		    conf_prefix4_contains(&evidence->settings->common.twin.twin, reply->a[i]))
			continue;
		relay_findings_add(findings, FINDING_BYPASS_A_POLICY, PLACE_AROUND,
				   "%s is also %s, through which clients bypass the relay", evidence->name,
				   inet_ntop(AF_INET, &reply->a[i], text, sizeof(text)));
		relay_findings_advise(findings, "write \"a-policy %s empty\" in relay.conf, then: nat64-relay reload",
				      domain);
		break;
	}
	if (policy && policy->native_aaaa) {
		relay_findings_add(findings, FINDING_BYPASS_AAAA, PLACE_AROUND,
				   "native-aaaa %s yes: with a target's own IPv6 addresses clients bypass the relay",
				   domain);
		relay_findings_advise(findings, "write \"native-aaaa %s no\" in relay.conf, then: nat64-relay reload",
				      domain);
	}
	last = last ? last + 1 : evidence->name;
	if (*last && strspn(last, "0123456789") == strlen(last))
		relay_findings_add(findings, FINDING_NUMERIC_DOMAIN, PLACE_AROUND,
				   "browsers refuse %s, because its last label is a number; other programs accept it",
				   evidence->name);
}
