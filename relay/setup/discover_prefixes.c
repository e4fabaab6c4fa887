/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prefix, pool and twins of init: as an option says, and where none does one that nothing on this machine uses. */
#include "relay/setup/discover.h"
#include "relay/setup/discover_parts.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "relay/host/choose.h"
#include "relay/host/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static void prefix_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix6 *prefix = &found->choice.prefix;
	char text[CONF_PREFIX_TEXT];
	uint8_t random[7];

	if (options->prefix) {
		if (conf_rfc6052_prefix_parse(options->prefix, prefix) != 0)
			conf_report_add(report,
					"--prefix %s: an IPv6 prefix without host bits is wanted, of length 32, 40, 48, 56, 64 or 96: "
					"fd64:9929::/96 for example",
					options->prefix);
		else
			relay_found_print("prefix", options->prefix, "as given");
		return;
	}
	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		conf_report_add(report, "the kernel gives no random numbers: %s", strerror(errno));
		return;
	}
	*prefix = relay_prefix_make(random);
	relay_found_print("prefix", conf_prefix6_print(prefix, text), "a random unique local prefix (RFC 4193)");
}

/* The networks that this machine uses, but those by the device, and those of the site, which routes need not name. 0, or -1. */
static int taken_gather(const struct relay_init_options *options, const char *device, struct relay_taken *taken,
			struct conf_report *report)
{
	struct conf_prefix4 reach;
	char by[CONF_PREFIX_TEXT + sizeof("--reach ")];

	for (size_t i = 0; i < options->reach.count; i++) {
		if (conf_prefix4_parse(options->reach.items[i], &reach) != 0)
			continue; /* discover_site.c refuses it */
		snprintf(by, sizeof(by), "--reach %s", options->reach.items[i]);
		if (relay_taken_add(taken, &reach, by) != 0)
			return -1;
	}
	return relay_machine_taken(device, taken, report);
}

static void pool_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix4 *pool = &found->choice.pool;
	struct relay_taken taken = {0};
	char text[CONF_PREFIX_TEXT];
	const char *by;

	if (taken_gather(options, NULL, &taken, report) != 0)
		goto out;
	if (!options->pool) {
		if (relay_pool_choose(&taken, pool))
			relay_found_print("pool", conf_prefix4_print(pool, text),
					  "the first private /20 that no route of this machine uses");
		else
			conf_report_add(report,
					"every /20 of private address space is in use here: give a free prefix with --pool");
	} else if (conf_prefix4_parse(options->pool, pool) != 0 || conf_prefix4_has_host_bits(pool)) {
		conf_report_add(report,
				"--pool %s: an IPv4 prefix without host bits is wanted, 192.168.240.0/20 for example",
				options->pool);
	} else if ((by = relay_taken_find(&taken, pool))) {
		conf_report_add(report, "--pool %s overlaps %s: choose another, or let init choose", options->pool, by);
	} else {
		relay_found_print("pool", options->pool, "as given; no route of this machine uses it");
	}
out:
	relay_taken_clear(&taken);
}

/* Length and overlaps with other settings are conf's to judge, when the file is read back. */
static void twin_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct relay_taken taken = {0};
	struct conf_prefix4 twin;
	const char *by;

	if (!options->twin || taken_gather(options, found->choice.overlay_interface, &taken, report) != 0)
		goto out;
	found->choice.twin = options->twin;
	if (conf_prefix4_parse(options->twin, &twin) != 0)
		conf_report_add(report, "--twin-prefix %s: an IPv4 prefix is wanted, 10.192.0.0/10 for example",
				options->twin);
	else if ((by = relay_taken_find(&taken, &twin)))
		conf_report_add(report, "--twin-prefix %s overlaps %s: choose another private range", options->twin, by);
	else
		relay_found_print("twin prefix", options->twin, "as given; no route of this machine uses it");
out:
	relay_taken_clear(&taken);
}

static void twin6_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix6 *twin6 = &found->choice.twin6;
	char text[CONF_PREFIX_TEXT];
	uint8_t random[7] = {0};

	if (options->twin6) {
		if (conf_prefix6_parse(options->twin6, twin6) != 0 || conf_prefix6_has_host_bits(twin6) ||
		    twin6->length == 0)
			conf_report_add(
				report,
				"--twin6-prefix %s: an IPv6 prefix without host bits is wanted, fd99:9929:1::/48 for example",
				options->twin6);
		else
			relay_found_print("twin6 prefix", options->twin6, "as given");
	} else if (relay_discovery_is_ip6_alone(options, found)) {
		if (getrandom(random, 5, 0) != 5) {
			conf_report_add(report, "the kernel gives no random numbers: %s", strerror(errno));
			return;
		}
		*twin6 = relay_prefix_make(random);
		twin6->length = 48;
		relay_found_print("twin6 prefix", conf_prefix6_print(twin6, text),
				  "a random unique local prefix: this tailnet has no IPv4");
	}
}

void relay_discover_prefixes(const struct relay_init_options *options, struct relay_discovery *found,
			     struct conf_report *report)
{
	prefix_find(options, found, report);
	pool_find(options, found, report);
	twin_find(options, found, report);
	twin6_find(options, found, report);
}
