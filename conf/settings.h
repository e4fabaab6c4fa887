/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of one relay: what relay.conf says, completed by the defaults. Read-only once read. */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "conf/common.h"
#include "conf/dns.h"
#include "conf/node.h"
#include "conf/report.h"
#include "conf/translation.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_settings {
	char *file; /* the path that was read, for messages */
	struct conf_common common;
	struct conf_dns dns;
	struct conf_translation translation;
	struct conf_node node;
	struct conf_report notices; /* what is not wrong, and yet to be said */
	unsigned *lines;            /* for each directive of the table the line it first stood on, 0 when it did not */
};

/* True when the file holds a split domain: then this is a relay, closed by default, and not TAYGA's open translator. */
bool conf_settings_is_relay(const struct conf_settings *settings);

/*
 * True when Unbound loads our module: for the names of split domains, and in a gateway for the TTLs of what dns64 makes. A gateway without split
 * domains does without the module where unbound-program names another Unbound than ours, unless unbound-module names the one built for it.
 */
bool conf_settings_loads_module(const struct conf_settings *settings);

/*
 * True when the translator asks where an ICMPv6 error comes from (nat64/core/sender.c): in a relay, and in a gateway with allow-source. False elsewhere,
 * as in TAYGA's open translator, and without an ipv6-addr, which the guard puts into the errors of this machine's kernel.
 */
bool conf_settings_vets_errors(const struct conf_settings *settings);

/* The line on which the file first has the directive; 0 when it has not. */
unsigned conf_settings_line(const struct conf_settings *settings, const char *keyword);

/* True when the file itself has the directive. */
bool conf_settings_has(const struct conf_settings *settings, const char *keyword);

/* Is an address the pool's, although a map contains it as well? The longer prefix counts, and that of the pool may be the longer one. */
bool conf_settings_pool_precedes(const struct conf_settings *settings, const struct conf_map *map, struct in_addr address);

/* Is the split domain its own real suffix (same-name relaying)? */
bool conf_split_domain_is_same(const struct conf_split_domain *domain);

/* The first prefix that serves a split domain; NULL when there is none. */
const struct conf_prefix6 *conf_settings_prefix_of(const struct conf_settings *settings, const char *split);

/* Is the prefix of that index one of those a split domain is answered in? Those tied to it are, or else all tied to none. */
bool conf_settings_prefix_serves(const struct conf_settings *settings, size_t index, const char *split);

/* Does a route that is advertised hold a prefix of the settings, the twin's among them, or a part of one? */
bool conf_settings_advertise_own(const struct conf_settings *settings, const struct conf_prefix *route);

void conf_settings_free(struct conf_settings *settings);

#endif
