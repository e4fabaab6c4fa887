/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of hops, and where the findings of check belong. */
#include "relay/trace/hop.h"

#include "conf/printable.h"
#include "relay/cli/command.h"

#include <stdarg.h>
#include <string.h>

static const struct {
	const char *name, *title;
} names[RELAY_HOPS] = {
	[RELAY_HOP_MAGIC_DNS] = {"magic-dns", "MagicDNS"},
	[RELAY_HOP_RESOLVER] = {"resolver", "resolver"},
	[RELAY_HOP_UPSTREAM] = {"upstream", "upstream"},
	[RELAY_HOP_ADDRESS] = {"address", "address"},
	[RELAY_HOP_ROUTE] = {"route", "route"},
	[RELAY_HOP_GUARD] = {"guard", "guard"},
	[RELAY_HOP_LEASE] = {"lease", "lease"},
	[RELAY_HOP_TRANSLATION] = {"translation", "translation"},
	[RELAY_HOP_MASQUERADE] = {"masquerade", "masquerade"},
	[RELAY_HOP_TARGET] = {"target", "target"},
	[RELAY_HOP_BACK] = {"back", "back"},
};

/* A finding that is not here stops no packet of this name. */
static const struct {
	enum relay_finding_id finding;
	enum relay_hop_id hop;
} stops[] = {
	{FINDING_TAILSCALED_DOWN, RELAY_HOP_MAGIC_DNS},
	{FINDING_TAILSCALED_KEY_EXPIRED, RELAY_HOP_MAGIC_DNS},
	{FINDING_TAILSCALED_OFFLINE, RELAY_HOP_MAGIC_DNS},
	{FINDING_SHIELDS_UP, RELAY_HOP_MAGIC_DNS},
	{FINDING_BYPASS_RECORD, RELAY_HOP_MAGIC_DNS},
	{FINDING_SPLIT_DNS_MISSING, RELAY_HOP_MAGIC_DNS},
	{FINDING_SPLIT_DNS_ELSEWHERE, RELAY_HOP_MAGIC_DNS},
	{FINDING_SPLIT_DNS_STRAY, RELAY_HOP_MAGIC_DNS},
	{FINDING_SPLIT_DNS_PARTIAL, RELAY_HOP_MAGIC_DNS},
	{FINDING_SPLIT_DNS_UNSEEN, RELAY_HOP_MAGIC_DNS},
	{FINDING_GRANT_DNS_MISSING, RELAY_HOP_MAGIC_DNS},
	{FINDING_NOT_RUNNING, RELAY_HOP_RESOLVER},
	{FINDING_EDGE_ADDRESS_FOREIGN, RELAY_HOP_RESOLVER},
	{FINDING_EDGE_ADDRESS_MISSING, RELAY_HOP_RESOLVER},
	{FINDING_RESOLVER_SILENT, RELAY_HOP_RESOLVER},
	{FINDING_UDP_53_DROPPED, RELAY_HOP_RESOLVER},
	{FINDING_TCP_53_DROPPED, RELAY_HOP_RESOLVER},
	{FINDING_CLIENT_REFUSED, RELAY_HOP_RESOLVER},
	{FINDING_MAGIC_DNS_OFF, RELAY_HOP_UPSTREAM},
	{FINDING_ACCEPT_DNS_OFF, RELAY_HOP_UPSTREAM},
	{FINDING_UPSTREAM_SILENT, RELAY_HOP_UPSTREAM},
	{FINDING_NAME_ABSENT, RELAY_HOP_UPSTREAM},
	{FINDING_NAME_UNANSWERED, RELAY_HOP_UPSTREAM},
	{FINDING_TARGET_DENIED, RELAY_HOP_ADDRESS},
	{FINDING_NAME_OUTSIDE_PREFIX, RELAY_HOP_ADDRESS},
	{FINDING_DNS_PREFIX_DIFFERS, RELAY_HOP_ADDRESS},
	{FINDING_TWIN_OUTSIDE, RELAY_HOP_ADDRESS},
	{FINDING_IPV6_OFF, RELAY_HOP_ROUTE},
	{FINDING_MTU_SMALL, RELAY_HOP_ROUTE},
	{FINDING_ADVERTISE_PREFIX_FOREIGN, RELAY_HOP_ROUTE},
	{FINDING_ROUTE_NOT_ADVERTISED, RELAY_HOP_ROUTE},
	{FINDING_ROUTE_NOT_APPROVED, RELAY_HOP_ROUTE},
	{FINDING_ROUTE_OTHER_PRIMARY, RELAY_HOP_ROUTE},
	{FINDING_ROUTE_WITHDRAWN, RELAY_HOP_ROUTE},
	{FINDING_ROUTE_UNSEEN, RELAY_HOP_ROUTE},
	{FINDING_PREFIX_UNREACHABLE, RELAY_HOP_ROUTE},
	{FINDING_PREFIX_ROUTE_TAKEN, RELAY_HOP_ROUTE},
	{FINDING_FORWARDING_OFF, RELAY_HOP_ROUTE},
	{FINDING_STATE_CHANGED, RELAY_HOP_ROUTE},
	{FINDING_GRANT_PREFIX_MISSING, RELAY_HOP_GUARD},
	{FINDING_GUARD_CLOSED, RELAY_HOP_GUARD},
	{FINDING_RULES_MISSING, RELAY_HOP_GUARD},
	{FINDING_RULES_HELD, RELAY_HOP_GUARD},
	{FINDING_STATEFUL_FILTERING, RELAY_HOP_GUARD},
	{FINDING_TRANSLATOR_SILENT, RELAY_HOP_TRANSLATION},
	{FINDING_PACKET_NOT_TRANSLATED, RELAY_HOP_TRANSLATION},
	{FINDING_TWIN_NOT_MOVED, RELAY_HOP_TRANSLATION},
	{FINDING_MASQUERADE_MISSING, RELAY_HOP_MASQUERADE},
	{FINDING_PACKET_NOT_MASQUERADED, RELAY_HOP_MASQUERADE},
	{FINDING_TARGET_OFFLINE, RELAY_HOP_TARGET},
	{FINDING_GRANT_TARGETS_MISSING, RELAY_HOP_TARGET},
	{FINDING_LAN_ROUTE_TAKEN, RELAY_HOP_TARGET},
	{FINDING_ANSWER_MISSING, RELAY_HOP_TARGET},
	{FINDING_TWIN_ANSWER_MISSING, RELAY_HOP_TARGET},
	{FINDING_POOL_ROUTE_TAKEN, RELAY_HOP_BACK},
	{FINDING_RP_FILTER, RELAY_HOP_BACK},
};

