/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges of a client's tailscaled, of split DNS, and of the relay as it answers this client. */
#include "relay/check/client/judge.h"

#include "relay/check/client/client.h"
#include "relay/check/finding.h"
#include "relay/host/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LIST_ROOM = 240, DAY = 24 * 60 * 60, EXPIRES_SOON = 7 * DAY };

/* Who has the address: "100.64.0.4 (my-vps)". */
static const char *server_print(const struct relay_client_server *server, char text[LIST_ROOM])
{
	char address[INET6_ADDRSTRLEN];
	const char *name = server->node && server->node->name ? server->node->name : NULL;

	relay_machine_address_print(&server->address, address);
	if (name)
		snprintf(text, LIST_ROOM, "%s (%.*s)", address, (int)strcspn(name, "."), name);
	else
		snprintf(text, LIST_ROOM, "%s", address);
	return text;
}

static void down_judge(const struct relay_client *client, struct relay_findings *findings)
{
	const char *state = client->has_status ? client->status.backend_state : "";
	bool expired = client->has_netmap &&
		       (client->netmap.self.expired ||
			(client->netmap.self.key_expiry != 0 && client->netmap.self.key_expiry < client->now));

	if (client->hung) {
		relay_findings_add(findings, FINDING_TAILSCALED_DOWN, PLACE_CLIENT_TAILSCALED,
				   "tailscaled listens at %s, but does not answer", client->socket);
		relay_findings_advise(findings, "sudo systemctl restart tailscaled");
	} else if (!client->has_status) {
		relay_findings_add(findings, FINDING_TAILSCALED_DOWN, PLACE_CLIENT_TAILSCALED, "%s", client->trouble);
		relay_findings_advise(
			findings, "start it: sudo systemctl start tailscaled; if it listens elsewhere: --socket PATH");
	} else if (expired) {
		relay_findings_add(findings, FINDING_TAILSCALED_KEY_EXPIRED, PLACE_CLIENT_TAILSCALED,
				   "this client's key has expired, and tailscaled is \"%s\"", state);
		relay_findings_advise(findings, "sudo tailscale up --force-reauth");
	} else {
		relay_findings_add(findings, FINDING_TAILSCALED_DOWN, PLACE_CLIENT_TAILSCALED,
				   "tailscaled is not up: its state is \"%s\"", state);
		relay_findings_advise(findings, "sudo tailscale %s", strcmp(state, "NeedsLogin") == 0 ? "login" : "up");
	}
}

/* A device has an address of the tailnet, or packets come through by another node's tailscaled: then it is up, and only cannot be asked. */
static void blind_judge(const struct relay_client *client, struct relay_findings *findings)
{
	if (!client->way.overlay[0] && client->way.echo < 0 && !client->way.connects) {
		down_judge(client, findings);
		return;
	}
	relay_findings_add(findings, FINDING_TAILSCALED_UNSEEN, PLACE_CLIENT_TAILSCALED,
			   "tailscaled did not answer, so this is judged by DNS and routes alone (%s)", client->trouble);
	relay_findings_advise(findings,
			      "sudo nat64-relay check --client %s; if tailscaled listens elsewhere: --socket PATH",
			      client->name);
}

void relay_client_judge_tailscaled(const struct relay_client *client, struct relay_findings *findings)
{
	const struct tailscale_node *self = &client->netmap.self;

	if (client->blind) {
		blind_judge(client, findings);
		return;
	}
	if (!client->up) {
		down_judge(client, findings);
		return;
	}
	if (client->has_netmap && self->expired) {
		down_judge(client, findings);
	} else if (client->has_netmap && self->key_expiry != 0 && self->key_expiry < client->now + EXPIRES_SOON) {
		relay_findings_add(findings, FINDING_TAILSCALED_KEY_EXPIRES, PLACE_CLIENT_TAILSCALED,
				   "this client's key expires in %lld h",
				   (long long)(self->key_expiry - client->now) / 3600);
		relay_findings_advise(findings, "sudo tailscale up --force-reauth");
	}
	if (!client->status.online) {
		relay_findings_add(findings, FINDING_TAILSCALED_OFFLINE, PLACE_CLIENT_TAILSCALED,
				   "the control plane has lost this client: changes in the tailnet do not arrive here");
		relay_findings_advise(findings, "find the cause: tailscale netcheck, and: tailscale status");
	}
	relay_findings_see(findings, PLACE_CLIENT_TAILSCALED, "it is up, %s routes, %s the tailnet's DNS",
			   client->has_prefs && client->prefs.route_all ? "takes" : "does not accept",
			   client->has_prefs && client->prefs.corp_dns ? "takes" : "does not accept");
}

