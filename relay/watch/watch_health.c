/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Health, and what follows from it: while this relay works its routes are advertised, while it does not they are withdrawn, so that the
 * control plane sends clients to another one. The same follows from what another relay reaches and this one does not (relay/watch/watch_reach.c). They are advertised for the first time when it has answered for the first time.
 *
 * Two jobs at most are under way: one asks translator and resolver, one tailscaled. A tailscaled that is stopped, logged out or gone is
 * the user's affair or a restart: nothing is judged meanwhile, which is logged once. The node's addresses and suffix in tailscaled are compared with
 * relay.conf: after a change the log names the line that is no longer true, or a reload follows where the line says auto.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "conf/log.h"
#include "relay/host/clock.h"
#include "relay/setup/next_steps.h"
#include "relay/host/machine.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { STARTING_MS = 200, DOUBT_MS = 1000, PROBE_MS = 5000, TAILNET_MS = 3000, PATIENCE_MS = 20000 };

static bool is_paused(const struct relay_watch *watch)
{
	return *watch->health.paused != '\0';
}

static void routes_print(const struct conf_settings *settings, char *text, size_t size)
{
	char prefix[CONF_PREFIX_TEXT];

	text[0] = '\0';
	for (size_t i = 0; i < settings->node.advertised_count; i++)
		snprintf(text + strlen(text), size - strlen(text), "%s%s", i > 0 ? ", " : "",
			 conf_prefix_print(&settings->node.advertised[i], prefix));
}

/* Both answer, and the routes are advertised: log it once. */
static void ready_log(struct relay_watch *watch)
{
	if (watch->health.ready || watch->health.judged.state != RELAY_HEALTH_HEALTHY ||
	    !(watch->settings->node.advertise_none || watch->health.offered))
		return;
	watch->health.ready = true;
	relay_print_event(LOG_INFO, "START", NULL, "ready after %.1f s", (double)(relay_clock_ms() - watch->begun) / 1000);
	sd_notify(0, "READY=1\nSTATUS=The relay works.");
	if (!watch->carries_on)
		relay_next_steps_print(watch->settings);
	fflush(stdout);
}

static void health_log(struct relay_watch *watch)
{
	bool routes = !watch->settings->node.advertise_none;
	struct conf_log_fields fields = {.count = 0};

	if (watch->health.judged.state == RELAY_HEALTH_UNHEALTHY) {
		conf_log_field(&fields, "NAT64_WHY=%s", watch->health.probe.why);
		relay_print_event(
			LOG_ERR, "UNHEALTHY", &fields, "unhealthy: %s%s", watch->health.probe.why,
			routes ? "; the advertised routes are withdrawn until it is healthy, so that clients use another relay" :
				 "");
		sd_notifyf(0, "STATUS=Unhealthy: %s", watch->health.probe.why);
	} else if (watch->health.ready) {
		relay_print_event(LOG_NOTICE, "HEALTHY", NULL, "healthy again%s",
				  routes ? ": the routes are advertised" : "");
		sd_notify(0, "STATUS=The relay works.");
	}
	relay_timer_set(watch->loop, &watch->health.tailnet_timer, 0);
}

static void impatience_log(struct relay_watch *watch)
{
	if (watch->health.ready || watch->health.impatient || is_paused(watch) ||
	    relay_clock_ms() - watch->begun < PATIENCE_MS)
		return;
	watch->health.impatient = true;
	if (*watch->health.probe.why != '\0')
		relay_print_event(LOG_WARNING, "UNHEALTHY", NULL, "not ready yet: %s; see its log",
				  watch->health.probe.why);
	else
		relay_print_event(LOG_WARNING, "UNHEALTHY", NULL, "not ready yet: %s",
				  *watch->health.tailnet.why != '\0' ? watch->health.tailnet.why : "no answer yet");
}

/* Not our failure, and clients notice it all the same: printed once, and not of a resolver that began to listen between both questions. */
static void udp_log(struct relay_watch *watch)
{
	bool missed;

	watch->health.tcp_alone = watch->health.probe.tcp_alone ? watch->health.tcp_alone + 1 : 0;
	missed = watch->health.tcp_alone >= 2;
	if (watch->health.udp_missed == missed)
		return;
	watch->health.udp_missed = missed;
	if (missed)
		relay_print_event(LOG_WARNING, "UDP", NULL,
				  "the resolver answers over TCP, but not over UDP: a firewall drops UDP port 53; see "
				  "nat64-relay check");
	else if (watch->health.probe.resolver)
		relay_print_event(LOG_NOTICE, "UDP", NULL, "the resolver answers over UDP again");
}

