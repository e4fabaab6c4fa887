/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user's own lines local-data that do not do what they seem to: unbound/own_data.c. */
#include "relay/conflict/conflict.h"

#include "unbound/own_data.h"

static void data_add(void *context, const char *why, const char *advice)
{
	struct relay_finding finding;

	relay_conflict_set(&finding, FINDING_LOCAL_DATA, "%s", why);
	relay_conflict_advise(&finding, "%s, then: nat64-relay reload", advice);
	relay_conflict_add(context, &finding);
}

void relay_conflict_local_data(struct relay_conflicts *conflicts)
{
	unboundconf_own_data_judge(conflicts->settings, data_add, conflicts);
}
