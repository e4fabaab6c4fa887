/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nat64d answers on its control socket. */
#ifndef NAT64_ANSWER_H
#define NAT64_ANSWER_H

#include <jansson.h>
#include <stdint.h>

struct conf_settings;
struct device;
struct leases;
struct worker;

/* Where the answers come from; everything outlives the server. */
struct answer_source {
	const struct conf_settings *settings;
	const struct device *device;
	struct leases *leases; /* NULL without a dynamic pool */
	struct worker *const *workers;
	unsigned worker_count;
	int64_t started; /* CLOCK_BOOTTIME, seconds */
};

/* A server_answer over a struct answer_source: "info", "counters", "clients". */
json_t *answer_make(void *source, const char *command);

#endif