/* What the guard's absence does to the rest explains nothing. */
static void guard_why(struct relay_watch *watch)
{
	if (*watch->repair.guard != '\0')
		snprintf(watch->health.probe.why, sizeof(watch->health.probe.why), "%s", watch->repair.guard);
}

/* Then the resolver begins anew, maybe on other addresses: what is found meanwhile says nothing of its health. */
static bool reload_is_at_work(const struct relay_watch *watch)
{
	int lock = relay_runtime_try_reload(watch->settings);

	if (lock >= 0)
		close(lock);
	return lock == RELAY_RUNTIME_BUSY && !watch->reload_hangs;
}

static void probe_judge(struct relay_watch *watch)
{
	uint64_t now = relay_clock_ms();
	bool healthy = watch->health.probe.translator && watch->health.probe.resolver && *watch->repair.guard == '\0';

	if (watch->health.probe.translator)
		watch->health.translator_seen = now;
	if (watch->health.probe.resolver || !watch->health.probe.here)
		watch->health.resolver_seen = now;
	relay_daemons_insist(&watch->daemons, RELAY_DAEMON_TRANSLATOR, watch->health.translator_seen);
	relay_daemons_insist(&watch->daemons, RELAY_DAEMON_RESOLVER, watch->health.resolver_seen);
	udp_log(watch);
	if (is_paused(watch) || (!healthy && reload_is_at_work(watch)))
		return;
	if (relay_health_note(&watch->health.judged, healthy, now))
		health_log(watch);
}

void relay_watch_health_renew(struct relay_watch *watch)
{
	relay_job_stop(&watch->health.probing);
	watch->pulse.unanswered = 0;
	relay_watch_reach_renew(watch);
	watch->health.judged.bad = 0;
	relay_timer_set(watch->loop, &watch->health.probe_timer, 0);
	relay_timer_set(watch->loop, &watch->health.tailnet_timer, 0);
}

/* Often while it starts and while there is a doubt, else every few seconds. */
static unsigned probe_pause(const struct relay_watch *watch)
{
	if (watch->health.judged.state == RELAY_HEALTH_STARTING && relay_clock_ms() - watch->begun < PATIENCE_MS &&
	    !is_paused(watch))
		return STARTING_MS;
	return watch->health.judged.bad > 0 || watch->health.judged.state != RELAY_HEALTH_HEALTHY ? DOUBT_MS : PROBE_MS;
}

/* A translator that has stopped is no matter of three looks. */
static void pulse_judge(struct relay_watch *watch)
{
	if (relay_watch_pulse(watch) && relay_health_fall(&watch->health.judged, relay_clock_ms())) {
		watch->health.probe.translator = false;
		relay_timer_set(watch->loop, &watch->health.probe_timer, 0);
		health_log(watch);
	}
}

/* Nor is a relay without its guard: the routes go at once. */
static void guard_judge(struct relay_watch *watch)
{
	guard_why(watch);
	if (*watch->repair.guard != '\0' && relay_health_fall(&watch->health.judged, relay_clock_ms())) {
		relay_timer_set(watch->loop, &watch->health.probe_timer, 0);
		health_log(watch);
	}
}

static void probe_collect(struct relay_watch *watch)
{
	struct relay_probe probe = {.here = true, .why = "no answer in time"};

	if (!relay_job_is_over(&watch->health.probing, &probe, sizeof(probe)))
		return;
	watch->health.probe = probe;
	guard_why(watch);
	probe_judge(watch);
	relay_timer_set(watch->loop, &watch->health.probe_timer, probe_pause(watch));
}

/* Is the edge address one of tailscaled's? True as well when it has none of that family. */
static bool edge_is_true(const struct relay_tailnet_poll *look, const struct conf_address *edge, char *instead)
{
	bool has_family = false;

	for (unsigned i = 0; i < look->node.address_count; i++) {
		const struct conf_address *own = &look->node.addresses[i];
		size_t size = own->family == AF_INET ? sizeof(own->v4) : sizeof(own->v6);

		if (own->family != edge->family)
			continue;
		if (memcmp(&own->v6, &edge->v6, size) == 0)
			return true;
		has_family = true;
		relay_machine_address_print(own, instead);
	}
	return !has_family;
}

