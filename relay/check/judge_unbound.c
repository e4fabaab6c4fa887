/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The private Unbound's age: nobody updates it with the distribution's. */
#include "relay/check/judge.h"

#include "relay/check/evidence.h"
#include "relay/check/finding.h"

void relay_judge_unbound(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct unboundconf_age *age = &evidence->machine.unbound;
	char text[RELAY_FINDING_TEXT];

	if (age->version[0] == '\0')
		return;
	unboundconf_age_print(age, text, sizeof(text));
	if (age->newer[0] != '\0') {
		relay_findings_add(findings, FINDING_UNBOUND_OUTDATED, PLACE_MACHINE,
				   "%s, which may fix security faults", text);
		relay_findings_advise(findings, "%s", unboundconf_age_advice(age));
	}
	relay_findings_see(findings, PLACE_MACHINE, "%.300s", text);
}
