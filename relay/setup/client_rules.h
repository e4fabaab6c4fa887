/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client of the relay has to tell another program that takes over its names and routes: mihomo, sing-box. */
#ifndef RELAY_SETUP_CLIENT_RULES_H
#define RELAY_SETUP_CLIENT_RULES_H

#include "conf/prefix.h"

#include <stddef.h>
#include <stdio.h>

enum { RELAY_CLIENT_RULES_MAX = 64 };

struct relay_client_rules {
	const char *domains[RELAY_CLIENT_RULES_MAX]; /* split domains, without the trailing dot */
	size_t domain_count;
	struct conf_prefix prefixes[RELAY_CLIENT_RULES_MAX]; /* what their addresses lie in */
	size_t prefix_count;
	struct conf_prefix resolver; /* one address: who is asked for their names */
	const char *interface;       /* of the tailnet, on the client */
};

/* Write lines for mihomo's configuration (YAML), or an object for sing-box's (JSON, its version 1.12 and later). 0, or -1 where memory ran out. */
typedef int relay_client_rules_write(const struct relay_client_rules *rules, FILE *stream);
relay_client_rules_write relay_client_rules_mihomo, relay_client_rules_sing_box;

#endif
