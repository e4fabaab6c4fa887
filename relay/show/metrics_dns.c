/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The questions as metrics: Unbound's own statistics, and every family of the module's counters, by the names in its file. */
#include "relay/show/metrics.h"

#include "conf/json.h"
#include "relay/show/prometheus.h"
#include "unbound/stats.h"

#include <stdio.h>
#include <string.h>

/* What the families of the module count; one that is not here gets its name as help. */
static const struct {
	const char *family, *help;
} helps[] = {
	{"questions", "Queries that entered the module, by type and outcome."},
	{"domain_questions",
	 "Queries that entered the module, by split domain and outcome; arpa stands for names of addresses."},
	{"prefetches", "Queries that renew an answer before it expires."},
	{"names_too_long", "Queries whose real name would be longer than 255 octets."},
	{"names_with_too_many_labels", "Queries with more labels than name-labels allows, from the search lists of "
				       "clients."},
	{"lookups", "Look-ups of real names, by type."},
	{"lookup_results", "Results of look-ups of real names."},
	{"kept_back", "Records of look-ups that were left out of answers, by kind."},
};

enum { NAME_ROOM = 300 };

static const char *help_of(const char *family)
{
	for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++)
		if (strcmp(helps[i].family, family) == 0)
			return helps[i].help;
	return family;
}

static long long count_of(const json_t *element)
{
	return conf_json_number(element, "count");
}

/* A family's element, its texts as labels. */
static void element_print(FILE *stream, const char *name, const json_t *element)
{
	struct relay_prometheus_label labels[PROMETHEUS_LABELS] = {{NULL, NULL}};
	const char *label;
	json_t *value;
	size_t count = 0;

	json_object_foreach((json_t *)(uintptr_t)element, label, value)
		if (json_is_string(value) && count < PROMETHEUS_LABELS)
			labels[count++] = (struct relay_prometheus_label){label, json_string_value(value)};
	relay_prometheus_sample(stream, name, labels, count_of(element));
}

static void family_print(FILE *stream, const char *family, const json_t *value)
{
	char name[NAME_ROOM];
	json_t *element;
	size_t i;

	snprintf(name, sizeof(name), "dns_%.200s_total", family);
	relay_prometheus_family(stream, name, RELAY_PROMETHEUS_COUNTER, help_of(family));
	if (json_is_integer(value))
		relay_prometheus_sample(stream, name, NULL, json_integer_value(value));
	json_array_foreach(value, i, element)
		element_print(stream, name, element);
}

/* A histogram's buckets hold all below their bound, and not only those above the bound before. */
static void latency_print(FILE *stream, const json_t *buckets, const json_t *microseconds)
{
	long long below = 0;
	json_t *bucket;
	size_t i;

	if (!json_is_array(buckets) || !json_is_integer(microseconds))
		return;
	relay_prometheus_family(stream, "dns_answer_seconds", PROMETHEUS_HISTOGRAM,
				"Time from the arrival of a query to its answer.");
	json_array_foreach(buckets, i, bucket) {
		const char *bound = json_string_value(json_object_get(bucket, "le"));

		below += count_of(bucket);
		relay_prometheus_labelled(stream, "dns_answer_seconds_bucket", "le", bound ? bound : "+Inf", below);
	}
	relay_prometheus_sample_seconds(stream, "dns_answer_seconds_sum", json_integer_value(microseconds));
	relay_prometheus_sample(stream, "dns_answer_seconds_count", NULL, below);
}

static void unbound_print(FILE *stream, const json_t *unbound)
{
	char name[NAME_ROOM];

	for (size_t i = 0; i < unboundconf_stat_count; i++) {
		const struct unboundconf_stat *stat = &unboundconf_stats[i];

		snprintf(name, sizeof(name), "unbound_%s%s", stat->member, stat->is_gauge ? "" : "_total");
		relay_prometheus_family(stream, name,
					stat->is_gauge ? RELAY_PROMETHEUS_GAUGE : RELAY_PROMETHEUS_COUNTER, stat->help);
		relay_prometheus_sample(stream, name, NULL, conf_json_number(unbound, stat->member));
	}
}

void relay_metrics_dns(const json_t *dns, FILE *stream)
{
	const json_t *unbound = json_object_get(dns, "unbound"), *module = json_object_get(dns, "module");
	const char *family;
	json_t *value;

	if (!json_object_get(unbound, "error"))
		unbound_print(stream, unbound);
	if (json_object_get(module, "error"))
		return;
	json_object_foreach((json_t *)(uintptr_t)module, family, value)
		if (strcmp(family, "answer_seconds") != 0 && strcmp(family, "answer_microseconds") != 0)
			family_print(stream, family, value);
	latency_print(stream, json_object_get(module, "answer_seconds"), json_object_get(module, "answer_microseconds"));
}