static void edges_compare(const struct relay_watch *watch, char *text, size_t size)
{
	const struct conf_settings *settings = watch->settings;
	char edge[INET6_ADDRSTRLEN], instead[INET6_ADDRSTRLEN];

	if (watch->health.probe.here)
		return; /* this machine has them all */
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (!(settings->dns.edge_auto > 0 &&
		      conf_tailnet_has(&settings->node.tailnet, &settings->dns.edge_addresses[i])) &&
		    !edge_is_true(&watch->health.tailnet, &settings->dns.edge_addresses[i], instead))
			snprintf(text + strlen(text), size - strlen(text), "edge-address %s is %s now; ",
				 relay_machine_address_print(&settings->dns.edge_addresses[i], edge), instead);
}

/* Names of a tailnet end in .ts.net at Tailscale, and in what its owner likes with headscale: there only a change can be seen. */
static bool suffix_is_stale(const struct relay_watch *watch, const char *real)
{
	const char *suffix = watch->health.tailnet.node.suffix;
	size_t length = strlen(real), own = strlen(suffix);

	if (*suffix == '\0' || strcasecmp(real, suffix) == 0)
		return false;
	if (*watch->health.suffix != '\0' && strcasecmp(real, watch->health.suffix) == 0)
		return true;
	return length > 7 && own > 7 && strcasecmp(real + length - 7, ".ts.net") == 0 &&
	       strcasecmp(suffix + own - 7, ".ts.net") == 0;
}

static void suffixes_compare(struct relay_watch *watch, char *text, size_t size)
{
	const struct conf_settings *settings = watch->settings;

	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const struct conf_split_domain *domain = &settings->dns.split_domains[i];

		if (strcasecmp(domain->real, watch->health.tailnet.node.suffix) == 0)
			snprintf(watch->health.suffix, sizeof(watch->health.suffix), "%s", domain->real);
		else if (!domain->is_auto && suffix_is_stale(watch, domain->real))
			snprintf(text + strlen(text), size - strlen(text),
				 "line %u: split-domain %s %s: the tailnet's suffix is %s now; ", domain->line,
				 domain->split, domain->real, watch->health.tailnet.node.suffix);
	}
}

/* What of relay.conf is no longer true: logged when it differs from the last one. */
static void mismatch_log(struct relay_watch *watch)
{
	char text[sizeof(watch->health.mismatch)] = "";

	edges_compare(watch, text, sizeof(text));
	suffixes_compare(watch, text, sizeof(text));
	if (strcmp(text, watch->health.mismatch) == 0)
		return;
	memcpy(watch->health.mismatch, text, sizeof(text));
	if (*text != '\0')
		relay_print_event(LOG_WARNING, "SETTINGS", NULL,
				  "%s is no longer true: %scorrect it, then: nat64-relay reload", watch->settings->file,
				  text);
}

static void pause_set(struct relay_watch *watch, const char *why)
{
	if (strcmp(watch->health.paused, why) == 0)
		return;
	if (*why != '\0')
		relay_print_event(LOG_NOTICE, "WAIT", NULL, "waiting: %s", why);
	else
		relay_print_event(LOG_INFO, "WAIT", NULL, "tailscaled is up");
	snprintf(watch->health.paused, sizeof(watch->health.paused), "%s", why);
	relay_timer_set(watch->loop, &watch->health.probe_timer, 0);
}

static void routes_log(struct relay_watch *watch, bool first)
{
	char routes[400], text[440];
	struct conf_log_fields fields = {.count = 0};

	routes_print(watch->settings, routes, sizeof(routes));
	conf_log_field(&fields, "NAT64_ITEM=%s", routes);
	if (watch->health.tailnet.request == RELAY_TAILNET_WITHDRAW)
		relay_print_event(LOG_WARNING, "ROUTES", &fields, "withdrawn: %s", routes);
	else if (first)
		relay_print_event(LOG_NOTICE, "ROUTES", &fields, "advertised: %s", routes);
	else {
		snprintf(text, sizeof(text), "advertised route %s", routes);
		relay_repair_log(&watch->repair, RELAY_REPAIR_ADVERTISED, text, "it was gone", relay_clock_ms());
	}
}

