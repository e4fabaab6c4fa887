/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the file of leases is written: soon after a change, and now and then for the times of last use. */
#ifndef NAT64_POOL_LEASE_WRITER_H
#define NAT64_POOL_LEASE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

struct conf_report;
struct conf_settings;
struct leases;

/* Times are milliseconds of CLOCK_BOOTTIME. */
struct nat64_lease_writer {
	int folder;
	struct leases *leases; /* NULL without a dynamic pool: then nothing is ever due */
	const struct conf_settings *settings;
	uint64_t generation; /* what is on disk */
	int64_t tried;       /* the last write, good or bad */
	int64_t pause;       /* between two of them */
	bool failing;        /* it was bad, and that was said */
};

/* What is on disk is what leases holds now. */
void nat64_lease_writer_init(struct nat64_lease_writer *writer, int folder, struct leases *leases,
			     const struct conf_settings *settings, int64_t now);

/* A reload has put others in their place; they are written soon. Either may be the same as before. */
void nat64_lease_writer_change(struct nat64_lease_writer *writer, struct leases *leases,
			       const struct conf_settings *settings);

/* Milliseconds until a write is due, 0 for now; -1 without leases. */
int nat64_lease_writer_delay(const struct nat64_lease_writer *writer, int64_t now);

/* Write. 1 when written, 0 when there is nothing to write, -1 when it failed; of failures in a row the first alone is put
 * into the report. */
int nat64_lease_writer_write(struct nat64_lease_writer *writer, int64_t now, struct conf_report *report);

#endif