/* The line that hands a domain to the relay, for either kind of tailnet. */
static void hand_advise(const struct relay_client *client, struct relay_findings *findings)
{
	const struct relay_client_server *relay = relay_client_relay(client);
	char address[INET6_ADDRSTRLEN] = "the relay's tailnet address";

	if (relay)
		relay_machine_address_print(&relay->address, address);
	relay_findings_advise(
		findings,
		"enter in split DNS, for %s, the server %s: at login.tailscale.com, DNS, Add nameserver, Custom, %s, "
		"Restrict to domain %s; with headscale in config.yaml, dns.nameservers.split: {\"%s\": [\"%s\"]}, then "
		"restart it",
		client->domain[0] ? client->domain : "the split domain", address, address,
		client->domain[0] ? client->domain : "DOMAIN", client->domain[0] ? client->domain : "DOMAIN", address);
}

static bool answers(const struct relay_client_server *server)
{
	return server->udp.answered || server->tcp.answered;
}

/* By UDP if that is answered. */
static const struct relay_client_reply *reply_of(const struct relay_client_server *server)
{
	return server->udp.answered ? &server->udp : &server->tcp;
}

static bool is_refused(const struct relay_client_server *server)
{
	return strcmp(reply_of(server)->code, "REFUSED") == 0;
}

static bool is_relay(const struct relay_client_server *server)
{
	return relay_client_reply_is_relays(reply_of(server));
}

/* A server that is named, and answers as something else than a relay; NULL. A relay that refuses, or has no upstream, answers so too. */
static const struct relay_client_server *stray_of(const struct relay_client *client)
{
	const struct relay_client_server *relay = relay_client_relay(client);

	for (size_t i = 0; relay && i < client->server_count; i++)
		if (client->servers[i].named && !is_relay(&client->servers[i]) && !is_refused(&client->servers[i]))
			return &client->servers[i];
	return NULL;
}

static void zone_judge(const struct relay_client *client, struct relay_findings *findings)
{
	const struct relay_client_server *relay = relay_client_relay(client), *stray = stray_of(client);
	char text[LIST_ROOM], other[LIST_ROOM];

	if (!client->zone || client->zone->resolver_count + client->zone->others.count == 0) {
		if (client->domain[0])
			relay_findings_add(findings, FINDING_SPLIT_DNS_MISSING, PLACE_CLIENT_SPLIT_DNS,
					   "split DNS hands %s to no server", client->domain);
		else
			relay_findings_add(findings, FINDING_SPLIT_DNS_MISSING, PLACE_CLIENT_SPLIT_DNS,
					   "split DNS hands no domain to a node of the tailnet; give a full name (my-vps.9929) to "
					   "examine more");
		hand_advise(client, findings);
		return;
	}
	if (stray && !relay->named) {
		relay_findings_add(findings, FINDING_SPLIT_DNS_ELSEWHERE, PLACE_CLIENT_SPLIT_DNS,
				   "split DNS hands %s to %s, but the relay is %s", client->domain,
				   server_print(stray, text), server_print(relay, other));
		hand_advise(client, findings);
	} else if (stray) {
		relay_findings_add(findings, FINDING_SPLIT_DNS_STRAY, PLACE_CLIENT_SPLIT_DNS,
				   "split DNS hands %s also to %s, where no relay answers, and not only to the relay "
				   "%s",
				   client->domain, server_print(stray, text), server_print(relay, other));
		relay_findings_advise(findings, "remove %s from the nameservers of %s, or start the relay there",
				      server_print(stray, text), client->domain);
	} else if (relay) {
		relay_findings_see(findings, PLACE_CLIENT_SPLIT_DNS, "%s is handed to %s", client->domain,
				   server_print(relay, text));
	}
}

/* The zone in which the route's addresses are looked up backwards; unless a prefix has another than tailscaled's, MagicDNS answers it. */
static void reverse_judge(const struct relay_client *client, struct relay_findings *findings)
{
	const struct conf_prefix *route;
	const struct tailscale_zone *zone;
	char name[CONF_REVERSE_TEXT], address[INET6_ADDRSTRLEN], text[CONF_PREFIX_TEXT];

	if (!client->way.has_target || client->way.target.family != AF_INET6 || !client->zone ||
	    !relay_client_relay(client) || !relay_client_router(client, &client->way.target, &route) ||
	    route->v6.length % 4 != 0)
		return;
	zone = tailscale_netmap_zone(&client->netmap, conf_prefix6_print_reverse(&route->v6, name));
	if (zone && zone->resolver_count > 0)
		return;
	relay_findings_add(findings, FINDING_SPLIT_DNS_REVERSE_MISSING, PLACE_CLIENT_SPLIT_DNS,
			   "split DNS does not hand the reverse zone of %s to the relay: ping without -n, and logins, wait for "
			   "reverse look-ups",
			   conf_prefix_print(route, text));
	relay_findings_advise(findings, "in split DNS, hand %s to %s, as for %s", name,
			      relay_machine_address_print(&relay_client_relay(client)->address, address), client->domain);
}

