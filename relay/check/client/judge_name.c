/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges of what the name became for this client's programs and by whom, of the route, and of the packets. */
#include "relay/check/client/judge.h"

#include "conf/special.h"
#include "relay/check/client/client.h"
#include "relay/check/finding.h"
#include "relay/check/judge_tailnet.h"
#include "relay/host/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LIST_ROOM = 240, MTU_MIN = 1280 };

enum relay_finding_id relay_client_first_of(const struct relay_findings *findings, const enum relay_finding_id *ids)
{
	for (; *ids != FINDING_NONE; ids++)
		if (relay_findings_find(findings, *ids))
			return *ids;
	return FINDING_NONE;
}

/* Add, as a consequence of the first of the ids that was found. */
static void add_caused(struct relay_findings *findings, enum relay_finding_id id, enum relay_place place,
		       const enum relay_finding_id *causes, const char *text)
{
	struct relay_finding *finding = relay_findings_add(findings, id, place, "%s", text);

	if (finding)
		finding->cause = relay_client_first_of(findings, causes);
}

/* What explains that a name gets no answer, or one that is not the relay's. */
static const enum relay_finding_id answer_causes[] = {
	FINDING_TAILSCALED_DOWN,
	FINDING_TAILSCALED_KEY_EXPIRED,
	FINDING_SPLIT_DNS_MISSING,
	FINDING_SPLIT_DNS_ELSEWHERE,
	FINDING_SPLIT_DNS_STRAY,
	FINDING_CLIENT_REFUSED,
	FINDING_SHIELDS_UP,
	FINDING_RESOLVER_SILENT,
	FINDING_RELAY_UNREACHED,
	FINDING_GRANT_DNS_MISSING,
	FINDING_FIREWALL_DROPS,
	FINDING_UDP_53_DROPPED,
	FINDING_UPSTREAM_SILENT,
	FINDING_GRANT_TARGETS_MISSING,
	FINDING_NAME_ABSENT,
	FINDING_ACCEPT_DNS_OFF,
	FINDING_MAGIC_DNS_OFF,
	FINDING_TARGET_DENIED,
	FINDING_NONE,
};

/* A server of resolv.conf that says what programs get; its first one that is not MagicDNS; NULL. */
static const char *other_server(const struct relay_client_system *system)
{
	const char *found = NULL;

	for (size_t i = 0; i < system->server_count && i < CLIENT_NAMESERVERS; i++) {
		if (conf_special_is_tailnet_resolver(system->servers[i]))
			continue;
		if (system->name.count > 0 && relay_client_reply_is_within(&system->name, &system->replies[i]))
			return system->servers[i];
		found = found ? found : system->servers[i];
	}
	return found;
}

static void alias_append(const struct relay_client_system *system, char *text, size_t size)
{
	for (size_t i = 0; i < system->server_count && i < CLIENT_NAMESERVERS; i++)
		if (system->replies[i].alias[0]) {
			snprintf(text, size, ", by a CNAME to %.200s", system->replies[i].alias);
			return;
		}
}

/* The programs here get something else than the relay says, and MagicDNS does not: this client's own settings are the reason. */
static void own_settings_judge(const struct relay_client *client, const char *got, struct relay_findings *findings)
{
	const struct relay_client_system *system = &client->system;
	const char *other = other_server(system);
	char alias[240] = "";

	alias_append(system, alias, sizeof(alias));
	if (system->hosts[0]) {
		relay_findings_add(findings, FINDING_BYPASS_HOSTS, PLACE_CLIENT_ANSWER, "%s is %s here, by /etc/hosts",
				   client->name, got);
		relay_findings_advise(findings, "remove this line of /etc/hosts: %s", system->hosts);
	} else if (client->has_prefs && !client->prefs.corp_dns) {
		relay_findings_add(findings, FINDING_ACCEPT_DNS_OFF, PLACE_CLIENT_ANSWER,
				   "%s is %s here, because tailscaled does not accept the tailnet's DNS", client->name,
				   got);
		relay_findings_advise(findings, "sudo tailscale set --accept-dns");
	} else if (system->name.count > 0 && !relay_client_reply_is_within(&system->name, &system->absolute) &&
		   relay_client_reply_is_within(&system->absolute, relay_client_expected(client))) {
		relay_findings_add(
			findings, FINDING_BYPASS_SEARCH, PLACE_CLIENT_ANSWER,
			"%s is %s here, but the relay's address with a dot at the end: a search domain answers for it",
			client->name, got);
		relay_findings_advise(findings,
				      "remove the domain with a wildcard from \"%s\" in /etc/resolv.conf, or from the tailnet's "
				      "search domains",
				      system->search);
	} else if (other) {
		relay_findings_add(findings, FINDING_BYPASS_RESOLVER, PLACE_CLIENT_ANSWER,
				   "%s is %s here, by %s of /etc/resolv.conf%s, not by MagicDNS", client->name, got,
				   other, alias);
		relay_findings_advise(findings,
				      "have tailscaled write /etc/resolv.conf again: sudo tailscale set --accept-dns=false && sudo tailscale set "
				      "--accept-dns");
	} else {
		relay_findings_add(findings, FINDING_NAME_UNANSWERED, PLACE_CLIENT_ANSWER,
				   "%s is %s here, although MagicDNS answers like the relay", client->name, got);
		relay_findings_advise(findings, "check the line hosts in /etc/nsswitch.conf: it needs \"dns\"");
	}
}

