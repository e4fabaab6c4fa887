/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd's watchdog: fed while the main loop and every worker go round. Theory of operation: watchdog.c. */
#ifndef NAT64_DAEMON_WATCHDOG_H
#define NAT64_DAEMON_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

struct log;
struct worker;

struct watchdog {
	bool silence_is_logged; /* of the worker that does not answer now */
};

/* Microseconds between two calls of nat64d_watchdog_poll(): most, or less when systemd wants to hear of us more often. */
uint64_t nat64d_watchdog_interval(uint64_t most);

/* Ask every worker for a sign of life, and tell systemd that all is well when each has answered what it was asked the last time. */
void nat64d_watchdog_poll(struct watchdog *watchdog, struct worker *const *workers, unsigned count, const struct log *log);

#endif
