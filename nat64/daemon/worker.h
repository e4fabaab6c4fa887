/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker: one thread, one queue of the device, its own packet core. */
#ifndef NAT64_DAEMON_WORKER_H
#define NAT64_DAEMON_WORKER_H

#include "nat64/daemon/counters.h"
#include "nat64/daemon/device.h"

#include <stdbool.h>

struct conf_report;
struct nat64d_drop_sample;
struct fastpath;
struct state;
struct worker;

/* Is a worker in the read that waits, or as good as? On a cache line of its own: it is written with each such read. */
struct worker_idle {
	_Alignas(64) bool sleeps;
};

/* What all workers share; it outlives them. */
struct worker_shared {
	struct state *state; /* read inside a read-side section of liburcu-memb; exchanged by nat64/daemon/reload.h */
	const struct device *device;
	bool stop;     /* the workers are to end; read and written atomically, before nat64d_device_release */
	int leased;    /* an eventfd: written with each new lease */
	int failed;    /* an eventfd: written by a worker that cannot go on: the device is gone */
	int packetlog; /* where packetlog.h writes */
	unsigned mtu;  /* the device's; read and written atomically */
	struct fastpath *fastpath;                  /* NULL: there is none */
	char *fastpath_off;                         /* the reason why not */
	struct worker_idle idle[DEVICE_QUEUES_MAX]; /* written by their workers, read by all */
};

/* A worker on the index-th queue of the device, ready to start. NULL with a message. */
struct worker *nat64d_worker_new(struct worker_shared *shared, unsigned index, struct conf_report *report);

/* 0, or -1 with a message. Signals are blocked by the caller. */
int nat64d_worker_start(struct worker *worker, struct conf_report *report);

const struct counters *nat64d_worker_counters(const struct worker *worker);

/* The last packet that this worker dropped for a reason. */
const struct nat64d_drop_sample *nat64d_worker_drop_sample(const struct worker *worker, enum nat64_reason reason);

/* Wake the worker and have it answer. True when it has answered what it was asked before; a worker that was never asked has. By the main
 * thread alone, once it has started. */
bool nat64d_worker_ask(struct worker *worker);

/* Take the thread out of its sleep, wait for its end, which shared->stop asks for, and free the worker. */
void nat64d_worker_free(struct worker *worker);

#endif