void relay_client_judge_split_dns(const struct relay_client *client, struct relay_findings *findings)
{
	if (!client->has_netmap || !client->up)
		return;
	zone_judge(client, findings);
	reverse_judge(client, findings);
}

/* Neither way brought a reply. What came in the place of it tells where the fault is. */
static void silent_judge(const struct relay_client_server *server, struct relay_findings *findings)
{
	char text[LIST_ROOM], address[INET6_ADDRSTRLEN];

	server_print(server, text);
	relay_machine_address_print(&server->address, address);
	if (server->udp_error == EPERM || server->tcp_error == EPERM || server->udp_error == EACCES) {
		relay_findings_add(findings, FINDING_FIREWALL_DROPS, PLACE_CLIENT_RELAY,
				   "a firewall of this client drops packets to port 53 of %s", text);
		relay_findings_advise(findings, "remove the rule that drops it: sudo nft list ruleset shows it");
	} else if (server->udp_error == ECONNREFUSED || server->tcp_error == ECONNREFUSED) {
		relay_findings_add(findings, FINDING_RESOLVER_SILENT, PLACE_CLIENT_RELAY,
				   "no program listens on port 53 of %s", text);
		relay_findings_advise(findings, "on the relay: sudo nat64-relay check");
	} else if (server->node && !server->node->online) {
		relay_findings_add(findings, FINDING_RELAY_UNREACHED, PLACE_CLIENT_RELAY, "the relay %s is offline", text);
		relay_findings_advise(findings, "start it, or its tailscaled: on the relay, run tailscale status");
	} else if (server->node && server->node->shields_up) {
		relay_findings_add(findings, FINDING_SHIELDS_UP, PLACE_CLIENT_RELAY,
				   "the relay %s blocks incoming connections (shields-up)", text);
		relay_findings_advise(findings, "on the relay: sudo tailscale set --shields-up=false");
	} else if (!server->node || server->echo == -1) {
		relay_findings_add(findings, FINDING_GRANT_DNS_MISSING, PLACE_CLIENT_RELAY,
				   "%s does not answer this client, not even a ping: the policy does not let the client reach "
				   "port 53%s",
				   text, server->node ? "" : ", or hides the relay");
		relay_findings_advise(findings,
				      "add to the grants of the tailnet's policy: {\"src\": [\"autogroup:member\"], \"dst\": [\"tag:relay\"], \"ip\": "
				      "[\"udp:53\", \"tcp:53\"]}, with this client among src and %s among dst",
				      address);
	} else {
		relay_findings_add(findings, FINDING_RELAY_UNREACHED, PLACE_CLIENT_RELAY,
				   "%s %s, and its port 53 answers neither over UDP nor over TCP", text,
				   server->echo >= 0 ? "answers pings" : "is online");
		relay_findings_advise(findings, "on the relay: sudo nat64-relay check");
	}
}

static void half_judge(const struct relay_client_server *server, struct relay_findings *findings)
{
	bool udp = !server->udp.answered, own = (udp ? server->udp_error : server->tcp_error) == EPERM;
	char text[LIST_ROOM];

	relay_findings_add(findings, udp ? FINDING_UDP_53_DROPPED : FINDING_TCP_53_DROPPED, PLACE_CLIENT_RELAY,
			   "port 53 of %s answers over %s, and not over %s, which is dropped %s",
			   server_print(server, text), udp ? "TCP" : "UDP", udp ? "UDP" : "TCP",
			   own ? "by this client's own firewall" : "on the relay, by the policy, or on the way");
	if (own)
		relay_findings_advise(findings, "remove the rule that drops it: sudo nft list ruleset shows it");
	else
		relay_findings_advise(findings,
				      "on the relay: sudo nat64-relay check; if that finds no fault, allow \"%s\" of it in the "
				      "grants of the tailnet's policy",
				      udp ? "udp:53" : "tcp:53");
}

static void refused_judge(const struct relay_client *client, const struct relay_client_server *server,
			  struct relay_findings *findings)
{
	char text[LIST_ROOM], own[INET6_ADDRSTRLEN] = "ADDRESS";

