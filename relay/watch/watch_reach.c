/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the relay is for, in the loop: a job looks at the way out (relay/watch/reach.c) every two seconds; while that fails another one asks the other relays
 * (relay_others_run), and relay/watch/health.c decides. The routes follow as they follow health (relay/watch/watch_health.c).
 *
 * As long as all is well a look leaves the upstreams alone most of the time. A look that another relay waits for, and one while something is amiss, does not.
 *
 * Nothing is looked at while translator or resolver do not work, or tailscaled is away: that is judged elsewhere, and comes first. Each look is published for
 * /healthz at once, in a file of its own: another relay may wait for it.
 *
 * Another relay asks for a look by way of the page's server, which can open no socket, and writes to nothing but a FIFO that it has opened before it gave up
 * its privileges (http/snapshot.c). Whatever it writes says one thing. Both ends are open here: no end of file comes when the server restarts.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/log.h"
#include "conf/report.h"
#include "conf/http.h"
#include "conf/settings.h"
#include "relay/cli/print.h"
#include "relay/host/clock.h"
#include "relay/host/runtime.h"
#include "relay/show/hide_real.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* What is published, below the runtime folder. */
#define PUBLISHED "http/reach.json"

enum { LOOK_MS = 2000, AGAIN_MS = 200, DOUBT_MS = 1000, ASK_MS = 500, TAKE = 512 };

static bool is_wanted(const struct relay_watch *watch)
{
	const struct conf_settings *settings = watch->settings;

	return settings->node.probe_count > 0 || (!settings->node.advertise_none && settings->dns.upstream_count > 0);
}

static bool is_ready(const struct relay_watch *watch)
{
	return is_wanted(watch) && watch->health.judged.state == RELAY_HEALTH_HEALTHY && *watch->health.paused == '\0';
}

static bool is_asked(const struct relay_watch *watch)
{
	const struct relay_yield *yield = &watch->reach.yield;

	return !watch->settings->node.advertise_none && is_ready(watch) &&
	       (yield->yields || yield->reach.state == RELAY_HEALTH_UNHEALTHY);
}

static bool works(const struct relay_yield *yield)
{
	return yield->reach.state != RELAY_HEALTH_UNHEALTHY && !yield->yields;
}

/* For the server of the page; without it nobody asks. */
static void publish(const struct relay_watch *watch)
{
	const struct relay_watch_reach *reach = &watch->reach;
	char *why = relay_hide_real_text(watch->settings, reach->why);
	json_auto_t *object = json_pack("{s:i, s:b, s:b, s:s, s:I}", "version", 1, "works", works(&reach->yield),
					"reached", reach->last.good && !reach->yield.yields, "why", why ? why : "",
					"looked_ms", (json_int_t)reach->looked);
	char *text = json_dumps(object, JSON_COMPACT), *path = relay_runtime_path(watch->settings, PUBLISHED);

	if (watch->page.begun && text && path)
		relay_runtime_file_put(watch->settings, path, text, strlen(text), true, CONF_REPORT_DISCARD);
	free(path);
	free(text);
	free(why);
}

static void reach_log(struct relay_watch *watch)
{
	struct relay_watch_reach *reach = &watch->reach;
	struct conf_log_fields fields = {.count = 0};

	if (reach->yield.reach.state == RELAY_HEALTH_UNHEALTHY) {
		snprintf(reach->why, sizeof(reach->why), "%s", reach->last.why);
		conf_log_field(&fields, "NAT64_WHY=%s", reach->why);
		relay_print_event(LOG_WARNING, "REACH", &fields, "out of reach: %s", reach->why);
		relay_timer_set(watch->loop, &reach->ask_timer, 0);
	} else if (*reach->why != '\0') {
		relay_print_event(LOG_NOTICE, "REACH", NULL, "everything is reachable again");
		*reach->why = *reach->stays = '\0';
	}
}

/* The routes follow at once. */
static void yield_log(struct relay_watch *watch)
{
	struct relay_watch_reach *reach = &watch->reach;

	if (reach->yield.yields)
		relay_print_event(LOG_ERR, "REACH", NULL, "%s: the advertised routes are left to that relay",
				  reach->others.text);
	else if (works(&reach->yield))
		relay_print_event(LOG_NOTICE, "REACH", NULL, "the routes are advertised again");
	else
		relay_print_event(LOG_WARNING, "REACH", NULL, "the routes are advertised again, but out of reach: %s",
				  reach->others.primary || !reach->others.could ? reach->others.text :
										  "no peer uses another relay");
	*reach->stays = '\0';
	relay_timer_set(watch->loop, &watch->health.tailnet_timer, 0);
}

/* Another relay waits for a look: it comes as soon as the last one is a second old. */
static void request_heed(struct relay_watch *watch)
{
	uint64_t now = relay_clock_ms(), due = watch->reach.looked + DOUBT_MS;

	if (watch->reach.requested)
		relay_timer_hasten(watch->loop, &watch->reach.check_timer, due > now ? due - now : 0);
}

/* Root's, and the group of the daemons' user may write. -1 with errno. */
static int fifo_open(const char *path, const char *user)
{
	const struct passwd *entry = getpwnam(user);
	struct stat status;
	int fd;

	if (mkfifo(path, 0600) != 0 && errno != EEXIST)
		return -1;
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) && entry && fchown(fd, 0, entry->pw_gid) == 0 &&
	    fchmod(fd, 0620) == 0)
		return fd;
	close(fd);
	return -1;
}