/* MagicDNS itself says something else than the relay. */
static void magic_judge(const struct relay_client *client, const char *got, struct relay_findings *findings)
{
	char said[LIST_ROOM], text[CLIENT_NAME + LIST_ROOM + 40];

	relay_client_reply_print(&client->magic, said, sizeof(said));
	if (client->has_prefs && !client->prefs.corp_dns) {
		own_settings_judge(client, got, findings);
	} else if (client->has_netmap &&
		   relay_judge_own_answer(&client->netmap, client->name, PLACE_CLIENT_ANSWER, findings)) {
		return;
	} else if (client->magic.count > 0 && client->zone && !relay_findings_find(findings, FINDING_SPLIT_DNS_ELSEWHERE) &&
		   !relay_findings_find(findings, FINDING_SPLIT_DNS_STRAY)) {
		relay_findings_add(findings, FINDING_BYPASS_RECORD, PLACE_CLIENT_ANSWER,
				   "%s is %s by MagicDNS itself%s%s, which does not ask the relay", client->name, said,
				   client->magic.alias[0] ? ", by a CNAME to " : "", client->magic.alias);
		relay_findings_advise(
			findings,
			"remove the record of %s from the tailnet's DNS (headscale: dns.extra_records in config.yaml)",
			client->name);
	} else {
		snprintf(text, sizeof(text), "%s gets %s from MagicDNS", client->name, said);
		add_caused(findings, FINDING_NAME_UNANSWERED, PLACE_CLIENT_ANSWER, answer_causes, text);
		relay_findings_advise(findings, "ask tailscaled: tailscale dns query %s AAAA", client->name);
	}
}

void relay_client_judge_answer(const struct relay_client *client, struct relay_findings *findings)
{
	const struct relay_client_reply *expected = relay_client_expected(client), *name = &client->system.name;
	char got[LIST_ROOM], text[CLIENT_NAME + LIST_ROOM + 40];

	if (!name->asked)
		return;
	relay_client_reply_print(name, got, sizeof(got));
	if (!expected || expected->count == 0) {
		/* Without the relay's word nobody can say what is right; what the name is not is said by what was found before. */
		if (relay_client_first_of(findings, answer_causes) == FINDING_NONE || name->count == 0) {
			snprintf(text, sizeof(text), "%s has %s here", client->name, got);
			add_caused(findings, FINDING_NAME_UNANSWERED, PLACE_CLIENT_ANSWER, answer_causes, text);
		}
		return;
	}
	if (relay_client_reply_is_within(name, expected)) {
		relay_findings_see(findings, PLACE_CLIENT_ANSWER, "%s is %s", client->name, got);
		return;
	}
	if (client->has_status && !client->status.magic_dns_enabled && !client->system.hosts[0] && client->prefs.corp_dns) {
		relay_findings_add(findings, FINDING_MAGIC_DNS_OFF, PLACE_CLIENT_ANSWER,
				   "%s has %s here, because MagicDNS is off in the tailnet", client->name, got);
		relay_findings_advise(findings,
				      "turn it on: at login.tailscale.com, DNS, Enable MagicDNS; with headscale in config.yaml, dns.magic_dns: true, "
				      "then restart it");
	} else if (client->system.hosts[0] || relay_client_reply_is_within(&client->magic, expected)) {
		own_settings_judge(client, got, findings);
	} else {
		magic_judge(client, got, findings);
	}
}

static const enum relay_finding_id way_causes[] = {
	FINDING_TAILSCALED_DOWN,
	FINDING_TAILSCALED_KEY_EXPIRED,
	FINDING_TAILSCALED_OFFLINE,
	FINDING_NONE,
};