	for (size_t i = 0; i < client->status.address_count; i++)
		if (client->status.addresses[i].family == server->address.family)
			relay_machine_address_print(&client->status.addresses[i], own);
	relay_findings_add(findings, FINDING_CLIENT_REFUSED, PLACE_CLIENT_RELAY, "the relay %s refuses this client, %s",
			   server_print(server, text), own);
	relay_findings_advise(findings,
			      "on the relay, write \"dns-client %s\" in relay.conf, then: sudo nat64-relay reload", own);
}

/* The relay answers, and the name has no address there. */
static void empty_judge(const struct relay_client *client, const struct relay_client_server *server,
			struct relay_findings *findings)
{
	const struct relay_client_reply *reply = reply_of(server);
	const struct conf_address *plain = relay_client_reply_first(&client->magic_plain);
	char text[LIST_ROOM], address[INET6_ADDRSTRLEN];

	server_print(server, text);
	if (strcmp(reply->code, "NOERROR") != 0 && strcmp(reply->code, "NXDOMAIN") != 0) {
		relay_findings_add(findings, FINDING_UPSTREAM_SILENT, PLACE_CLIENT_RELAY,
				   "the relay %s answers %s for %s: its own upstream fails", text, reply->code,
				   client->name);
		relay_findings_advise(findings, "on the relay: sudo nat64-relay check %s", client->name);
	} else if (plain && strcmp(reply->code, "NOERROR") == 0) {
		relay_findings_add(findings, FINDING_TARGET_DENIED, PLACE_CLIENT_RELAY,
				   "the relay %s does not relay to %s, which is %s", text, client->plain,
				   relay_machine_address_print(plain, address));
		relay_findings_advise(findings, "on the relay: sudo nat64-relay check %s", client->name);
	} else if (plain) {
		relay_findings_add(
			findings, FINDING_GRANT_TARGETS_MISSING, PLACE_CLIENT_RELAY,
			"the relay %s does not know %s (%s), which is %s for this client: the policy hides it from the relay",
			text, client->plain, reply->code, relay_machine_address_print(plain, address));
		relay_findings_advise(findings,
				      "add to the grants of the tailnet's policy: {\"src\": [\"tag:relay\"], \"dst\": [\"%s\"], \"ip\": [\"*\"]}, with the "
				      "relay's own tag",
				      address);
	} else {
		relay_findings_add(findings, FINDING_NAME_ABSENT, PLACE_CLIENT_RELAY, "there is no %s (%s), nor %s",
				   client->name, reply->code, client->plain[0] ? client->plain : "such a host");
		relay_findings_advise(findings, "find the name of the host: tailscale status");
	}
}

/* An address of a node itself leads past the relay: a-policy real, native-aaaa. */
static void around_judge(const struct relay_client *client, const struct relay_client_server *server,
			 struct relay_findings *findings)
{
	const struct relay_client_reply *reply = reply_of(server);
	char address[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < reply->count; i++) {
		bool four = reply->addresses[i].family == AF_INET;

		if (!tailscale_netmap_node(&client->netmap, &reply->addresses[i]) &&
		    !relay_client_reply_has(&client->magic_plain, &reply->addresses[i]))
			continue;
		relay_findings_add(findings, four ? FINDING_BYPASS_A_POLICY : FINDING_BYPASS_AAAA, PLACE_CLIENT_ANSWER,
				   "according to the relay %s is also %s, the target itself: programs that choose this address "
				   "bypass the relay",
				   client->name, relay_machine_address_print(&reply->addresses[i], address));
		relay_findings_advise(findings,
				      "on the relay, write \"%s %s %s\" in relay.conf, then: sudo nat64-relay reload",
				      four ? "a-policy" : "native-aaaa", client->domain, four ? "empty" : "no");
		return;
	}
}

void relay_client_judge_relay(const struct relay_client *client, struct relay_findings *findings)
{
	const struct relay_client_server *relay = relay_client_relay(client);
	char text[LIST_ROOM];

	for (size_t i = 0; i < client->server_count; i++) {
		const struct relay_client_server *server = &client->servers[i];
		bool relays = is_relay(server);

		if (!server->named && server != relay)
			continue;
		if (is_refused(server))
			refused_judge(client, server, findings);
		else if (relay && !relays)
			continue; /* split DNS is the fault */
		else if (!answers(server))
			silent_judge(server, findings);
		else if (!relay_client_reply_first(reply_of(server)))
			empty_judge(client, server, findings);
		else
			around_judge(client, server, findings);
		if (answers(server) && !(server->udp.answered && server->tcp.answered))
			half_judge(server, findings);
	}
	if (relay)
		relay_findings_see(findings, PLACE_CLIENT_RELAY, "%s answers", server_print(relay, text));
}
