/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics in Prometheus' text format: of each family a line of help, a line with its type, and its samples. In help, backslash
 * and newline are escaped; in a label's value the double quote too.
 */
#include "relay/show/prometheus.h"

#include <string.h>

#define PREFIX "nat64_relay_"

static void escaped_print(FILE *stream, const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text))
			fputc('\\', stream);
		fputc(*text == '\n' ? 'n' : *text, stream);
	}
}

void relay_prometheus_family(FILE *stream, const char *name, enum prometheus_type type, const char *help)
{
	static const char *const types[] = {
		[RELAY_PROMETHEUS_COUNTER] = "counter", [RELAY_PROMETHEUS_GAUGE] = "gauge", [PROMETHEUS_HISTOGRAM] = "histogram"};

	fprintf(stream, "# HELP " PREFIX "%s ", name);
	escaped_print(stream, help, "\\\n");
	fprintf(stream, "\n# TYPE " PREFIX "%s %s\n", name, types[type]);
}

/* Everything of a sample before its value. */
static void sample_begin(FILE *stream, const char *name, const struct relay_prometheus_label *labels)
{
	char separator = '{';

	fprintf(stream, PREFIX "%s", name);
	for (size_t i = 0; labels && i < PROMETHEUS_LABELS && labels[i].name; i++) {
		fprintf(stream, "%c%s=\"", separator, labels[i].name);
		escaped_print(stream, labels[i].value, "\\\"\n");
		fputc('"', stream);
		separator = ',';
	}
	fputs(separator == ',' ? "} " : " ", stream);
}

void relay_prometheus_sample(FILE *stream, const char *name, const struct relay_prometheus_label *labels, int64_t value)
{
	sample_begin(stream, name, labels);
	fprintf(stream, "%lld\n", (long long)value);
}

void relay_prometheus_labelled(FILE *stream, const char *name, const char *label, const char *value, int64_t count)
{
	relay_prometheus_sample(stream, name, (const struct relay_prometheus_label[]){{label, value}, {NULL, NULL}}, count);
}

void relay_prometheus_sample_seconds(FILE *stream, const char *name, int64_t microseconds)
{
	sample_begin(stream, name, NULL);
	fprintf(stream, "%lld.%06lld\n", (long long)microseconds / 1000000, (long long)microseconds % 1000000);
}
