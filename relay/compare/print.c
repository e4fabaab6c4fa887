/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as a table, with a bar for each name that is as long as its round trip is to the slowest one's; or as JSON. */

#include "relay/cli/print.h"
#include "relay/cli/quantity.h"
#include "relay/compare/compare.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { BAR_MAX = 30, CELL = 24 };

static const char *time_print(double ms, char text[CELL])
{
	snprintf(text, CELL, ms < 0 ? "-" : ms < 10 ? "%.2f ms" : "%.1f ms", ms);
	return text;
}

static const char *mtu_print(const struct relay_compare_target *target, char text[CELL])
{
	if (target->path_mtu == 0)
		return "-";
	snprintf(text, CELL, "%u%s", target->path_mtu, target->path_mtu_confirmed ? "" : "?");
	return text;
}

static int name_width(const struct relay_comparison *comparison)
{
	size_t width = 4;

	for (unsigned i = 0; i < comparison->count; i++)
		if (strlen(comparison->targets[i].name) > width)
			width = strlen(comparison->targets[i].name);
	return (int)width;
}

static double slowest(const struct relay_comparison *comparison)
{
	double most = 0;

	for (unsigned i = 0; i < comparison->count; i++)
		if (comparison->targets[i].statistics.p50_ms > most)
			most = comparison->targets[i].statistics.p50_ms;
	return most;
}

static void target_print(const struct relay_compare_target *target, int width, double most)
{
	static const char bar[BAR_MAX + 1] = "##############################";
	const struct relay_compare_statistics *statistics = &target->statistics;
	char p50[CELL], p95[CELL], jitter[CELL], mtu[CELL];
	int length = most > 0 ? (int)(statistics->p50_ms / most * BAR_MAX + 0.5) : 0;

	if (statistics->received == 0) {
		printf("%-*s  no answer: %s\n", width, target->name, target->problem);
		return;
	}
	printf("%-*s  %5.1f %%  %9s  %9s  %9s  %8s  %.*s\n", width, target->name, statistics->loss * 100,
	       time_print(statistics->p50_ms, p50), time_print(statistics->p95_ms, p95),
	       time_print(statistics->jitter_ms, jitter), mtu_print(target, mtu), length > 0 ? length : 1, bar);
}

static void throughput_print(const struct relay_compare_target *target, int width)
{
	char up[RELAY_QUANTITY_TEXT], down[RELAY_QUANTITY_TEXT];

	if (target->statistics.received == 0)
		return;
	if (target->problem[0] != '\0')
		printf("%-*s  %s\n", width, target->name, target->problem);
	else
		printf("%-*s  to it %s, from it %s\n", width, target->name,
		       relay_quantity_rate((uint64_t)target->upload, up),
		       relay_quantity_rate((uint64_t)target->download, down));
}

void relay_compare_print(const struct relay_comparison *comparison)
{
	int width = name_width(comparison);
	double most = slowest(comparison);

	printf("%u rounds, one every %u ms, by ", comparison->rounds, comparison->interval_ms);
	if (comparison->port > 0)
		printf("TCP connections to port %u\n", comparison->port);
	else
		puts("ICMP echo");
	for (unsigned i = 0; i < comparison->count; i++)
		if (comparison->targets[i].peer_length > 0)
			printf("%-*s  %s\n", width, comparison->targets[i].name, comparison->targets[i].address);
	printf("\n%-*s  %7s  %9s  %9s  %9s  %8s\n", width, "name", "loss", "median", "95 %", "jitter", "path MTU");
	for (unsigned i = 0; i < comparison->count; i++)
		target_print(&comparison->targets[i], width, most);
	if (!comparison->throughput)
		return;
	puts("\nthroughput");
	for (unsigned i = 0; i < comparison->count; i++)
		throughput_print(&comparison->targets[i], width);
}

/* A number, or null for one that was not measured. */
static json_t *number_or_null(double number)
{
	return number < 0 ? json_null() : json_real(number);
}

static json_t *target_json(const struct relay_compare_target *target)
{
	const struct relay_compare_statistics *statistics = &target->statistics;

	return json_pack("{s:s, s:s*, s:i, s:i, s:f, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:s*}", "name", target->name,
			 "address", target->address[0] != '\0' ? target->address : NULL, "sent", (int)statistics->sent,
			 "received", (int)statistics->received, "loss", statistics->loss, "p50_ms",
			 number_or_null(statistics->p50_ms), "p95_ms", number_or_null(statistics->p95_ms), "jitter_ms",
			 number_or_null(statistics->jitter_ms), "path_mtu",
			 target->path_mtu > 0 ? json_integer(target->path_mtu) : json_null(), "path_mtu_confirmed",
			 target->path_mtu_confirmed, "upload", number_or_null(target->upload), "download",
			 number_or_null(target->download), "problem", target->problem[0] != '\0' ? target->problem : NULL);
}

void relay_compare_print_json(const struct relay_comparison *comparison, int exit_code)
{
	json_t *names = json_array(), *all;

	for (unsigned i = 0; i < comparison->count; i++)
		json_array_append_new(names, target_json(&comparison->targets[i]));
	all = json_pack("{s:i, s:i, s:s, s:o, s:i, s:i, s:o}", "version", 1, "exit_code", exit_code, "way",
			comparison->port > 0 ? "tcp" : "icmp", "port",
			comparison->port > 0 ? json_integer(comparison->port) : json_null(), "rounds",
			(int)comparison->rounds, "interval_ms", (int)comparison->interval_ms, "names", names);
	relay_print_json(all);
	json_decref(all);
}