const char *relay_hop_name(enum relay_hop_id id)
{
	return names[id].name;
}

const char *relay_hop_title(enum relay_hop_id id)
{
	return names[id].title;
}

enum relay_hop_id relay_hop_of_finding(enum relay_finding_id id)
{
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		if (stops[i].finding == id)
			return stops[i].hop;
	return RELAY_HOPS;
}

void relay_hop_set(struct relay_hop *hop, enum relay_mark mark, const char *format, ...)
{
	va_list arguments;

	hop->mark = mark;
	va_start(arguments, format);
	vsnprintf(hop->text, sizeof(hop->text), format, arguments);
	va_end(arguments);
	conf_printable_make(hop->text, strlen(hop->text), "");
}

void relay_hop_advise(struct relay_hop *hop, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(hop->advice, sizeof(hop->advice), format, arguments);
	va_end(arguments);
	conf_printable_make(hop->advice, strlen(hop->advice), "");
}

enum relay_hop_id relay_hops_failed(const struct relay_hop hops[RELAY_HOPS])
{
	size_t i = 0;

	while (i < RELAY_HOPS && !(hops[i].reached && hops[i].mark == RELAY_MARK_FAIL))
		i++;
	return (enum relay_hop_id)i;
}

/* The first that could not be seen. */
static size_t hops_unseen(const struct relay_hop hops[RELAY_HOPS])
{
	size_t i = 0;

	while (i < RELAY_HOPS && hops[i].reached && hops[i].mark != RELAY_MARK_UNKNOWN)
		i++;
	return i;
}

int relay_hops_exit(const struct relay_hop hops[RELAY_HOPS])
{
	if (relay_hops_failed(hops) < RELAY_HOPS)
		return RELAY_EXIT_FAILED;
	return hops_unseen(hops) < RELAY_HOPS ? RELAY_EXIT_REFUSED : RELAY_EXIT_OK;
}

const char *relay_hops_verdict(const struct relay_hop hops[RELAY_HOPS], char *text, size_t size)
{
	enum relay_hop_id failed = relay_hops_failed(hops);
	size_t unseen = hops_unseen(hops);

	if (failed < RELAY_HOPS)
		snprintf(text, size, "stops at %s: %s", relay_hop_title(failed), hops[failed].text);
	else if (unseen < RELAY_HOPS)
		snprintf(text, size, "works as far as can be seen from here; %s: %s",
			 relay_hop_title((enum relay_hop_id)unseen), hops[unseen].text);
	else
		snprintf(text, size, "works");
	return text;
}
