/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check can find, one constant a finding: relay/check/finding_list.h has them; FINDINGS of nat64-relay(8) lists their words. */
#ifndef RELAY_CHECK_FINDING_ID_H
#define RELAY_CHECK_FINDING_ID_H

enum relay_finding_id {
	FINDING_NONE,
#define FINDING(id, ...) id,
#include "relay/check/finding_list.h"
#undef FINDING
	FINDINGS,
};

#endif
