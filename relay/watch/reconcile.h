/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares everything that up puts in place, restores what is missing, and logs it. */
#ifndef RELAY_WATCH_RECONCILE_H
#define RELAY_WATCH_RECONCILE_H

#include "relay/watch/backoff.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct conf_settings;

enum relay_repair_kind {
	RELAY_REPAIR_DEVICE,
	RELAY_REPAIR_ADDRESS,
	RELAY_REPAIR_ROUTE,
	RELAY_REPAIR_RULE,
	RELAY_REPAIR_SYSCTL,
	RELAY_REPAIR_TABLE,
	RELAY_REPAIR_FILE,
	RELAY_REPAIR_ADVERTISED,
	RELAY_REPAIR_KINDS
};

/* What is known from look to look. All zero: nothing yet. */
struct relay_repair {
	struct relay_backoff backoff;
	uint64_t counts[RELAY_REPAIR_KINDS];
	bool held; /* a second table guards where ours is away (nftables/hold.c): set before each reconciliation */
	char guard[160];    /* why the guard is not in place, and the device down; "" it is in place */
	char obstacle[512]; /* what stands in the way, as it was logged; "" nothing */
	char by[48];        /* the process that last removed something: "ip"; "" not known */
	pid_t by_pid;
	uint64_t by_time; /* ms */
};

/* "device", "address"...: for status and metrics. */
const char *relay_repair_kind_text(enum relay_repair_kind kind);

/* A process has removed something; name may be "", pid 0: not known. */
void relay_repair_suspect(struct relay_repair *repair, pid_t pid, const char *name, uint64_t now);

/* One item was put back: count and log it. how: "it was gone". */
void relay_repair_log(struct relay_repair *repair, enum relay_repair_kind kind, const char *what, const char *how,
		      uint64_t now);

/* Put back what is missing of rules, kernel state and, in a thorough look, files of the runtime folder. now: ms, for the back-off. */
void relay_reconcile(struct relay_repair *repair, const struct conf_settings *settings, bool thorough, uint64_t now);

#endif
