/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What init is told, finds and chooses, one value after the other. */
#ifndef RELAY_SETUP_DISCOVER_H
#define RELAY_SETUP_DISCOVER_H

#include "relay/cli/options.h"
#include "relay/setup/template.h"

#include <stdbool.h>

struct conf_report;

/* The command line of init: NULL and empty for what was not given. */
struct relay_init_options {
	struct conf_words split_domains, edge_addresses, upstreams, reach;
	const char *site, *lan_interface, *real_suffix, *prefix, *twin, *twin6, *pool, *overlay_interface, *socket;
	bool no_tailscale, force;
};

/* What was found; holds the memory that the choice points into. */
struct relay_discovery {
	struct relay_choice choice;
	struct conf_words edge_addresses, upstreams;
	char *texts[20];
	size_t text_count;
};

/*
 * Complete the choice: from the options, else from tailscaled and the kernel, else by choosing. Prints a line for each with
 * where it is from. 0, or -1 with a line for each thing that is missing or wrong. The caller clears it in both cases.
 */
int relay_discover(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report);

void relay_discovery_clear(struct relay_discovery *found);

#endif
