/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of run and watch: one code path. It sleeps until a signal, a netlink event, the end of a job or of a child, a line of a
 * child's log, or a timer; then each part of it does what is due.
 *
 * Everything in it is quick: what has to wait for others (tailscaled, resolver, translator) is done by jobs (relay/host/job.c), so that
 * a route that was taken away is put back at once, even while another program hangs. Events are collected for a moment, since they come in bursts, and one
 * reconciliation then compares everything. An event is only the reason to compare: when events were lost, or there are no sockets, a thorough
 * reconciliation every ten seconds finds the same. All times are of the monotonic clock, so that setting the wall clock does no harm; after a sleep
 * everything is compared at once (relay/watch/watch_clock.c). Nothing is kept in memory that the next start would miss: it compares what is there.
 *
 * Its state is a file, for status and metrics: written when it has changed, whole or not at all. It holds times of the monotonic
 * clock, which all processes of a machine share. When it cannot be written (a full disk) watch goes on without.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/settings.h"
#include "kernel/monitor.h"
#include "nftables/monitor.h"
#include "relay/host/clock.h"
#include "relay/cli/command.h"
#include "relay/cli/print.h"
#include "conf/file.h"
#include "conf/report.h"
#include "relay/ask/watch_state.h"
#include "relay/host/runtime.h"

#include <errno.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum { BURST_MS = 100, JOBS = 9, DATAGRAM_ROOM = 32768 };

/* In the new process: never returns. */
static _Noreturn void reload_become(const struct relay_watch *watch)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	unsetenv("NOTIFY_SOCKET");
	execl("/proc/self/exe", "nat64-relay", "-c", watch->file, "reload", (char *)NULL);
	fprintf(stderr, "nat64-relay: cannot start a reload: %s\n", strerror(errno));
	_exit(RELAY_EXIT_FAILED);
}

static int reload_end(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct relay_watch *watch = context;

	(void)source;
	(void)info;
	watch->reload = sd_event_source_unref(watch->reload);
	relay_timer_set(watch->loop, &watch->reconcile_timer, 0);
	return 0;
}

static void reload_start(struct relay_watch *watch)
{
	pid_t pid;

	if (!watch->reload_wanted || watch->reload || !watch->placed)
		return;
	watch->reload_wanted = false;
	fflush(NULL); /* nothing of ours is printed twice */
	pid = fork();
	if (pid == 0)
		reload_become(watch);
	if (pid < 0 || sd_event_add_child(watch->loop, &watch->reload, pid, WEXITED, reload_end, watch) < 0)
		relay_print_event(LOG_ERR, "RELOAD", NULL, "cannot start a reload: %s", strerror(errno));
}

/* All that may be under way. */
static struct relay_job *job_of(struct relay_watch *watch, size_t i)
{
	struct relay_job *const jobs[JOBS] = {&watch->health.probing,  &watch->health.asking,  &watch->units.starting,
					      &watch->clock.emptying,  &watch->rolling_back,   &watch->pulse.doubting,
					      &watch->page.publishing, &watch->reach.checking, &watch->reach.asking};

	return jobs[i];
}

static bool is_our_child(struct relay_watch *watch, pid_t pid)
{
	pid_t reload = 0;
	bool ours = watch->reload && sd_event_source_get_child_pid(watch->reload, &reload) >= 0 && pid == reload;

	for (size_t i = 0; i < JOBS; i++)
		ours |= pid == job_of(watch, i)->pid;
	for (size_t i = 0; i < watch->daemons.count; i++)
		ours |= pid == watch->daemons.children[i].pid;
	return ours;
}

/* Pid 1 of a container inherits the processes whose parent has ended, and has to wait for their end. */
static int orphans_reap(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	siginfo_t ended = {.si_pid = 0};

	(void)source;
	(void)info;
	while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0 &&
	       !is_our_child(context, ended.si_pid))
		waitpid(ended.si_pid, NULL, 0);
	return 0;
}

/* SIGHUP of the kernel is the end of a terminal. What comes while it ends changes nothing. */
static int signal_heed(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct relay_watch *watch = context;

	(void)source;
	if (watch->stopping)
		return 0;
	if (info->ssi_signo == SIGHUP && info->ssi_code != SI_KERNEL) {
		watch->reload_wanted = true;
		relay_timer_set(watch->loop, &watch->place_timer, 0);
		return 0;
	}
	relay_print_event(LOG_INFO, "STOP", NULL, "%s: stopping", strsignal((int)info->ssi_signo));
	watch->stopping = true;
	return 0;
}

static void sources_open(struct relay_watch *watch)
{
	signal(SIGPIPE, SIG_IGN); /* a closed log must not end us without down; our children inherit it */
	relay_loop_signal(watch->loop, SIGTERM, signal_heed, watch);
	relay_loop_signal(watch->loop, SIGINT, signal_heed, watch);
	relay_loop_signal(watch->loop, SIGHUP, signal_heed, watch);
	if (getpid() == 1)
		relay_loop_signal(watch->loop, SIGCHLD, orphans_reap, watch);
}

/* What the events of one round have shown. */
struct changes {
	struct kernel_changes routes;
	struct nftables_changes rules;
};

