/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nat64d answers on its control socket. */
#ifndef NAT64_DAEMON_ANSWER_H
#define NAT64_DAEMON_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

struct conf_prefix4;
struct conf_prefix6;
struct conf_report;
struct json_t; /* of jansson: a build without it includes this as well */
struct device;
struct state;
struct worker;
struct worker_shared;

/* Where the answers come from; everything outlives the server. */
struct answer_source {
	struct state *const *state; /* the one of now */
	const struct device *device;
	struct worker *const *workers;
	unsigned worker_count;
	const struct worker_shared *shared;                       /* for its fast path */
	int64_t started;                                          /* CLOCK_BOOTTIME, seconds */
	int (*reload)(void *context, struct conf_report *report); /* 0, or -1 with messages */
	void *context;
};

/* A server_answer over a struct answer_source. */
struct json_t *nat64d_answer_make(void *source, const char *command, const struct json_t *question, bool trusted);

/* The commands, one function each. */
typedef struct json_t *answer_command(const struct answer_source *source, const struct json_t *question);
answer_command nat64d_answer_counters;                     /* answer_counters.c */
answer_command nat64d_answer_clients, nat64d_answer_flush; /* answer_clients.c */

/* Values that more than one of them prints. */
struct json_t *nat64d_answer_number(uint64_t value);
struct json_t *nat64d_answer_prefix4(const struct conf_prefix4 *prefix);
struct json_t *nat64d_answer_prefix6(const struct conf_prefix6 *prefix);
struct json_t *nat64d_answer_refusal(const char *why);

#endif
