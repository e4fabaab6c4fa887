/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay compare: several names side by side, such as one and the same host with and without the relay: loss, round trips, path MTU, throughput.
 * It runs anywhere, needs neither root nor a relay, and reads no settings.
 */
#include "relay/compare/compare.h"

#include "conf/report.h"
#include "conf/value.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/compare/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PORT_WITHOUT_ICMP = 22, INTERVAL_MAX_MS = 60000 };

/* A number from least to most; what names the option. 0, or -1 with a message. */
static int number_parse(const char *what, const char *text, unsigned least, unsigned most, unsigned *value,
			struct conf_report *report)
{
	if (conf_number_parse(text, least, most, value) == 0)
		return 0;
	return conf_report_add(report, "--%s %s: a number from %u to %u is wanted", what, text, least, most);
}

static int names_resolve(struct relay_comparison *comparison, int count, char **names, struct conf_report *report)
{
	if (count < 1 || count > RELAY_COMPARE_NAMES_MAX)
		return conf_report_add(report, "give 1 to %d names or addresses, such as my-vps my-vps.9929",
				       RELAY_COMPARE_NAMES_MAX);
	comparison->count = (unsigned)count;
	for (int i = 0; i < count; i++) {
		comparison->targets[i].socket = -1;
		comparison->targets[i].upload = comparison->targets[i].download = -1;
		relay_compare_resolve(&comparison->targets[i], names[i]);
	}
	return 0;
}

/* Sockets for echo requests to all; where they are not permitted, all are measured by TCP, for two ways of measuring do not compare. */
static void way_choose(struct relay_comparison *comparison)
{
	for (unsigned i = 0; i < comparison->count && comparison->port == 0; i++) {
		struct relay_compare_target *target = &comparison->targets[i];

		if (target->peer_length > 0 && relay_compare_echo_open(target) != 0) {
			if (errno == EPERM)
				comparison->port = PORT_WITHOUT_ICMP;
			else
				relay_compare_problem_note(target);
		}
	}
	for (unsigned i = 0; i < comparison->count && comparison->port > 0; i++) {
		if (comparison->targets[i].socket >= 0)
			close(comparison->targets[i].socket);
		comparison->targets[i].socket = -1;
	}
}

/* Measure everything. RELAY_EXIT_OK when all have answered all that was asked. */
static int compare(struct relay_comparison *comparison)
{
	bool progress = isatty(STDERR_FILENO);
	int exit_code = RELAY_EXIT_OK;

	way_choose(comparison);
	relay_compare_rounds(comparison, progress);
	comparison->throughput &= !comparison->interrupted;
	for (unsigned i = 0; i < comparison->count; i++) {
		struct relay_compare_target *target = &comparison->targets[i];

		if (target->statistics.received > 0 && !comparison->interrupted) {
			if (progress)
				fprintf(stderr, "\r\033[Kpath MTU%s of %s",
					comparison->throughput ? " and throughput" : "", target->name);
			relay_compare_path_mtu(target, comparison->port);
			if (comparison->throughput)
				relay_compare_throughput(target);
		}
		if (target->problem[0] != '\0')
			exit_code = RELAY_EXIT_FAILED;
	}
	if (progress)
		fputs("\r\033[K", stderr);
	return exit_code;
}

static int compare_and_print(struct relay_comparison *comparison, bool json)
{
	int exit_code = compare(comparison);

	if (json)
		relay_compare_print_json(comparison, exit_code);
	else
		relay_compare_print(comparison);
	return exit_code;
}

int relay_compare(const struct relay_command *command, const char *config, int argc, char **argv)
{
	const char *count = "20", *interval = "200", *port = NULL;
	bool json = false, iperf3 = false;
	const struct conf_option options[] = {
		{0, "count", "N", "rounds, one probe of each name in each [20]", .text = &count},
		{0, "interval", "MS", "milliseconds from one round to the next [200]", .text = &interval},
		{0, "port", "PORT", "connect to this TCP port instead of ICMP echo", .text = &port},
		{0, "iperf3", NULL, "also measure the throughput, with an iperf3 server there", .flag = &iperf3},
		RELAY_OPTION_JSON(&json),
	};
	struct relay_session session = {0};
	struct relay_comparison *comparison;
	unsigned number = 0;
	int exit_code = RELAY_EXIT_REFUSED;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), -1);
	(void)config;

	if (parsed < 0)
		return relay_options_exit(parsed);
	comparison = calloc(1, sizeof(*comparison));
	if (!comparison) {
		conf_report_add(&session.report, "out of memory");
	} else if (number_parse("count", count, 1, RELAY_COMPARE_ROUNDS_MAX, &comparison->rounds, &session.report) == 0 &&
		   number_parse("interval", interval, RELAY_COMPARE_INTERVAL_MIN_MS, INTERVAL_MAX_MS,
				&comparison->interval_ms, &session.report) == 0 &&
		   (!port || number_parse("port", port, 1, UINT16_MAX, &number, &session.report) == 0)) {
		comparison->port = (uint16_t)number;
		comparison->throughput = iperf3;
		if (iperf3 && !relay_compare_has_iperf3())
			conf_report_add(&session.report,
					"--iperf3: the program iperf3 cannot run: install it (apt install iperf3)");
		else if (names_resolve(comparison, argc - parsed, argv + parsed, &session.report) == 0)
			exit_code = compare_and_print(comparison, json);
	}
	free(comparison);
	return relay_session_close(&session, exit_code);
}
