/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics in Prometheus' text format, version 0.0.4. */
#ifndef RELAY_SHOW_PROMETHEUS_H
#define RELAY_SHOW_PROMETHEUS_H

#include <stdint.h>
#include <stdio.h>

enum prometheus_type { RELAY_PROMETHEUS_COUNTER, RELAY_PROMETHEUS_GAUGE, PROMETHEUS_HISTOGRAM };

/* A label of a sample. */
struct relay_prometheus_label {
	const char *name, *value;
};
enum { PROMETHEUS_LABELS = 4 }; /* at most, in one sample; the list ends with a NULL name before that */

/* A family: every name begins with "nat64_relay_"; that of a counter ends in "_total". All its samples follow at once. */
void relay_prometheus_family(FILE *stream, const char *name, enum prometheus_type type, const char *help);

/* A sample of the family. name is the family's, with _bucket, _sum or _count behind it in a histogram. labels may be NULL. */
void relay_prometheus_sample(FILE *stream, const char *name, const struct relay_prometheus_label *labels, int64_t value);

/* The same with one label. */
void relay_prometheus_labelled(FILE *stream, const char *name, const char *label, const char *value, int64_t count);

/* The same in seconds, without labels. */
void relay_prometheus_sample_seconds(FILE *stream, const char *name, int64_t microseconds);

#endif
