/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translator and resolver as children of nat64-relay run: relay/host/child.c looks after each, this file knows what they are. One that
 * lives and does not answer for long is ended by force: it starts again as one that died.
 */
#include "relay/watch/daemons.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "relay/host/clock.h"
#include "relay/host/loop.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"
#include "relay/show/snapshot.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

int relay_daemons_describe(struct relay_daemons *daemons, const struct conf_settings *settings, struct conf_report *report)
{
	*daemons = (struct relay_daemons){.settings = settings,
					  .unbound_conf = relay_runtime_path(settings, "unbound.conf"),
					  .relay_conf = relay_runtime_path(settings, "relay.conf")};
	if (asprintf(&daemons->environment, "NAT64_RELAY_CONF=%s/relay.conf", settings->node.runtime_dir) < 0)
		daemons->environment = NULL;
	if (!daemons->unbound_conf || !daemons->relay_conf || !daemons->environment)
		return conf_report_add(report, "out of memory");
	memcpy(daemons->translator_argv,
	       (const char *[]){settings->node.translator_program, "--nodetach", "-c", daemons->relay_conf, NULL},
	       sizeof(daemons->translator_argv));
	memcpy(daemons->resolver_argv,
	       (const char *[]){settings->node.unbound_program, "-d", "-c", daemons->unbound_conf, NULL},
	       sizeof(daemons->resolver_argv));
	relay_child_init(&daemons->children[daemons->count++], "nat64d", daemons->translator_argv, daemons->environment);
	if (settings->dns.edge_address_count > 0)
		relay_child_init(&daemons->children[daemons->count++], "unbound", daemons->resolver_argv,
				 daemons->environment);
	return 0;
}

static void http_free(struct relay_daemons *daemons)
{
	free(daemons->snapshot);
	free(daemons->http_program);
	free(daemons->http_user);
}

int relay_daemons_http_add(struct relay_daemons *daemons, const struct conf_settings *settings)
{
	if (daemons->http > 0)
		return 0;
	http_free(daemons);
	daemons->snapshot = relay_runtime_path(settings, RELAY_SNAPSHOT_NAME);
	daemons->http_program = strdup(settings->node.http_program);
	daemons->http_user = strdup(settings->node.user);
	if (!daemons->snapshot || !daemons->http_program || !daemons->http_user)
		return -1;
	memcpy(daemons->http_argv, (const char *[]){daemons->http_program, daemons->snapshot, daemons->http_user, NULL},
	       sizeof(daemons->http_argv));
	daemons->http = daemons->count++;
	relay_child_init(&daemons->children[daemons->http], "nat64-relay-http", daemons->http_argv, daemons->environment);
	return 0;
}

void relay_daemons_start(sd_event *loop, struct relay_daemons *daemons)
{
	bool started = false;

	for (size_t i = 0; i < daemons->count; i++) {
		struct relay_child *child = &daemons->children[i];

		if (child->pid != 0 || !relay_timer_is_due(child->timer))
			continue;
		relay_runtime_settle(daemons->settings,
				     CONF_REPORT_DISCARD); /* what stands in its socket's place would keep it from starting */
		if (relay_child_start(loop, child) != 0) {
			relay_print_event(LOG_ERR, "DAEMON", NULL, "cannot start %s: %s", child->name, strerror(errno));
			continue;
		}
		started = true;
		if (child->restarts > 0)
			relay_print_event(LOG_WARNING, "DAEMON", NULL, "started %s again (restart %u, pid %d)",
					  child->name, child->restarts, (int)child->pid);
	}
	if (started)
		relay_runtime_children_remember(daemons->settings, daemons->children, daemons->count, CONF_REPORT_DISCARD);
}

void relay_daemons_insist(struct relay_daemons *daemons, size_t which, uint64_t seen)
{
	const struct relay_child *child = &daemons->children[which];

	if (which >= daemons->count || child->pid == 0 || (daemons->http > 0 && which == daemons->http))
		return;
	if (seen < child->started)
		seen = child->started;
	if (relay_clock_ms() - seen < RELAY_DAEMON_HUNG_MS)
		return;
	relay_print_event(LOG_ERR, "DAEMON", NULL, "%s (pid %d) has not answered for %d s: killing it", child->name,
			  (int)child->pid, RELAY_DAEMON_HUNG_MS / 1000);
	kill(child->pid, SIGKILL);
}

void relay_daemons_stop(sd_event *loop, struct relay_daemons *daemons)
{
	relay_children_stop(loop, daemons->children, daemons->count);
}

void relay_daemons_clear(struct relay_daemons *daemons)
{
	free(daemons->environment);
	free(daemons->unbound_conf);
	free(daemons->relay_conf);
	http_free(daemons);
	*daemons = (struct relay_daemons){.count = 0};
}
