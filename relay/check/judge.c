/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All judges, in an order that matters to some: who says that the edge address is another's comes before split DNS. */
#include "relay/check/judge.h"

#include "relay/check/evidence.h"
#include "relay/check/finding.h"

#include <stddef.h>

void relay_judge_all(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	static relay_judge *const judges[] = {
		relay_judge_edge,    relay_judge_answer,  relay_judge_split_dns,  relay_judge_route,
		relay_judge_policy,  relay_judge_clients, relay_judge_tailscaled, relay_judge_machine,
		relay_judge_subnets, relay_judge_unbound, relay_judge_traffic,    relay_judge_twin,
		relay_judge_boot,    relay_judge_record,  relay_judge_around,
	};

	relay_judge_running(evidence, findings);
	if (evidence->machine.running)
		for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++)
			judges[i](evidence, findings);
	relay_findings_settle(findings);
}
