/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watchdog of systemd (WatchdogSec= in systemd.service(5)), which restarts a nat64d that it no longer hears of.
 *
 * The main loop alone speaks to systemd, so that its own end is heard at once. Each time it asks every worker as well, by a signal
 * that wakes it. An idle worker wakes, answers and sleeps again; a busy one answers before it waits for its next packet;
 * one that is caught in a packet, in a lock or in the kernel leaves the question where it is. Then systemd
 * hears nothing until that worker has answered too. The question is as old as the interval by then, at most half of what systemd waits for:
 * a worker must be silent for longer than a round could ever take.
 */
#include "nat64/daemon/watchdog.h"

#include "conf/log.h"
#include "conf/systemd.h"
#include "nat64/daemon/worker.h"

#include <syslog.h>

uint64_t nat64d_watchdog_interval(uint64_t most)
{
	uint64_t limit = conf_systemd_watchdog();

	return limit > 0 && limit / 2 < most ? limit / 2 : most;
}

void nat64d_watchdog_poll(struct watchdog *watchdog, struct worker *const *workers, unsigned count, const struct log *log)
{
	unsigned silent = count;

	for (unsigned i = 0; i < count; i++)
		if (!nat64d_worker_ask(workers[i]))
			silent = i;
	if (silent == count)
		conf_systemd_notify("WATCHDOG=1");
	else if (!watchdog->silence_is_logged)
		conf_log_event(log, LOG_ERR, "HANG", NULL,
			       "worker %u does not respond: its queue of the device is stuck", silent);
	watchdog->silence_is_logged = silent != count;
}
