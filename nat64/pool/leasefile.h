/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The leases on disk: DATA_DIR/dynamic.map, in TAYGA's format. */
#ifndef NAT64_POOL_LEASEFILE_H
#define NAT64_POOL_LEASEFILE_H

#include <stdint.h>

struct conf_report;
struct conf_settings;
struct leases;

#define LEASEFILE_NAME "dynamic.map"

/* One moment on two clocks, in seconds: the one of the leases, and UTC as the file has it. */
struct leasefile_clock {
	int64_t steady; /* CLOCK_BOOTTIME */
	int64_t wall;   /* CLOCK_REALTIME */
};

struct leasefile_clock nat64_leasefile_clock_read(void);

/* Put the leases of the file in the folder into the empty pool. What is not understood or no longer fits the settings is
 * left out with a notice in the report. How many came back; -1 when there is a file that cannot be read. */
int nat64_leasefile_read(int folder, struct leases *leases, const struct conf_settings *settings,
			 struct leasefile_clock clock, struct conf_report *notices);

/* Replace the file as one: a reader, or a crash, sees all of the old leases or all of the new. 0 once it is on disk. */
int nat64_leasefile_write(int folder, struct leases *leases, const struct conf_settings *settings,
			  struct leasefile_clock clock, struct conf_report *report);

#endif
