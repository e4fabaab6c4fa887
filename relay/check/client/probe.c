/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probes are jobs (relay/host/job.c) with one end in common. */
#include "relay/check/client/probe.h"

#include "relay/host/clock.h"
#include "relay/host/loop.h"

#include <stdio.h>
#include <unistd.h>

enum { STEP_MS = 50, SHOWN_AFTER_MS = 1000 };

int relay_client_probe_start(struct relay_client_probes *probes, const char *what, relay_job_work *work,
			     const void *request, void *into, size_t size, unsigned timeout_ms)
{
	struct relay_client_probe *probe = &probes->items[probes->count];
	uint64_t now = relay_clock_ms();

	if (probes->count == CLIENT_PROBES || now >= probes->end)
		return -1;
	*probe = (struct relay_client_probe){.into = into, .size = size, .what = what};
	if (timeout_ms > probes->end - now)
		timeout_ms = (unsigned)(probes->end - now);
	if (!probes->loop)
		probes->loop = relay_loop_new();
	if (!probes->loop || relay_job_start(probes->loop, &probe->job, work, request, size, timeout_ms) != 0)
		return -1;
	return (int)probes->count++;
}

bool relay_client_probe_is_over(const struct relay_client_probes *probes, int number)
{
	return number < 0 || probes->items[number].over;
}

bool relay_client_probes_wait(struct relay_client_probes *probes)
{
	bool busy = false;

	for (size_t i = 0; i < probes->count; i++)
		busy |= !probes->items[i].over;
	if (busy)
		relay_loop_wait(probes->loop, relay_clock_ms() + STEP_MS);
	for (size_t i = 0; i < probes->count; i++)
		if (!probes->items[i].over)
			probes->items[i].over = relay_job_is_over(&probes->items[i].job, probes->items[i].into,
								  probes->items[i].size);
	return busy;
}

void relay_client_probes_show(struct relay_client_probes *probes, const char *name)
{
	uint64_t now = relay_clock_ms();
	const char *what = NULL;

	for (size_t i = 0; i < probes->count && !what; i++)
		if (!probes->items[i].over)
			what = probes->items[i].what;
	if (!what || now < probes->begun + SHOWN_AFTER_MS || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s: waiting for %s, at most %u s more", name, what,
		(unsigned)((probes->end - (now < probes->end ? now : probes->end)) / 1000 + 1));
	fflush(stderr);
	probes->shown = true;
}

void relay_client_probes_end(struct relay_client_probes *probes)
{
	for (size_t i = 0; i < probes->count; i++)
		relay_job_stop(&probes->items[i].job);
	probes->loop = sd_event_unref(probes->loop);
	if (probes->shown)
		fputs("\r\033[K", stderr);
	probes->shown = false;
}
