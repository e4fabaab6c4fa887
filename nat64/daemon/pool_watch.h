/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the log is told of a dynamic pool that is too small. */
#ifndef NAT64_DAEMON_POOL_WATCH_H
#define NAT64_DAEMON_POOL_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct leases;
struct log;

struct pool_watch {
	uint64_t refused; /* packets of new clients, as of the last look; 0 for a new pool */
	bool short_is_logged;
};

/* Take back what has expired. Log when clients were turned away, and once when the pool runs short. */
void nat64d_pool_watch_poll(struct pool_watch *watch, struct leases *leases, const struct log *log);

#endif
