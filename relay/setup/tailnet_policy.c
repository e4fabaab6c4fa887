/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grants and ACLs of a policy (https://tailscale.com/kb/1337/policy-syntax), as far as a relay needs them. A rule is a list of sources, one of destinations, and what
 * may be sent; an ACL's destination has its ports behind the last colon. A selector is "*", an address or prefix, a name of "hosts", a tag, or people: of those
 * nobody but the control plane knows the nodes. So it is with postures, which a source may have to show.
 */
#include "relay/setup/tailnet_policy.h"

#include "conf/http.h"
#include "conf/settings.h"
#include "relay/ask/other_relay.h"
#include "tailscale/hujson.h"
#include "tailscale/netmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SELECTOR_ROOM = 256, DNS_PORT = 53 };

struct judging {
	const json_t *policy, *hosts;
	const struct conf_settings *settings;
	const struct tailscale_netmap *netmap;
	const struct tailscale_node *relay;
	enum relay_granted dns_udp, dns_tcp, targets, page, *prefixes; /* prefixes: one an advertised one */
	/* Relays that ask this one's /healthz: the page wants each of them among its sources. */
	const struct tailscale_node *others[RELAY_OTHERS_MAX];
	enum relay_granted asks[RELAY_OTHERS_MAX];
	size_t other_count;
};

/* Who is among the sources of a rule. clients: other nodes than relays. */
struct sources {
	enum relay_granted own, clients, others[RELAY_OTHERS_MAX];
};

static bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static enum relay_granted best(enum relay_granted a, enum relay_granted b)
{
	return a > b ? a : b;
}

static enum relay_granted least(enum relay_granted a, enum relay_granted b)
{
	return a < b ? a : b;
}

/* An address or prefix, or the name of one. In an ACL an IPv6 address may be in brackets: "[fd64:9929::]/96". */
static bool selector_prefix(const struct judging *judging, const char *selector, struct conf_prefix *prefix)
{
	const char *text = json_string_value(json_object_get(judging->hosts, selector)), *end;
	char bare[SELECTOR_ROOM];

	text = text ? text : selector;
	end = *text == '[' ? strchr(text, ']') : NULL;
	if (end && (size_t)snprintf(bare, sizeof(bare), "%.*s%s", (int)(end - text - 1), text + 1, end + 1) < sizeof(bare))
		text = bare;
	return conf_prefix_parse(text, prefix) == 0;
}

static bool is_everybody(const char *selector)
{
	return strcmp(selector, "*") == 0 || strcmp(selector, "autogroup:danger-all") == 0;
}

/* Is this node, a relay, meant? */
static enum relay_granted covers_node(const struct judging *judging, const struct tailscale_node *relay, const char *selector)
{
	struct conf_prefix prefix;

	if (is_everybody(selector))
		return RELAY_GRANTED;
	if (begins(selector, "tag:"))
		return tailscale_list_contains(&relay->tags, selector) ? RELAY_GRANTED : RELAY_GRANTED_NOT;
	if (selector_prefix(judging, selector, &prefix)) {
		for (size_t i = 0; i < relay->addresses.count; i++)
			if (conf_prefix_covers(&prefix, &relay->addresses.items[i]))
				return RELAY_GRANTED;
		return RELAY_GRANTED_NOT;
	}
	if (strcmp(selector, "autogroup:tagged") == 0)
		return relay->tags.count > 0 ? RELAY_GRANTED : RELAY_GRANTED_NOT;
	if (begins(selector, "ipset:"))
		return RELAY_GRANTED_UNCLEAR;
	return relay->tags.count > 0 || strcmp(selector, "autogroup:internet") == 0 ?
		       RELAY_GRANTED_NOT :
		       RELAY_GRANTED_UNCLEAR; /* a tagged node is nobody's */
}

static enum relay_granted covers_relay(const struct judging *judging, const char *selector)
{
	return covers_node(judging, judging->relay, selector);
}

static enum relay_granted covers_prefix(const struct judging *judging, const char *selector, const struct conf_prefix *wanted)
{
	struct conf_prefix prefix;

	if (strcmp(selector, "*") == 0)
		return RELAY_GRANTED;
	if (begins(selector, "ipset:"))
		return RELAY_GRANTED_UNCLEAR;
	if (!selector_prefix(judging, selector, &prefix))
		return RELAY_GRANTED_NOT;
	if (conf_prefix_covers(&prefix, wanted))
		return RELAY_GRANTED;
	return conf_prefix_covers(wanted, &prefix) ? RELAY_GRANTED_UNCLEAR : RELAY_GRANTED_NOT;
}

/* Does it offer a route that this node offers? */
static bool is_other_relay(const struct judging *judging, const struct tailscale_node *node)
{
	for (size_t i = 0; i < judging->settings->node.advertised_count; i++)
		if (tailscale_prefixes_have(&node->advertised, &judging->settings->node.advertised[i]))
			return true;
	return false;
}

/* Does a prefix mean more than this node and its prefixes? */
static bool prefix_has_others(const struct judging *judging, const struct conf_prefix *prefix)
{
	const struct tailscale_node *relay = judging->relay;

	for (size_t i = 0; i < relay->addresses.count; i++)
		if (conf_prefix_covers(prefix, &relay->addresses.items[i]))
			return !conf_prefix_equals(prefix, &relay->addresses.items[i]);
	for (size_t i = 0; i < judging->settings->node.advertised_count; i++)
		if (conf_prefix_covers(prefix, &judging->settings->node.advertised[i]) ||
		    conf_prefix_covers(&judging->settings->node.advertised[i], prefix))
			return false;
	return true;
}

/* Is somebody meant besides the relays of these routes: a client among the sources, a target among the destinations? */
static enum relay_granted covers_others(const struct judging *judging, const char *selector)
{
	const struct tailscale_netmap *netmap = judging->netmap;
	struct conf_prefix prefix;

	if (strcmp(selector, "autogroup:internet") == 0)
		return RELAY_GRANTED_NOT;
	if (begins(selector, "ipset:"))
		return RELAY_GRANTED_UNCLEAR;
	if (selector_prefix(judging, selector, &prefix))
		return prefix_has_others(judging, &prefix) ? RELAY_GRANTED : RELAY_GRANTED_NOT;
	if (is_everybody(selector) || covers_relay(judging, selector) != RELAY_GRANTED)
		return RELAY_GRANTED;
	for (size_t i = 0; i < netmap->peer_count; i++)
		if (covers_node(judging, &netmap->peers[i], selector) == RELAY_GRANTED &&
		    !is_other_relay(judging, &netmap->peers[i]))
			return RELAY_GRANTED;
	return RELAY_GRANTED_NOT;
}

/* Is the port in "53", "1-100", "22,53" or "*"? */
static bool ports_have(const char *ports, unsigned long port)
{
	for (; ports; ports = strchr(ports, ',') ? strchr(ports, ',') + 1 : NULL) {
		char *end;
		unsigned long first = strtoul(ports, &end, 10), last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;

		if (*ports == '*' || (first <= port && last >= port))
			return true;
	}
	return false;
}

/* Is this the protocol, by its name or IANA's number? */
static bool is_protocol(const char *text, size_t length, const char *name)
{
	const char *number = strcmp(name, "udp") == 0 ? "17" : "6";

	return (strlen(name) == length && begins(text, name)) || (strlen(number) == length && begins(text, number));
}

/* Is the port of this protocol in a grant's "udp:53", "17:53", "53", "udp:*" or "*"? */
static bool ip_has(const char *ip, const char *protocol, unsigned port)
{
	const char *colon = strrchr(ip, ':');

	if (colon && !is_protocol(ip, (size_t)(colon - ip), protocol))
		return false;
	return ports_have(colon ? colon + 1 : ip, port);
}

/* What a rule lets be sent: DNS over UDP and TCP, requests for the page, and anything by way of this relay. */
struct allowed {
	bool udp, tcp, page, way;
};

/* One destination of a rule. */
static void destination_judge(struct judging *judging, const char *selector, struct allowed allowed,
			      const struct sources *sources)
{
	enum relay_granted relay = covers_relay(judging, selector);
	bool clients = sources->clients != RELAY_GRANTED_NOT;

	if (allowed.udp && clients)
		judging->dns_udp = best(judging->dns_udp, relay);
	if (allowed.tcp && clients)
		judging->dns_tcp = best(judging->dns_tcp, relay);
	if (allowed.page)
		judging->page = best(judging->page, relay);
	for (size_t i = 0; allowed.page && i < judging->other_count; i++)
		judging->asks[i] = best(judging->asks[i], least(relay, sources->others[i]));
	for (size_t i = 0; allowed.way && clients && i < judging->settings->node.advertised_count; i++)
		judging->prefixes[i] = best(judging->prefixes[i],
					    covers_prefix(judging, selector, &judging->settings->node.advertised[i]));
	judging->targets = best(judging->targets, least(sources->own, covers_others(judging, selector)));
}

static struct sources sources_judge(const struct judging *judging, const json_t *rule, const json_t *list)
{
	const json_t *posture = tailscale_hujson_member(rule, "srcPosture");
	struct sources sources = {.own = RELAY_GRANTED_NOT};
	const json_t *source;
	size_t i;

	json_array_foreach(list, i, source) {
		const char *selector = json_string_value(source);

		if (!selector)
			continue;
		sources.own = best(sources.own, covers_relay(judging, selector));
		sources.clients = best(sources.clients, covers_others(judging, selector));
		for (size_t j = 0; j < judging->other_count; j++)
			sources.others[j] = best(sources.others[j], covers_node(judging, judging->others[j], selector));
	}
	if (json_array_size(posture ? posture : tailscale_hujson_member(judging->policy, "defaultSrcPosture")) > 0)
		sources.own = least(sources.own, RELAY_GRANTED_UNCLEAR);
	return sources;
}

/* A grant may name the routers by which its routes are used. */
static bool way_is_ours(const struct judging *judging, const json_t *grant)
{
	const json_t *via = tailscale_hujson_member(grant, "via"), *tag;
	size_t i;

	json_array_foreach(via, i, tag)
		if (json_is_string(tag) && tailscale_list_contains(&judging->relay->tags, json_string_value(tag)))
			return true;
	return json_array_size(via) == 0;
}

static void grant_judge(struct judging *judging, const json_t *grant)
{
	const json_t *ips = tailscale_hujson_member(grant, "ip"), *value;
	const struct sources sources = sources_judge(judging, grant, tailscale_hujson_member(grant, "src"));
	unsigned page = conf_served_overlay_port(judging->settings);
	struct allowed allowed = {.way = way_is_ours(judging, grant)};
	size_t i;

	json_array_foreach(ips, i, value) {
		allowed.udp |= json_is_string(value) && ip_has(json_string_value(value), "udp", DNS_PORT);
		allowed.tcp |= json_is_string(value) && ip_has(json_string_value(value), "tcp", DNS_PORT);
		allowed.page |= json_is_string(value) && ip_has(json_string_value(value), "tcp", page);
	}
	if (json_array_size(ips) > 0)
		json_array_foreach(tailscale_hujson_member(grant, "dst"), i, value)
			if (json_is_string(value))
				destination_judge(judging, json_string_value(value), allowed, &sources);
}

/* "HOST:PORTS" */
static void acl_destination_judge(struct judging *judging, const char *text, const char *protocol,
				  const struct sources *sources)
{
	const char *colon = strrchr(text, ':');
	char selector[SELECTOR_ROOM];
	size_t length = strlen(protocol);
	bool udp = length == 0 || is_protocol(protocol, length, "udp"),
	     tcp = length == 0 || is_protocol(protocol, length, "tcp");
	struct allowed allowed = {.way = true};

	if (!colon || (size_t)snprintf(selector, sizeof(selector), "%.*s", (int)(colon - text), text) >= sizeof(selector))
		return;
	allowed.udp = udp && ports_have(colon + 1, DNS_PORT);
	allowed.tcp = tcp && ports_have(colon + 1, DNS_PORT);
	allowed.page = tcp && ports_have(colon + 1, conf_served_overlay_port(judging->settings));
	destination_judge(judging, selector, allowed, sources);
}

static void acl_judge(struct judging *judging, const json_t *acl)
{
	const json_t *list = tailscale_hujson_member(acl, "src"), *targets = tailscale_hujson_member(acl, "dst"), *value;
	const char *protocol = json_string_value(tailscale_hujson_member(acl, "proto"));
	struct sources sources;
	size_t i;

	if (!list)
		list = tailscale_hujson_member(acl, "users");
	if (!targets)
		targets = tailscale_hujson_member(acl, "ports");
	sources = sources_judge(judging, acl, list);
	json_array_foreach(targets, i, value)
		if (json_is_string(value))
			acl_destination_judge(judging, json_string_value(value), protocol ? protocol : "", &sources);
}

/* The other relays that ask this one. With probe there will be one: it has the tags of this node, which stands for it. */
static void others_find(struct judging *judging, const struct tailscale_netmap *netmap)
{
	struct relay_other others[RELAY_OTHERS_MAX];
	size_t count = relay_others_find(judging->settings, netmap, others);

	for (size_t i = 0; i < count; i++)
		judging->others[i] = tailscale_netmap_node(netmap, &others[i].addresses[0]);
	judging->other_count = count;
	if (count == 0 && judging->settings->node.probe_count > 0)
		judging->others[judging->other_count++] = judging->relay;
}

/* To somebody, and to each of the relays that ask. */
static enum relay_granted page_granted(const struct judging *judging)
{
	enum relay_granted granted = judging->page;

	for (size_t i = 0; i < judging->other_count; i++)
		granted = least(granted, judging->asks[i]);
	return granted;
}

void relay_policy_judge(const json_t *policy, const struct conf_settings *settings,
			const struct tailscale_netmap *netmap, enum relay_granted granted[RELAY_GRANTS])
{
	const json_t *grants = tailscale_hujson_member(policy, "grants"),
		     *acls = tailscale_hujson_member(policy, "acls"), *rule;
	struct judging judging = {.policy = policy,
				  .hosts = tailscale_hujson_member(policy, "hosts"),
				  .settings = settings,
				  .netmap = netmap,
				  .relay = &netmap->self};
	enum relay_granted all = grants || acls ? RELAY_GRANTED_NOT : RELAY_GRANTED;
	size_t i;

	for (i = 0; i < RELAY_GRANTS; i++)
		granted[i] = all;
	judging.prefixes = calloc(settings->node.advertised_count + 1, sizeof(*judging.prefixes));
	if (all == RELAY_GRANTED || !judging.prefixes) {
		free(judging.prefixes);
		return;
	}
	others_find(&judging, netmap);
	json_array_foreach(grants, i, rule)
		grant_judge(&judging, rule);
	json_array_foreach(acls, i, rule)
		acl_judge(&judging, rule);
	granted[RELAY_GRANT_DNS] = least(judging.dns_udp, judging.dns_tcp);
	granted[RELAY_GRANT_PREFIX] = RELAY_GRANTED;
	for (i = 0; i < settings->node.advertised_count; i++)
		granted[RELAY_GRANT_PREFIX] = least(granted[RELAY_GRANT_PREFIX], judging.prefixes[i]);
	granted[RELAY_GRANT_TARGETS] = judging.targets;
	granted[RELAY_GRANT_PAGE] = relay_grant_is_needed(RELAY_GRANT_PAGE, settings) ? page_granted(&judging) :
											RELAY_GRANTED;
	free(judging.prefixes);
}

bool relay_policy_knows_tags(const json_t *policy, enum relay_grant grant, const char *relay)
{
	const json_t *owners = tailscale_hujson_member(policy, "tagOwners");

	if (begins(relay, "tag:") && !json_object_get(owners, relay))
		return false;
	return grant != RELAY_GRANT_TARGETS || json_object_get(owners, "tag:target");
}
