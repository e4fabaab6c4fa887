/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translator and resolver as children of nat64-relay run. */
#ifndef RELAY_WATCH_DAEMONS_H
#define RELAY_WATCH_DAEMONS_H

#include "relay/host/child.h"

#include <stdbool.h>

struct conf_report;
struct conf_settings;

enum { RELAY_DAEMONS_MAX = 3, RELAY_DAEMON_TRANSLATOR = 0, RELAY_DAEMON_RESOLVER = 1, RELAY_DAEMON_HUNG_MS = 30000 };

/* All zero: there are none, and every function has nothing to do. */
struct relay_daemons {
	const struct conf_settings *settings; /* of the start: what they are started with cannot change meanwhile */
	struct relay_child children[RELAY_DAEMONS_MAX]; /* the translator first; a resolver only where there is an edge-address, the server of the page last */
	size_t count;
	char *environment; /* NAT64_RELAY_CONF=RUNTIME_DIR/relay.conf */
	char *relay_conf;  /* the same file: the settings in force */
	char *unbound_conf;
	const char *translator_argv[5];
	const char *resolver_argv[5];
	char *snapshot, *http_program, *http_user; /* copies: they may come by a reload, whose settings go at the next */
	const char *http_argv[4];
	size_t http; /* which of them serves the page; 0: none does */
};

/* Prepare how they are started; none runs yet. 0, or -1. */
int relay_daemons_describe(struct relay_daemons *daemons, const struct conf_settings *settings, struct conf_report *report);

/* Add the server of the page, once. 0, or -1 out of memory. */
int relay_daemons_http_add(struct relay_daemons *daemons, const struct conf_settings *settings);

/* Start every one that is due. */
void relay_daemons_start(sd_event *loop, struct relay_daemons *daemons);

/* One has not answered since `seen` (ms): end it when that is too long, so that it is started again. */
void relay_daemons_insist(struct relay_daemons *daemons, size_t which, uint64_t seen);

/* End them, and free what describes them. */
void relay_daemons_stop(sd_event *loop, struct relay_daemons *daemons);
void relay_daemons_clear(struct relay_daemons *daemons);

#endif