static void unrouted_judge(const struct relay_client *client, struct relay_findings *findings)
{
	const struct relay_client_way *way = &client->way;
	const struct conf_prefix *route = NULL;
	const struct tailscale_node *router = relay_client_router(client, &way->target, &route);
	char address[INET6_ADDRSTRLEN], text[CONF_PREFIX_TEXT];

	relay_machine_address_print(&way->target, address);
	if (way->overlay_mtu != 0 && way->overlay_mtu < MTU_MIN) {
		relay_findings_add(findings, FINDING_MTU_SMALL, PLACE_CLIENT_ROUTE,
				   "%s has an MTU of %u, and IPv6 needs %d", way->overlay, way->overlay_mtu, MTU_MIN);
		relay_findings_advise(findings, "sudo ip link set %s mtu %d && sudo systemctl restart tailscaled",
				      way->overlay, MTU_MIN);
	} else if (way->overlay[0] && !way->overlay_has_ipv6) {
		relay_findings_add(findings, FINDING_IPV6_OFF, PLACE_CLIENT_ROUTE,
				   "%s has no IPv6 address: IPv6 is off on this client", way->overlay);
		relay_findings_advise(
			findings,
			"sudo sysctl net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.%s.disable_ipv6=0 && sudo systemctl restart tailscaled",
			way->overlay);
	} else if (client->has_prefs && !client->prefs.route_all) {
		relay_findings_add(findings, FINDING_ACCEPT_ROUTES_OFF, PLACE_CLIENT_ROUTE,
				   "this client does not accept routes of the tailnet, so none leads to %s", address);
		relay_findings_advise(findings, "sudo tailscale set --accept-routes");
	} else if (client->blind) {
		relay_findings_add(findings, FINDING_PREFIX_UNREACHABLE, PLACE_CLIENT_ROUTE,
				   "%s does not go through %s: this client does not accept routes of the tailnet, or has no route "
				   "to it",
				   address, way->overlay);
		relay_findings_advise(findings,
				      "sudo tailscale set --accept-routes; if that changes nothing, on the relay: sudo nat64-relay "
				      "check");
	} else if (!router) {
		relay_findings_add(
			findings, FINDING_PREFIX_UNREACHABLE, PLACE_CLIENT_ROUTE,
			"no node of the tailnet has a route to %s that this client may use: it is not approved, or no grant names it",
			address);
		relay_findings_advise(findings, "on the relay: sudo nat64-relay check finds out which");
	} else {
		relay_findings_add(findings, FINDING_PREFIX_ROUTE_TAKEN, PLACE_CLIENT_ROUTE,
				   "%s of the tailnet leads to %s%s, and not to %s", conf_prefix_print(route, text),
				   way->device[0] ? "the device " : "nowhere", way->device,
				   way->overlay[0] ? way->overlay : "the tailnet");
		relay_findings_advise(
			findings, "remove the route or rule that is in the way: ip -6 route get %s shows it", address);
	}
}

void relay_client_judge_route(const struct relay_client *client, struct relay_findings *findings)
{
	const struct relay_client_way *way = &client->way;
	const struct tailscale_node *router;
	char address[INET6_ADDRSTRLEN];

	if (!way->has_target)
		relay_findings_add(findings, FINDING_NOT_EXAMINED, PLACE_CLIENT_ROUTE, "no address to look up a route for");
	if (!way->has_target || relay_client_first_of(findings, way_causes) == FINDING_TAILSCALED_DOWN)
		return;
	router = relay_client_router(client, &way->target, NULL);
	relay_machine_address_print(&way->target, address);
	if (client->blind && way->device[0] && (!way->overlay[0] || strcmp(way->device, way->overlay) == 0)) {
		relay_findings_see(findings, PLACE_CLIENT_ROUTE, "%s goes through %s", address, way->device);
	} else if (!way->overlay[0] || strcmp(way->device, way->overlay) != 0 || !router) {
		unrouted_judge(client, findings);
	} else {
		relay_findings_see(findings, PLACE_CLIENT_ROUTE, "%s goes through %s to %.*s", address, way->device,
				   router->name ? (int)strcspn(router->name, ".") : 0, router->name ? router->name : "");
	}
}

