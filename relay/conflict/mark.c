/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of targets that carry another program's mark, and are dropped for it by reverse-path filtering.
 *
 * Strict rp_filter takes a packet only by the interface that leads to its source. That look-up is one without a mark, unless
 * src_valid_mark is on, which tailscaled 1.98 and newer turn on for all interfaces: then the mark counts (fib_validate_source of the
 * kernel), and a policy rule for marks ahead of Tailscale's leads the look-up elsewhere. Whatever marks packets of the overlay for that
 * rule, restored from a connection for instance, has them dropped without a trace but the kernel's IPReversePathFilter.
 *
 * The kernel itself is asked: would it take a packet of a host of the overlay with the rule's mark, as it takes one without? A rule that
 * also asks for ports, users and the like is not seen. Nor is whether anybody marks such packets: so this is a warning.
 */
#include "relay/conflict/conflict.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/address.h"
#include "kernel/lookup.h"
#include "kernel/route.h"
#include "kernel/rule.h"
#include "kernel/sysctl.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

/* Of what tailscaled itself sends: it never comes in by the overlay. */
enum { TAILSCALE_MARK = 0x80000, TAILSCALE_MASK = 0xff0000 };

enum { SOURCES_MAX = 64 };

/* Hosts that the overlay leads to, from whom the kernel takes an unmarked packet. */
struct search {
	struct kernel_arrival arrival; /* to the relay's own address */
	struct in_addr sources[SOURCES_MAX];
	size_t source_count;
	struct kernel_rule rule; /* that was found */
};

static int own_address_add(void *context, const struct kernel_address *address)
{
	struct search *search = context;

	if (address->address.family != AF_INET || address->index != search->arrival.device)
		return 0;
	search->arrival.to = address->address.v4;
	return 1;
}

/* The last host of each route is as good as any, and less often the relay itself. */
static int source_add(void *context, const struct kernel_route *route)
{
	struct search *search = context;
	uint64_t size;

	if (route->to.family != AF_INET || route->type != RTN_UNICAST || route->index != search->arrival.device)
		return 0;
	size = conf_prefix4_size(&route->to.v4);
	search->arrival.from = conf_prefix4_address(&route->to.v4, (uint32_t)(size > 2 ? size - 2 : 0));
	if (kernel_lookup_takes(&search->arrival))
		search->sources[search->source_count++] = search->arrival.from;
	return search->source_count == SOURCES_MAX;
}

static int rule_try(void *context, const struct kernel_rule *rule)
{
	struct search *search = context;

	if (rule->to.family != AF_INET || rule->mark == 0 || (rule->mark == TAILSCALE_MARK && rule->mask == TAILSCALE_MASK))
		return 0;
	search->arrival.mark = rule->mark;
	search->rule = *rule;
	for (size_t i = 0; i < search->source_count; i++) {
		search->arrival.from = search->sources[i];
		if (!kernel_lookup_takes(&search->arrival))
			return 1;
	}
	return 0;
}

static bool is_loose(const char *interface)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", NULL};
	char name[KERNEL_SYSCTL_NAME];

	snprintf(name, sizeof(name), "net/ipv4/conf/%.32s/rp_filter", interface);
	return kernel_sysctl_is(&sysctls, name, "2") || kernel_sysctl_is(&sysctls, "net/ipv4/conf/all/rp_filter", "2");
}

static void rule_print(struct relay_conflicts *conflicts, const struct search *search)
{
	const char *overlay = conflicts->settings->node.overlay_interface;
	char name[KERNEL_SYSCTL_NAME], text[KERNEL_SYSCTL_NAME], source[INET_ADDRSTRLEN];

	snprintf(name, sizeof(name), "net/ipv4/conf/%.32s/rp_filter", overlay);
	inet_ntop(AF_INET, &search->arrival.from, source, sizeof(source));
	relay_conflict_set(conflicts, FINDING_RP_FILTER_MARK,
			   "policy rule %u looks up packets with the mark 0x%x in table %u, which does not lead to %s by %s: "
			   "because src_valid_mark is on, as tailscaled sets it, rp_filter drops answers with that mark",
			   search->rule.priority, search->rule.mark, search->rule.table, source, overlay);
	if (is_loose(overlay)) /* and there is no route at all */
		relay_conflict_advise(conflicts,
				      "give table %u the routes to the overlay: ip route add 100.64.0.0/10 dev %s table %u",
				      search->rule.table, overlay, search->rule.table);
	else
		relay_conflict_advise(conflicts, "sysctl -w %s=2, and the same line in /etc/sysctl.d",
				      kernel_sysctl_print(name, text));
}

void relay_conflict_mark(struct relay_conflicts *conflicts)
{
	struct search search = {.arrival = {.device = (int)if_nametoindex(conflicts->settings->node.overlay_interface)}};

	if (kernel_address_walk(own_address_add, &search, CONF_REPORT_DISCARD) == 1 &&
	    kernel_route_walk(source_add, &search, CONF_REPORT_DISCARD) >= 0 &&
	    kernel_rule_walk(rule_try, &search, CONF_REPORT_DISCARD) == 1)
		rule_print(conflicts, &search);
}