/* It does not work, or another relay reaches what this one does not. */
static bool is_to_withdraw(const struct relay_watch *watch)
{
	return watch->health.judged.state == RELAY_HEALTH_UNHEALTHY || watch->reach.yield.yields;
}

/* Look, advertise or withdraw: by health and by what is. */
static enum relay_tailnet_request request_of(struct relay_watch *watch)
{
	char routes[400], text[440];

	if (is_paused(watch) || !watch->health.known)
		return RELAY_TAILNET_POLL;
	if (is_to_withdraw(watch))
		return watch->health.tailnet.any ? RELAY_TAILNET_WITHDRAW : RELAY_TAILNET_POLL;
	if (watch->health.judged.state != RELAY_HEALTH_HEALTHY || watch->health.tailnet.all)
		return RELAY_TAILNET_POLL;
	routes_print(watch->settings, routes, sizeof(routes));
	snprintf(text, sizeof(text), "advertised route %s", routes);
	return relay_backoff_permits(&watch->repair.backoff, text, relay_clock_ms()) ? RELAY_TAILNET_ADVERTISE :
										       RELAY_TAILNET_POLL;
}

static void tailnet_judge(struct relay_watch *watch)
{
	const struct relay_tailnet_poll *look = &watch->health.tailnet;

	if (watch->settings->node.advertise_none) {
		if (look->up)
			relay_watch_resolved(watch);
		return;
	}
	watch->health.known = look->up && !look->failed;
	if (look->failed && !watch->health.tailnet_failed)
		relay_print_event(LOG_ERR, "ROUTES", NULL, "tailscaled refuses: %s", look->why);
	watch->health.tailnet_failed = look->failed;
	pause_set(watch, look->up ? "" : look->why);
	if (!watch->health.known)
		return;
	if (look->changed)
		routes_log(watch, !watch->health.offered);
	if (look->request == RELAY_TAILNET_WITHDRAW)
		watch->health.offered = false;
	else if (look->all && watch->health.judged.state == RELAY_HEALTH_HEALTHY)
		watch->health.offered = true;
	watch->health.withdrawn = !look->any && is_to_withdraw(watch);
	relay_watch_resolved(watch);
	mismatch_log(watch);
}

static void tailnet_collect(struct relay_watch *watch)
{
	struct relay_tailnet_poll look = {.why = "tailscaled does not answer"};

	if (!relay_job_is_over(&watch->health.asking, &look, sizeof(look)))
		return;
	watch->health.tailnet = look;
	tailnet_judge(watch);
	relay_timer_set(watch->loop, &watch->health.tailnet_timer,
			request_of(watch) != RELAY_TAILNET_POLL ? 0 : TAILNET_MS);
}

/* Is there anything to ask tailscaled? */
static bool is_asked(const struct conf_settings *settings)
{
	return !settings->node.advertise_none || conf_tailnet_is_followed(settings);
}

static void jobs_begin(struct relay_watch *watch)
{
	if (relay_timer_is_due(watch->health.probe_timer) && watch->health.probing.pid == 0 &&
	    relay_job_start(watch->loop, &watch->health.probing, relay_probe_run, watch->settings,
			    sizeof(struct relay_probe), RELAY_PROBE_MS) != 0)
		relay_timer_set(watch->loop, &watch->health.probe_timer, DOUBT_MS);
	if (is_asked(watch->settings) && relay_timer_is_due(watch->health.tailnet_timer) && watch->health.asking.pid == 0) {
		struct relay_tailnet_job job = {watch->settings, request_of(watch), !watch->health.offered};

		if (relay_job_start(watch->loop, &watch->health.asking, relay_tailnet_poll, &job,
				    sizeof(struct relay_tailnet_poll), RELAY_TAILNET_MS) != 0)
			relay_timer_set(watch->loop, &watch->health.tailnet_timer, DOUBT_MS);
	}
}

void relay_watch_health(struct relay_watch *watch)
{
	guard_judge(watch);
	pulse_judge(watch);
	probe_collect(watch);
	tailnet_collect(watch);
	jobs_begin(watch);
	ready_log(watch);
	impatience_log(watch);
}
