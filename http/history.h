/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures of the last hour, a sample a snapshot. They are the server's own: a new one begins anew. */
#ifndef HTTP_HISTORY_H
#define HTTP_HISTORY_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_HISTORY_SAMPLES = 360, HTTP_HISTORY_STEP_MS = 10000 };

struct http_sample {
	int64_t time;                 /* ms on the monotonic clock */
	int64_t out, back, questions; /* counters: bytes, and questions of clients */
	int64_t leases;
};

/* A ring: the newest of count lies before next. */
struct http_history {
	struct http_sample samples[HTTP_HISTORY_SAMPLES];
	struct http_sample last, before; /* the two newest snapshots, for what happens now */
	size_t next, count;
};

/* Take note of a snapshot. */
void http_history_add(struct http_history *history, const json_t *snapshot);

/* {"now": {"out", "back" (bits a second), "questions" (a second), "leases"}, "hour": an array of [seconds ago, out, back, questions, leases]}, the oldest first. */
json_t *http_history_make(const struct http_history *history);

#endif
