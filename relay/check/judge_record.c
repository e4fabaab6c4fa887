/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that tailscaled answers by itself: the address records of the tailnet's DNS, and its nodes. These come before split DNS, so no client asks a relay
 * for such a name, whatever the relay would say. Every node has the same records, so either end sees them.
 */
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/judge.h"
#include "relay/check/judge_tailnet.h"

#include <string.h>

bool relay_judge_own_answer(const struct tailscale_netmap *netmap, const char *name, enum relay_place place,
			    struct relay_findings *findings)
{
	const struct tailscale_record *record = tailscale_netmap_record(netmap, name);
	const struct tailscale_node *node = tailscale_netmap_named(netmap, name);
	char address[CONF_PREFIX_TEXT] = "";

	if (record) {
		relay_findings_add(findings, FINDING_BYPASS_RECORD, place,
				   "%s is %s by MagicDNS itself, which does not ask the relay: the tailnet's DNS has "
				   "this record",
				   name, record->value);
		relay_findings_advise(
			findings,
			"remove the record of %s from the tailnet's DNS (headscale: dns.extra_records in config.yaml)",
			name);
	} else if (node) {
		if (node->addresses.count > 0)
			conf_prefix_print(&node->addresses.items[0], address);
		address[strcspn(address, "/")] = '\0';
		relay_findings_add(findings, FINDING_BYPASS_RECORD, place,
				   "%s is %s by MagicDNS itself, which does not ask the relay: a node of the tailnet has "
				   "this name",
				   name, address);
		relay_findings_advise(
			findings,
			"choose a split-domain that the tailnet's own names do not end in, in relay.conf and in split DNS; or rename that node");
	}
	return record || node;
}

void relay_judge_record(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	if (evidence->tailnet.has_netmap)
		relay_judge_own_answer(&evidence->tailnet.netmap, evidence->name, PLACE_AROUND, findings);
}
