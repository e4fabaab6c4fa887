/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one client may do, so that the others keep their share: see man/relay.conf.5, client-limit.
 *
 * The defaults are far above what a machine does that means well, and below what takes the relay from the others:
 * packets      a queue of the device holds 500, and a client that fills it leaves no room for the others. Packets that the kernel has merged
 *              (TCP, and datagrams where the overlay merges them) count as one, so that a bulk transfer is some thousands a second.
 * fragments    the kernel keeps each for two seconds (kernel/items.c) in a memory that all share.
 * connections  each takes two entries of conntrack's table, which has 65536 on a machine of 1 GB, and one of 60000 ports to its target.
 * new-connections  the kernel walks through a client's connections when it counts them: 4096 are some 0.4 ms for each new one.
 */
#include "conf/store.h"

#include "conf/lines.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <stddef.h>
#include <string.h>

#define LIMIT_MAX 10000000

/* What a client-limit may be about. */
static const struct limit {
	const char *word;
	size_t offset; /* in struct conf_limits */
	unsigned fallback;
} limits[] = {
	{"packets", offsetof(struct conf_limits, packets), 10000},
	{"fragments", offsetof(struct conf_limits, fragments), 1000},
	{"connections", offsetof(struct conf_limits, connections), 4096},
	{"new-connections", offsetof(struct conf_limits, fresh), 500},
};
enum { LIMITS = sizeof(limits) / sizeof(*limits) };

static unsigned *limit_of(struct conf_settings *settings, size_t index)
{
	return (unsigned *)((char *)&settings->translation.limits + limits[index].offset);
}

int conf_store_client_limit(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	size_t i = 0;

	while (i < LIMITS && strcmp(line->words[1], limits[i].word))
		i++;
	if (i == LIMITS)
		return CONF_REFUSE("\"%s\" cannot be limited: client-limit takes packets, fragments, "
				   "connections or new-connections",
				   line->words[1]);
	if (settings->translation.limits.said & 1u << i)
		return CONF_REFUSE("a second client-limit %s: remove one of the lines", limits[i].word);
	if (conf_number_parse(line->words[2], 0, LIMIT_MAX, limit_of(settings, i)) < 0)
		return CONF_REFUSE("\"%s\" is not a number from 0 to %u, which client-limit takes", line->words[2],
				   LIMIT_MAX);
	settings->translation.limits.said |= 1u << i;
	return 0;
}

bool conf_complete_client_limit(struct conf_settings *settings)
{
	for (size_t i = 0; i < LIMITS && conf_settings_is_relay(settings); i++)
		if (!(settings->translation.limits.said & 1u << i))
			*limit_of(settings, i) = limits[i].fallback;
	return true;
}

bool conf_complete_dns_rate_limit(struct conf_settings *settings)
{
	if (conf_settings_is_relay(settings) && !conf_settings_has(settings, "dns-rate-limit"))
		settings->dns.resolver.rate_limit = 1000;
	return true;
}
