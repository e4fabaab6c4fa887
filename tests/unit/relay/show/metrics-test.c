/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of metrics, octet by octet, and the reader of Unbound's statistics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/show/metrics.h"
#include "relay/show/prometheus.h"
#include "unbound/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a printer wrote; free() it. */
static char *printed(void (*print)(const json_t *, FILE *), const char *json)
{
	json_error_t error;
	json_t *object = json_loads(json, 0, &error);
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!object)
		fail_msg("the test's own JSON: %s", error.text);
	print(object, stream);
	fclose(stream);
	json_decref(object);
	return text;
}

static void print_translator(const json_t *translator, FILE *stream)
{
	relay_metrics_packets(translator, NULL, stream);
}

static void expect_text(char *got, const char *expected)
{
	if (strcmp(got, expected) != 0)
		fail_msg("expected:\n%sgot:\n%s", expected, got);
	free(got);
}

static void expect_line(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("expected %sin:\n%s", line, text);
}

static void rows_become_families(void **state)
{
	(void)state;
	expect_text(printed(relay_metrics_dns,
			    "{\"unbound\": {\"error\": \"x\"}, \"module\": {"
			    "\"lookups\": [{\"type\": \"A\", \"count\": 3}, {\"type\": \"a\\\"b\\\\c\\nd\", \"count\": 0}],"
			    "\"newer\": 9007199254740993,"
			    "\"answer_seconds\": [{\"le\": \"0.000064\", \"count\": 2}, {\"le\": \"0.000128\", \"count\": 0}, {\"le\": \"+Inf\", \"count\": 5}],"
			    "\"answer_microseconds\": 12000034}}"),
		    "# HELP nat64_relay_dns_lookups_total Look-ups of real names, by type.\n"
		    "# TYPE nat64_relay_dns_lookups_total counter\n"
		    "nat64_relay_dns_lookups_total{type=\"A\"} 3\n"
		    "nat64_relay_dns_lookups_total{type=\"a\\\"b\\\\c\\nd\"} 0\n"
		    "# HELP nat64_relay_dns_newer_total newer\n"
		    "# TYPE nat64_relay_dns_newer_total counter\n"
		    "nat64_relay_dns_newer_total 9007199254740993\n"
		    "# HELP nat64_relay_dns_answer_seconds Time from the arrival of a query to its answer.\n"
		    "# TYPE nat64_relay_dns_answer_seconds histogram\n"
		    "nat64_relay_dns_answer_seconds_bucket{le=\"0.000064\"} 2\n"
		    "nat64_relay_dns_answer_seconds_bucket{le=\"0.000128\"} 2\n"
		    "nat64_relay_dns_answer_seconds_bucket{le=\"+Inf\"} 7\n"
		    "nat64_relay_dns_answer_seconds_sum 12.000034\n"
		    "nat64_relay_dns_answer_seconds_count 7\n");
}

static void help_is_escaped(void **state)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	relay_prometheus_family(stream, "a", RELAY_PROMETHEUS_GAUGE, "one\\two\n\"three\"");
	relay_prometheus_sample(stream, "a", NULL, -1);
	fclose(stream);
	expect_text(text, "# HELP nat64_relay_a one\\\\two\\n\"three\"\n# TYPE nat64_relay_a gauge\nnat64_relay_a -1\n");
}

/* A text of others stays one value of one sample, and openmetrics and promtool read it as that. */
static void labels_are_escaped(void **state)
{
	const struct relay_prometheus_label labels[PROMETHEUS_LABELS] = {{"name", "a\"} 1\nup{x=\"\\"}, {NULL, NULL}};
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	relay_prometheus_sample(stream, "a", labels, 7);
	fclose(stream);
	expect_text(text, "nat64_relay_a{name=\"a\\\"} 1\\nup{x=\\\"\\\\\"} 7\n");
}

static void a_part_that_is_not_there_has_no_samples(void **state)
{
	char *text = printed(
		relay_metrics_print,
		"{\"kernel\": {\"error\": \"x\"}, \"rules\": {}, \"translator\": {\"running\": null}, \"resolver\": [],"
		"\"tailscale\": null, \"dns\": {\"unbound\": {\"error\": \"x\"}, \"module\": {\"error\": \"x\"}}}");
	const char *health = strstr(text, "# HELP nat64_relay_healthy");

	(void)state;
	assert_non_null(health);
	assert_string_equal(health, "# HELP nat64_relay_healthy Whether this part of the relay is in place and works.\n"
				    "# TYPE nat64_relay_healthy gauge\n"
				    "nat64_relay_healthy{part=\"kernel\"} 0\n"
				    "nat64_relay_healthy{part=\"rules\"} 0\n"
				    "nat64_relay_healthy{part=\"translator\"} 0\n");
	free(text);
}

