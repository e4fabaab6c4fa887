/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions of check --client, all at once. What depends on an answer begins when that has come: the way to the target when a relay has named it,
 * other resolvers when the programs of this client get something else. So the slowest silence decides how long it takes, and END_MS is the most.
 */
#include "relay/check/client/run.h"

#include "relay/host/clock.h"

#include <stdlib.h>

enum { END_MS = 7500 };

bool relay_client_is_late(const struct relay_client_run *run)
{
	return relay_clock_ms() >= run->probes.begun + CLIENT_EARLY_MS;
}

static void step(struct relay_client_run *run)
{
	relay_client_dns_step(run);
	relay_client_system_step(run);
	relay_client_way_step(run);
	run->begun = true;
}

void relay_client_examine(struct relay_client *clients, size_t count)
{
	struct relay_client_run *runs = calloc(count, sizeof(*runs));
	bool busy = runs;

	for (size_t i = 0; runs && i < count; i++) {
		runs[i].client = &clients[i];
		runs[i].probes.begun = relay_clock_ms();
		runs[i].probes.end = runs[i].probes.begun + END_MS;
	}
	while (busy) {
		const struct relay_client_run *shown = NULL;

		busy = false;
		for (size_t i = 0; i < count; i++) {
			step(&runs[i]);
			if (!relay_client_probes_wait(&runs[i].probes))
				continue;
			busy = true;
			if (!shown)
				relay_client_probes_show(&runs[i].probes, clients[i].name);
			shown = &runs[i];
		}
	}
	for (size_t i = 0; runs && i < count; i++)
		relay_client_probes_end(&runs[i].probes);
	free(runs);
}