/* What is sent is not answered. */
static void unanswered_judge(const struct relay_client *client, struct relay_findings *findings)
{
	static const enum relay_finding_id causes[] = {
		FINDING_TARGET_OFFLINE,         FINDING_MTU_SMALL,          FINDING_IPV6_OFF,
		FINDING_ACCEPT_ROUTES_OFF,      FINDING_PREFIX_UNREACHABLE, FINDING_PREFIX_ROUTE_TAKEN,
		FINDING_FIREWALL_DROPS,         FINDING_TAILSCALED_DOWN,    FINDING_TAILSCALED_OFFLINE,
		FINDING_TAILSCALED_KEY_EXPIRED, FINDING_SHIELDS_UP,         FINDING_NONE,
	};
	const struct relay_client_way *way = &client->way;
	const struct conf_address *plain = relay_client_reply_first(&client->magic_plain);
	const struct tailscale_node *target = plain ? tailscale_netmap_node(&client->netmap, plain) : NULL;
	char address[INET6_ADDRSTRLEN], text[CLIENT_NAME + LIST_ROOM + 40];

	relay_machine_address_print(&way->target, address);
	if (target && !target->online) {
		relay_findings_add(findings, FINDING_TARGET_OFFLINE, PLACE_CLIENT_TRAFFIC, "the target %s is offline",
				   client->plain);
		relay_findings_advise(findings, "start it, or its tailscaled");
	}
	if (way->echo == -2 && (way->echo_error == EPERM || way->echo_error == EACCES) && way->device[0] && !way->connects) {
		relay_findings_add(findings, FINDING_ECHO_UNSENT, PLACE_CLIENT_TRAFFIC,
				   "no ping could be sent (%s), and ports 22 and 443 do not answer",
				   strerror(way->echo_error));
		relay_findings_advise(findings, "sudo nat64-relay check --client %s", client->name);
		return;
	}
	snprintf(text, sizeof(text), "%s answers neither pings nor connections", address);
	add_caused(findings, FINDING_ANSWER_MISSING, PLACE_CLIENT_TRAFFIC, causes, text);
	relay_findings_advise(findings, "on the relay: sudo nat64-relay check %s", client->name);
}

void relay_client_judge_traffic(const struct relay_client *client, struct relay_findings *findings)
{
	const struct relay_client_way *way = &client->way;

	if (!way->has_target) {
		relay_findings_add(findings, FINDING_NOT_EXAMINED, PLACE_CLIENT_TRAFFIC, "no address to send to");
		return;
	}
	if (way->echo < 0 && !way->connects) {
		unanswered_judge(client, findings);
	} else if (way->echo >= 0 && way->large < 0) {
		relay_findings_add(
			findings, FINDING_MTU_SMALL, PLACE_CLIENT_TRAFFIC,
			"a small packet is answered, but one of %d octets is not: a hop on the path has a smaller MTU",
			MTU_MIN);
		relay_findings_advise(findings,
				      "compare the MTU of the devices: ip link, here, on the relay and on the target");
	} else if (way->echo >= 0) {
		relay_findings_see(findings, PLACE_CLIENT_TRAFFIC, "an echo took %d ms; one of %d octets came back too",
				   way->echo, MTU_MIN);
	} else {
		relay_findings_see(findings, PLACE_CLIENT_TRAFFIC, "the target accepts TCP, but does not answer pings");
	}
}

void relay_client_judge_plain(const struct relay_client *client, struct relay_findings *findings)
{
	const struct relay_client_reply *plain = client->magic_plain.count > 0 ? &client->magic_plain :
										 &client->system.plain;
	char text[LIST_ROOM];

	if (client->way.has_target && relay_client_reply_has(plain, &client->way.target)) {
		relay_findings_add(findings, FINDING_REAL_NAME_SYNTHESIZED, PLACE_CLIENT_DIRECT,
				   "%s too is %s, inside the prefix", client->plain,
				   relay_client_reply_print(plain, text, sizeof(text)));
		relay_findings_advise(
			findings, "something else synthesizes addresses (DNS64?): on the relay: sudo nat64-relay check");
	} else if (plain->count > 0) {
		relay_findings_see(findings, PLACE_CLIENT_DIRECT, "%s is %s", client->plain,
				   relay_client_reply_print(plain, text, sizeof(text)));
	} else {
		relay_findings_see(findings, PLACE_CLIENT_DIRECT, "this client sees no host %s in the tailnet",
				   client->plain[0] ? client->plain : "it");
	}
}

void relay_client_judge_all(const struct relay_client *client, struct relay_findings *findings)
{
	relay_client_judge_tailscaled(client, findings);
	if (!client->up && !client->blind)
		return;
	relay_client_judge_split_dns(client, findings);
	relay_client_judge_relay(client, findings);
	relay_client_judge_answer(client, findings);
	relay_client_judge_route(client, findings);
	relay_client_judge_traffic(client, findings);
	if (!client->blind)
		relay_client_judge_plain(client, findings);
	relay_findings_settle(findings);
}
