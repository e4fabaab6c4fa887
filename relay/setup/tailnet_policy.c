/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grants and ACLs of a policy (https://tailscale.com/kb/1337/policy-syntax), as far as a relay needs them. A rule is a list of sources, one of destinations, and what
 * may be sent; an ACL's destination has its ports behind the last colon. A selector is "*", an address or prefix, a name of "hosts", a tag, or people: of those
 * nobody but the control plane knows the nodes.
 */
#include "relay/setup/tailnet_policy.h"

#include "conf/settings.h"
#include "tailscale/hujson.h"
#include "tailscale/netmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SELECTOR_ROOM = 256 };

struct judging {
	const json_t *policy, *hosts;
	const struct conf_settings *settings;
	const struct tailscale_node *relay;
	enum relay_granted dns_udp, dns_tcp, targets, *prefixes; /* prefixes: one an advertised one */
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

/* An address or prefix, or the name of one. */
static bool selector_prefix(const struct judging *judging, const char *selector, struct conf_prefix *prefix)
{
	const char *text = json_string_value(json_object_get(judging->hosts, selector));

	return conf_prefix_parse(text ? text : selector, prefix) == 0;
}

/* Is this node meant? */
static enum relay_granted covers_relay(const struct judging *judging, const char *selector)
{
	const struct tailscale_node *relay = judging->relay;
	struct conf_prefix prefix;

	if (strcmp(selector, "*") == 0)
		return RELAY_GRANTED;
	if (begins(selector, "tag:"))
		return tailscale_list_contains(&relay->tags, selector) ? RELAY_GRANTED : RELAY_GRANTED_NOT;
	if (selector_prefix(judging, selector, &prefix)) {
		for (size_t i = 0; i < relay->addresses.count; i++)
			if (tailscale_prefixes_cover(&(struct tailscale_prefixes){&prefix, 1}, &relay->addresses.items[i]))
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

static enum relay_granted covers_prefix(const struct judging *judging, const char *selector, const struct conf_prefix *wanted)
{
	struct conf_prefix prefix;

	if (strcmp(selector, "*") == 0)
		return RELAY_GRANTED;
	if (begins(selector, "ipset:"))
		return RELAY_GRANTED_UNCLEAR;
	if (!selector_prefix(judging, selector, &prefix))
		return RELAY_GRANTED_NOT;
	if (tailscale_prefixes_cover(&(struct tailscale_prefixes){&prefix, 1}, wanted))
		return RELAY_GRANTED;
	return tailscale_prefixes_cover(&(struct tailscale_prefixes){(struct conf_prefix *)wanted, 1}, &prefix) ?
		       RELAY_GRANTED_UNCLEAR :
		       RELAY_GRANTED_NOT;
}

/* Is it something else than this node and its prefixes? */
static bool is_target(const struct judging *judging, const char *selector)
{
	if (strcmp(selector, "*") == 0)
		return true;
	if (covers_relay(judging, selector) == RELAY_GRANTED)
		return false;
	for (size_t i = 0; i < judging->settings->node.advertised_count; i++)
		if (covers_prefix(judging, selector, &judging->settings->node.advertised[i]) != RELAY_GRANTED_NOT)
			return false;
	return true;
}

/* Is port 53 in "53", "1-100", "22,53" or "*"? */
static bool ports_have_dns(const char *ports)
{
	for (; ports; ports = strchr(ports, ',') ? strchr(ports, ',') + 1 : NULL) {
		char *end;
		unsigned long first = strtoul(ports, &end, 10), last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;

		if (*ports == '*' || (first <= 53 && last >= 53))
			return true;
	}
	return false;
}

/* May a grant's "udp:53", "53", "udp:*" or "*" carry DNS over this protocol? */
static bool ip_has_dns(const char *ip, const char *protocol)
{
	const char *colon = strrchr(ip, ':');

	if (colon && ((size_t)(colon - ip) != strlen(protocol) || !begins(ip, protocol)))
		return false;
	return ports_have_dns(colon ? colon + 1 : ip);
}

/* One destination of a rule; udp, tcp: whether DNS may be sent to it; source: whether this node is among the sources. */
static void destination_judge(struct judging *judging, const char *selector, bool udp, bool tcp, enum relay_granted source)
{
	enum relay_granted relay = covers_relay(judging, selector);

	if (udp)
		judging->dns_udp = best(judging->dns_udp, relay);
	if (tcp)
		judging->dns_tcp = best(judging->dns_tcp, relay);
	for (size_t i = 0; i < judging->settings->node.advertised_count; i++)
		judging->prefixes[i] = best(judging->prefixes[i],
					    covers_prefix(judging, selector, &judging->settings->node.advertised[i]));
	if (is_target(judging, selector))
		judging->targets = best(judging->targets, source);
}

static enum relay_granted sources_judge(const struct judging *judging, const json_t *sources)
{
	enum relay_granted granted = RELAY_GRANTED_NOT;
	const json_t *source;
	size_t i;

	json_array_foreach(sources, i, source)
		if (json_is_string(source))
			granted = best(granted, covers_relay(judging, json_string_value(source)));
	return granted;
}

static void grant_judge(struct judging *judging, const json_t *grant)
{
	const json_t *ips = tailscale_hujson_member(grant, "ip"), *value;
	enum relay_granted source = sources_judge(judging, tailscale_hujson_member(grant, "src"));
	bool udp = false, tcp = false;
	size_t i;

	json_array_foreach(ips, i, value) {
		udp |= json_is_string(value) && ip_has_dns(json_string_value(value), "udp");
		tcp |= json_is_string(value) && ip_has_dns(json_string_value(value), "tcp");
	}
	if (json_array_size(ips) > 0)
		json_array_foreach(tailscale_hujson_member(grant, "dst"), i, value)
			if (json_is_string(value))
				destination_judge(judging, json_string_value(value), udp, tcp, source);
}

/* "HOST:PORTS" */
static void acl_destination_judge(struct judging *judging, const char *text, const char *protocol, enum relay_granted source)
{
	const char *colon = strrchr(text, ':');
	char selector[SELECTOR_ROOM];
	bool dns = colon && ports_have_dns(colon + 1);

	if (!colon || (size_t)snprintf(selector, sizeof(selector), "%.*s", (int)(colon - text), text) >= sizeof(selector))
		return;
	destination_judge(judging, selector, dns && (!*protocol || strcmp(protocol, "udp") == 0),
			  dns && (!*protocol || strcmp(protocol, "tcp") == 0), source);
}

static void acl_judge(struct judging *judging, const json_t *acl)
{
	const json_t *sources = tailscale_hujson_member(acl, "src"), *targets = tailscale_hujson_member(acl, "dst"), *value;
	const char *protocol = json_string_value(tailscale_hujson_member(acl, "proto"));
	enum relay_granted source;
	size_t i;

	if (!sources)
		sources = tailscale_hujson_member(acl, "users");
	if (!targets)
		targets = tailscale_hujson_member(acl, "ports");
	source = sources_judge(judging, sources);
	json_array_foreach(targets, i, value)
		if (json_is_string(value))
			acl_destination_judge(judging, json_string_value(value), protocol ? protocol : "", source);
}

void relay_policy_judge(const json_t *policy, const struct conf_settings *settings, const struct tailscale_node *relay,
			enum relay_granted granted[RELAY_GRANTS])
{
	const json_t *grants = tailscale_hujson_member(policy, "grants"),
		     *acls = tailscale_hujson_member(policy, "acls"), *rule;
	struct judging judging = {
		.policy = policy, .hosts = tailscale_hujson_member(policy, "hosts"), .settings = settings, .relay = relay};
	enum relay_granted all = grants || acls ? RELAY_GRANTED_NOT : RELAY_GRANTED;
	size_t i;

	for (i = 0; i < RELAY_GRANTS; i++)
		granted[i] = all;
	judging.prefixes = calloc(settings->node.advertised_count + 1, sizeof(*judging.prefixes));
	if (all == RELAY_GRANTED || !judging.prefixes) {
		free(judging.prefixes);
		return;
	}
	json_array_foreach(grants, i, rule)
		grant_judge(&judging, rule);
	json_array_foreach(acls, i, rule)
		acl_judge(&judging, rule);
	granted[RELAY_GRANT_DNS] = least(judging.dns_udp, judging.dns_tcp);
	granted[RELAY_GRANT_PREFIX] = RELAY_GRANTED;
	for (i = 0; i < settings->node.advertised_count; i++)
		granted[RELAY_GRANT_PREFIX] = least(granted[RELAY_GRANT_PREFIX], judging.prefixes[i]);
	granted[RELAY_GRANT_TARGETS] = judging.targets;
	free(judging.prefixes);
}

bool relay_policy_knows_tags(const json_t *policy, enum relay_grant grant, const char *relay)
{
	const json_t *owners = tailscale_hujson_member(policy, "tagOwners");

	if (begins(relay, "tag:") && !json_object_get(owners, relay))
		return false;
	return grant != RELAY_GRANT_TARGETS || json_object_get(owners, "tag:target");
}
