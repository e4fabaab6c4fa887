/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which way the packet goes, and which packets of a journey that makes: through the translator, or by a twin, of IPv6 or of IPv4. */
#include "relay/trace/trace.h"

#include "conf/settings.h"

bool relay_trace_target(const struct relay_trace *trace, struct conf_address *target)
{
	const struct in6_addr *six = relay_evidence_target(trace->evidence);
	const struct relay_reply *four = &trace->evidence->dns.a;

	if (!trace->by_twin && six)
		*target = (struct conf_address){.family = AF_INET6, .v6 = *six};
	for (size_t i = 0; trace->by_twin && i < four->a_count && i < EVIDENCE_ADDRESSES; i++)
		if (conf_prefix4_contains(&trace->evidence->settings->common.twin.twin, four->a[i])) {
			*target = (struct conf_address){.family = AF_INET, .v4 = four->a[i]};
			return true;
		}
	return !trace->by_twin && six;
}

enum nftables_leg relay_trace_leg_of(const struct relay_trace *trace, enum relay_trace_stage stage)
{
	static const enum nftables_leg translated[RELAY_TRACE_STAGES] = {NFTABLES_LEG_REQUEST6, NFTABLES_LEG_REQUEST4,
									 NFTABLES_LEG_REPLY4, NFTABLES_LEG_REPLY6};
	bool back = stage == RELAY_TRACE_IN || stage == RELAY_TRACE_LAST;

	if (trace->by_twin)
		return back ? NFTABLES_LEG_REPLY4 : NFTABLES_LEG_REQUEST4;
	if (relay_evidence_is_by_twin6(trace->evidence))
		return back ? NFTABLES_LEG_REPLY6 : NFTABLES_LEG_REQUEST6;
	return translated[stage];
}

const struct nftables_passage *relay_trace_passage(const struct relay_trace *trace, enum relay_trace_stage stage)
{
	return &trace->journey.legs[relay_trace_leg_of(trace, stage)];
}
