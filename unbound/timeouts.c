/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "unbound-control lookup ZONE" tells what Unbound's infra cache has of each server of a zone:
 *
 *   192.0.2.1        	rto 752 msec, ttl 880, ping 0 var 94 rtt 376, tA 1, tAAAA 0, tother 0, EDNS 0 probed.
 *   192.0.2.2        	not in infra cache.
 *
 * rto is how long it waits next; a question that stays unanswered doubles it, and an answer makes it what rtt, the measured time, asks for or less. So a larger rto
 * means that the server did not answer last. (util/rtt.c; the same in 1.17 and 1.26.)
 */
#include "unbound/timeouts.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "unbound/control.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMAND_ROOM = 300 };

uint64_t unboundconf_timeouts_parse(const char *text)
{
	uint64_t sum = 0;

	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *rto = strstr(line, "rto "), *rtt = strstr(line, " rtt "), *end = line + strcspn(line, "\n");
		unsigned long waits, measured;

		if (!rto || rto >= end || !rtt || rtt >= end)
			continue;
		waits = strtoul(rto + sizeof("rto ") - 1, NULL, 10);
		measured = strtoul(rtt + sizeof(" rtt ") - 1, NULL, 10);
		if (waits <= measured)
			return 0; /* this one answers: one is enough */
		sum += waits;
	}
	return sum;
}

static uint64_t zone_ask(const struct conf_settings *settings, const char *zone)
{
	char command[COMMAND_ROOM], *text;
	uint64_t sum = 0;

	snprintf(command, sizeof(command), "lookup %s", zone);
	text = unboundconf_control_ask(settings, command, CONF_REPORT_DISCARD);
	if (text)
		sum = unboundconf_timeouts_parse(text);
	free(text);
	return sum;
}

uint64_t unboundconf_timeouts(const struct conf_settings *settings)
{
	const struct conf_dns *dns = &settings->dns;
	uint64_t sum = 0;

	for (size_t i = 0; i < dns->upstream_count; i++) {
		bool asked = false;

		for (size_t j = 0; j < i && !asked; j++)
			asked = strcmp(dns->upstreams[j].zone, dns->upstreams[i].zone) == 0;
		if (!asked)
			sum += zone_ask(settings, dns->upstreams[i].zone);
	}
	return sum;
}