/* Everything that has come. False: something was lost, for want of room or memory, which concerns everything. */
static bool socket_read(const struct relay_watch *watch, int descriptor, struct changes *changes)
{
	char *buffer = descriptor >= 0 ? malloc(DATAGRAM_ROOM) : NULL;
	bool whole = descriptor < 0 || buffer;
	ssize_t length;

	while (buffer) {
		length = recv(descriptor, buffer, DATAGRAM_ROOM, 0);
		if (length >= 0 && descriptor == watch->route_events)
			kernel_monitor_parse(buffer, (size_t)length, watch->settings, &changes->routes);
		else if (length >= 0)
			nftables_monitor_parse(buffer, (size_t)length, &changes->rules);
		else if (errno == ENOBUFS)
			whole = false;
		else if (errno != EINTR)
			break;
	}
	free(buffer);
	return whole;
}

/* What tells of routes tells of the overlay too: tailscaled may have come back with it. */
static int events_read(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct relay_watch *watch = context;
	struct changes changes = {.routes = {.concerns = false}};

	(void)source;
	(void)fd;
	(void)events;
	if (!socket_read(watch, watch->route_events, &changes))
		changes.routes.concerns = true;
	if (!socket_read(watch, watch->rule_events, &changes) || changes.rules.open)
		changes.rules.concerns = true;
	relay_repair_suspect(&watch->repair, changes.routes.by, "", relay_clock_ms());
	relay_repair_suspect(&watch->repair, changes.rules.by, changes.rules.name, relay_clock_ms());
	if (!changes.routes.concerns && !changes.rules.concerns)
		return 0;
	relay_timer_hasten(watch->loop, &watch->reconcile_timer, BURST_MS);
	relay_timer_hasten(watch->loop, &watch->place_timer, BURST_MS);
	if (changes.rules.concerns && watch->placed && !watch->repair.held)
		relay_timer_set(watch->loop, &watch->reconcile_timer, 0); /* nothing stands in for our table */
	return 0;
}

/* The socket of one monitor, when it is not open. What cannot be had may be the next time. */
static void events_open(struct relay_watch *watch, int *descriptor, int protocol, const int *groups)
{
	if (*descriptor < 0 && (*descriptor = kernel_monitor_open(protocol, groups)) >= 0)
		sd_event_add_io(watch->loop, NULL, *descriptor, EPOLLIN, events_read, watch);
}

static json_t *repairs_make(const struct relay_repair *repair)
{
	json_t *repairs = json_object();

	for (enum relay_repair_kind kind = 0; kind < RELAY_REPAIR_KINDS; kind++)
		json_object_set_new(repairs, relay_repair_kind_text(kind), json_integer((json_int_t)repair->counts[kind]));
	return repairs;
}

static json_t *state_make(const struct relay_watch *watch)
{
	const char *why = watch->health.judged.state == RELAY_HEALTH_UNHEALTHY ? watch->health.probe.why : "";

	return json_pack("{s:i, s:i, s:s, s:I, s:I, s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:i, s:o, s:o}", "version", 1,
			 "pid", (int)getpid(), "health", relay_health_text(watch->health.judged.state), "since_ms",
			 (json_int_t)watch->health.judged.since, "begun_ms", (json_int_t)watch->begun, "why", why,
			 "waiting", watch->health.paused, "guard", watch->repair.guard, "held", watch->repair.held,
			 "obstacle", watch->repair.obstacle, "mismatch", watch->health.mismatch, "withdrawn",
			 watch->health.withdrawn, "conflicts",
			 (int)relay_backoff_conflicts(&watch->repair.backoff, relay_clock_ms()), "repairs",
			 repairs_make(&watch->repair), "reach", relay_watch_reach_make(watch));
}

static void state_write(struct relay_watch *watch)
{
	json_auto_t *state = state_make(watch);
	char *text = json_dumps(state, JSON_INDENT(1)),
	     *path = relay_runtime_path(watch->settings, RELAY_WATCH_STATE_NAME);

	if (text && path && (!watch->state || strcmp(text, watch->state) != 0) &&
	    conf_file_put(path, text, strlen(text), 0644, NULL, CONF_REPORT_DISCARD) == 0) {
		free(watch->state);
		watch->state = text;
		text = NULL;
	}
	free(text);
	free(path);
}

static int round_run(struct relay_watch *watch, struct conf_report *report)
{
	int exit_code = RELAY_EXIT_OK;

	relay_watch_clock_check(watch);
	events_open(watch, &watch->route_events, NETLINK_ROUTE, kernel_monitor_groups);
	events_open(watch, &watch->rule_events, NETLINK_NETFILTER, nftables_monitor_groups);
	if (!watch->placed && relay_timer_is_due(watch->place_timer))
		exit_code = relay_watch_place(watch, report);
	if (watch->placed) {
		relay_watch_http(watch); /* it has a daemon to add */
		relay_daemons_start(watch->loop, &watch->daemons);
		relay_units_read(watch->loop, &watch->units);
		reload_start(watch);
		relay_watch_reconcile(watch);
		relay_watch_health(watch);
		relay_watch_reach(watch);
		state_write(watch);
	}
	fflush(stdout);
	return exit_code;
}

int relay_watch_loop(struct relay_watch *watch, struct conf_report *report)
{
	int exit_code = RELAY_EXIT_OK;

	sources_open(watch);
	while (!watch->stopping && (exit_code = round_run(watch, report)) == RELAY_EXIT_OK) {
		/* A loop that hangs is ended and started again. Not before the first round: the start has a limit of its own. */
		sd_event_set_watchdog(watch->loop, true);
		sd_event_run(watch->loop, UINT64_MAX);
	}
	for (size_t i = 0; i < JOBS; i++)
		relay_job_stop(job_of(watch, i));
	return exit_code;
}