static int request_read(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct relay_watch *watch = context;
	char octets[TAKE];

	(void)source;
	(void)events;
	while (read(fd, octets, sizeof(octets)) > 0)
		watch->reach.requested = true;
	request_heed(watch);
	return 0;
}

void relay_watch_reach_listen(struct relay_watch *watch)
{
	char *path = relay_runtime_path(watch->settings, "http/" CONF_SERVED_LOOK);
	int requests = path ? fifo_open(path, watch->settings->node.user) : -1;

	if (requests >= 0)
		sd_event_add_io(watch->loop, NULL, requests, EPOLLIN, request_read, watch);
	free(path);
}

static void check_collect(struct relay_watch *watch)
{
	struct relay_watch_reach *reach = &watch->reach;
	struct relay_reach look = {.upstreams = true, .why = "the upstream-dns and the probes do not answer in time"};
	uint64_t now = relay_clock_ms();

	if (!relay_job_is_over(&reach->checking, &look, sizeof(look)) || !is_ready(watch))
		return;
	reach->last = look;
	if (look.upstreams) {
		reach->looked = now;
		relay_timer_set(watch->loop, &reach->upstreams_timer, relay_reach_upstreams_period(watch->settings));
	}
	if (relay_yield_reach_note(&reach->yield, look.good, now))
		reach_log(watch);
	if (!look.good && reach->yield.reach.bad == 1)
		relay_timer_set(watch->loop, &watch->health.tailnet_timer, 0); /* is it tailscaled that is away? */
	publish(watch);
	relay_timer_set(watch->loop, &reach->check_timer,
			!works(&reach->yield) ? DOUBT_MS :
			look.good             ? LOOK_MS :
						AGAIN_MS);
	request_heed(watch);
}

static void others_collect(struct relay_watch *watch)
{
	struct relay_watch_reach *reach = &watch->reach;
	struct relay_others others = {.text = "the other relays do not answer in time"};

	if (!relay_job_is_over(&reach->asking, &others, sizeof(others)) || !is_asked(watch))
		return;
	reach->others = others;
	relay_timer_set(watch->loop, &reach->ask_timer, reach->yield.yields ? DOUBT_MS : ASK_MS);
	if (others.waiting)
		return;
	if (relay_yield_others_note(&reach->yield, others.could, others.primary, relay_clock_ms())) {
		yield_log(watch);
		publish(watch);
	} else if (!reach->yield.yields && strcmp(reach->stays, others.text) != 0) {
		snprintf(reach->stays, sizeof(reach->stays), "%s", others.text);
		relay_print_event(LOG_WARNING, "REACH", NULL, "the routes stay advertised: %s", others.text);
	}
}

static void check_begin(struct relay_watch *watch)
{
	struct relay_watch_reach *reach = &watch->reach;
	const struct relay_reach_job job = {.settings = watch->settings,
					    .upstreams = reach->requested || !reach->last.good || !works(&reach->yield) ||
							 relay_timer_is_due(reach->upstreams_timer),
					    .timeouts = reach->last.timeouts};

	if (relay_job_start(watch->loop, &reach->checking, relay_reach_run, &job, sizeof(struct relay_reach),
			    RELAY_REACH_MS) == 0)
		reach->requested = false;
	else
		relay_timer_set(watch->loop, &reach->check_timer, DOUBT_MS);
}

static void jobs_begin(struct relay_watch *watch)
{
	struct relay_watch_reach *reach = &watch->reach;
	const struct relay_others_job job = {
		.settings = watch->settings, .since = reach->yield.reach.fell, .look = !reach->yield.yields};

	if (is_ready(watch) && relay_timer_is_due(reach->check_timer) && reach->checking.pid == 0)
		check_begin(watch);
	if (is_asked(watch) && relay_timer_is_due(reach->ask_timer) && reach->asking.pid == 0 &&
	    relay_job_start(watch->loop, &reach->asking, relay_others_run, &job, sizeof(struct relay_others),
			    RELAY_OTHERS_MS) != 0)
		relay_timer_set(watch->loop, &reach->ask_timer, DOUBT_MS);
}

void relay_watch_reach(struct relay_watch *watch)
{
	check_collect(watch);
	others_collect(watch);
	if (relay_yield_decide(&watch->reach.yield, relay_clock_ms())) {
		yield_log(watch);
		publish(watch);
	}
	jobs_begin(watch);
}

void relay_watch_reach_renew(struct relay_watch *watch)
{
	struct relay_watch_reach *reach = &watch->reach;

	relay_job_stop(&reach->checking);
	relay_job_stop(&reach->asking);
	reach->yield.reach.bad = 0;
	relay_timer_set(watch->loop, &reach->check_timer, 0);
	relay_timer_set(watch->loop, &reach->ask_timer, 0);
	relay_timer_set(watch->loop, &reach->upstreams_timer, 0);
}

json_t *relay_watch_reach_make(const struct relay_watch *watch)
{
	const struct relay_watch_reach *reach = &watch->reach;
	const char *note = reach->yield.yields ? reach->others.text : reach->stays;

	if (!is_wanted(watch))
		return json_null();
	return json_pack("{s:s, s:s, s:b, s:s}", "state", relay_health_text(reach->yield.reach.state), "why",
			 reach->why, "yields", reach->yield.yields, "others", note);
}
