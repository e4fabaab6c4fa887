/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay.conf that init writes. */
#ifndef RELAY_SETUP_TEMPLATE_H
#define RELAY_SETUP_TEMPLATE_H

#include "conf/address.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_report;
struct conf_words;

/* What init found and chose. Nothing here is owned. */
struct relay_choice {
	const struct conf_words *split_domains;
	const char *real_suffix;
	const struct conf_words *edge_addresses; /* text, checked */
	const struct conf_words *upstreams;      /* as upstream-dns takes them */
	struct conf_prefix6 prefix;
	struct conf_prefix4 pool;
	const char *twin;               /* as twin-prefix takes it; NULL: none */
	struct conf_prefix6 twin6;      /* length 0: none */
	const struct conf_words *reach; /* of a site, as allow-destination takes them; empty: no site */
	const char *lan_interface;      /* of a site */
	const char *overlay_interface;
	const char *tailscale_socket; /* NULL: the usual one */
	bool advertise_none;
};

/*
 * The whole file, with its comments, in memory that the caller frees; length gets its size.
 * It is read back by conf before it is returned: NULL, with conf's messages, when conf would refuse it.
 */
char *relay_template_print(const char *path, const struct relay_choice *choice, size_t *length, struct conf_report *report);

#endif