static void routes_and_packets(void **state)
{
	char *text = printed(
		relay_metrics_print,
		"{\"kernel\": {\"complete\": true},"
		"\"rules\": {\"complete\": true, \"counters\": {\"drop-loop\": {\"packets\": 2, \"bytes\": 80}}},"
		"\"translator\": {\"running\": true, \"leases\": 4, \"fast_path\": \"on\", \"counters\": {\"translated_6to4\": {\"packets\": 5, \"bytes\": 600},"
		"\"fast_path_6to4\": {\"packets\": 3, \"bytes\": 400}, \"fast_path_4to6\": {\"packets\": 2, \"bytes\": 300},"
		"\"fast_path_errors\": 9,"
		"\"drops\": {\"hop-limit\": 7}, \"icmp_errors\": 1}},"
		"\"resolver\": [{\"address\": \"100.64.0.1\", \"answers\": true}, {\"address\": \"fd00::1\", \"answers\": false}],"
		"\"tailscale\": {\"state\": \"Running\", \"routes\": [{\"route\": \"fd64::/96\", \"advertised\": true,"
		"\"approved\": false, \"primary\": false}]}, \"dns\": {\"unbound\": {\"error\": \"x\"}, \"module\": {\"error\": \"x\"}}}");
	static const char *const lines[] = {
		"nat64_relay_healthy{part=\"kernel\"} 1\n",
		"nat64_relay_healthy{part=\"resolver\"} 0\n",
		"nat64_relay_healthy{part=\"tailscale\"} 1\n",
		"nat64_relay_route{route=\"fd64::/96\",state=\"advertised\"} 1\n",
		"nat64_relay_route{route=\"fd64::/96\",state=\"approved\"} 0\n",
		"nat64_relay_translated_packets_total{direction=\"6to4\"} 5\n",
		"nat64_relay_translated_bytes_total{direction=\"6to4\"} 600\n",
		"nat64_relay_fast_path 1\n",
		"nat64_relay_fast_path_info{state=\"on\"} 1\n",
		"nat64_relay_fast_path_packets_total{direction=\"6to4\"} 3\n",
		"nat64_relay_fast_path_bytes_total{direction=\"6to4\"} 400\n",
		"nat64_relay_fast_path_packets_total{direction=\"4to6\"} 2\n",
		"nat64_relay_fast_path_bytes_total{direction=\"4to6\"} 300\n",
		"nat64_relay_fast_path_errors_total 9\n",
		"nat64_relay_dropped_packets_total{reason=\"hop-limit\"} 7\n",
		"nat64_relay_icmp_errors_total 1\n",
		"nat64_relay_leases 4\n",
		"nat64_relay_guard_packets_total{counter=\"drop-loop\"} 2\n",
		"nat64_relay_guard_bytes_total{counter=\"drop-loop\"} 80\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		expect_line(text, lines[i]);
	assert_null(strstr(text, "leases_usable"));
	free(text);
}

static void no_fast_path_has_its_reason(void **state)
{
	char *text = printed(print_translator,
			     "{\"running\": true, \"fast_path\": \"this nat64d is built without it\", \"counters\": {}}");

	(void)state;
	expect_line(text, "nat64_relay_fast_path 0\n");
	expect_line(text, "nat64_relay_fast_path_info{state=\"this nat64d is built without it\"} 1\n");
	free(text);
	text = printed(print_translator, "{\"running\": true, \"counters\": {}}");
	assert_null(strstr(text, "fast_path"));
	free(text);
}

static json_int_t stat_of(const char *answer, const char *member)
{
	char *copy = strdup(answer);
	json_t *object = unboundconf_stats_parse(copy);
	json_int_t value = object ? json_integer_value(json_object_get(object, member)) : -1;

	json_decref(object);
	free(copy);
	return value;
}

static void statistics_are_read(void **state)
{
	static const char answer[] =
		"thread0.num.queries=7\ntotal.num.queries=12\ntotal.num.cachehits=5\ntime.up=86400.123456\n"
		"num.answer.rcode.SERVFAIL=3\nhistogram.000000.000000.to.000000.000001=0\nunwanted.queries=9223372036854775807\n";

	(void)state;
	assert_int_equal(stat_of(answer, "asked"), 12);
	assert_int_equal(stat_of(answer, "from_cache"), 5);
	assert_int_equal(stat_of(answer, "uptime_seconds"), 86400);
	assert_int_equal(stat_of(answer, "failed"), 3);
	assert_int_equal(stat_of(answer, "refused"), INT64_MAX);
	assert_int_equal(stat_of(answer, "nodata"), 0);
}

static void what_is_no_statistic_is_passed_over(void **state)
{
	static const char *const none[] = {"",
					   "\n\n",
					   "error unknown command\n",
					   "total.num.queries\n",
					   "total.num.queries=\n",
					   "total.num.queries=x\n",
					   "total.num.queries=1x\n",
					   "total.num.queries=-1\n",
					   "total.num.queries=99999999999999999999\n",
					   "=1\n",
					   "other=1\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (stat_of(none[i], "asked") != -1)
			fail_msg("expected nothing of \"%s\"", none[i]);
	assert_int_equal(stat_of("total.num.queries=x\ntotal.num.cachehits=2", "from_cache"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_become_families), cmocka_unit_test(help_is_escaped),
		cmocka_unit_test(labels_are_escaped),   cmocka_unit_test(a_part_that_is_not_there_has_no_samples),
		cmocka_unit_test(routes_and_packets),   cmocka_unit_test(no_fast_path_has_its_reason),
		cmocka_unit_test(statistics_are_read),  cmocka_unit_test(what_is_no_statistic_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
