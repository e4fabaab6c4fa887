/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of run and watch: one code path. It sleeps until a signal, a notice of the kernel, the result of a job, a line of a
 * child's log, or the next thing that is due.
 *
 * Everything in it is quick: what has to wait for others (tailscaled, resolver, translator) is done by jobs (relay/host/job.c), so that
 * a route that was taken away is put back at once whoever hangs. Notices are collected for a moment, since they come in bursts, and one
 * look then compares everything. They are no more than a reason to look: when some were lost, or the sockets could not be had, a thorough
 * look every ten seconds finds the same. All times are of the monotonic clock, so that a clock that is set does no harm; a machine
 * that was asleep is looked at at once (relay/watch/watch_clock.c). Nothing is kept in memory that the next start would miss: it compares what is there.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/settings.h"
#include "relay/host/clock.h"
#include "relay/cli/command.h"
#include "relay/cli/print.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

enum { BURST_MS = 100, IDLE_MS = 10000, PING_MS = 2000, JOBS = 9, FIXED_WAITS = 4 };

static void signals_open(struct relay_watch *watch)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN); /* a closed log must not end us without down; our children inherit it */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	watch->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

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

static void reload_start(struct relay_watch *watch)
{
	if (!watch->reload_wanted || watch->reload != 0 || !watch->placed)
		return;
	watch->reload_wanted = false;
	fflush(NULL); /* nothing of ours is printed twice */
	watch->reload = fork();
	if (watch->reload == 0)
		reload_become(watch);
	if (watch->reload < 0) {
		relay_print_event(LOG_ERR, "RELOAD", NULL, "cannot start a reload: %s", strerror(errno));
		watch->reload = 0;
	}
}

/* All that may be under way. */
static struct relay_job *job_of(struct relay_watch *watch, size_t i)
{
	struct relay_job *const jobs[JOBS] = {&watch->probing,        &watch->asking,        &watch->units.starting,
					      &watch->clock.emptying, &watch->undoing,       &watch->doubting,
					      &watch->publishing,     &watch->reach.looking, &watch->reach.asking};

	return jobs[i];
}

static bool is_our_child(struct relay_watch *watch, pid_t pid)
{
	bool ours = pid == watch->reload;

	for (size_t i = 0; i < JOBS; i++)
		ours |= pid == job_of(watch, i)->pid;
	for (size_t i = 0; i < watch->daemons.count; i++)
		ours |= pid == watch->daemons.children[i].pid;
	return ours;
}

/* Pid 1 of a container inherits whoever has lost his parent, and has to take note of his end. */
static void orphans_reap(struct relay_watch *watch)
{
	siginfo_t ended = {.si_pid = 0};

	while (getpid() == 1 && waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0 &&
	       !is_our_child(watch, ended.si_pid))
		waitpid(ended.si_pid, NULL, 0);
}

static void signals_read(struct relay_watch *watch)
{
	struct signalfd_siginfo info;
	int status;

	while (read(watch->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_signo == SIGHUP && info.ssi_code != SI_KERNEL) {
			watch->reload_wanted = true;
			watch->place_due = 0;
			continue;
		}
		relay_print_event(LOG_INFO, "STOP", NULL, "%s: stopping", strsignal((int)info.ssi_signo));
		watch->stopping = true;
	}
	if (watch->reload != 0 && waitpid(watch->reload, &status, WNOHANG) == watch->reload) {
		watch->reload = 0;
		watch->look_due = relay_clock_ms();
	}
	relay_daemons_reap(&watch->daemons);
	orphans_reap(watch);
}

static void look_soon(struct relay_watch *watch)
{
	uint64_t soon = relay_clock_ms() + BURST_MS;

	if (soon < watch->look_due)
		watch->look_due = soon;
	if (!watch->placed && soon < watch->place_due)
		watch->place_due = soon;
}

/* What tells of routes tells of the overlay too: tailscaled may have come back with it. */
static void notices_read(struct relay_watch *watch)
{
	struct relay_netlink_changes news = relay_netlink_events_read(&watch->notices, watch->settings);

	relay_repair_suspect(&watch->repair, news.routes.by, "", relay_clock_ms());
	relay_repair_suspect(&watch->repair, news.rules.by, news.rules.name, relay_clock_ms());
	if (news.routes.concerns || news.rules.concerns)
		look_soon(watch);
	if (news.rules.concerns && watch->placed && !watch->repair.held)
		watch->look_due = 0; /* nothing stands in for our table */
}

/* Systemd's watchdog hears of us only from here: a loop that hangs is ended and started again. */
static void watchdog_ping(struct relay_watch *watch)
{
	uint64_t now = relay_clock_ms();

	if (now - watch->pinged < PING_MS)
		return;
	watch->pinged = now;
	sd_notify(0, "WATCHDOG=1");
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How long the loop may sleep. */
static int sleep_length(const struct relay_watch *watch)
{
	uint64_t now = relay_clock_ms(), due = now + IDLE_MS;

	if (getenv("WATCHDOG_USEC"))
		due = now + PING_MS;
	if (!watch->placed)
		due = least(due, watch->place_due);
	else
		due = least(least(least(least(due, relay_watch_http_due(watch)), relay_watch_reconcile_due(watch)),
				  least(relay_watch_health_due(watch), relay_watch_reach_due(watch))),
			    least(least(relay_daemons_due(&watch->daemons), relay_units_due(&watch->units)),
				  relay_watch_clock_due(&watch->clock)));
	return due > now ? (int)(due - now) : 0;
}

static void events_await(struct relay_watch *watch)
{
	struct pollfd waits[FIXED_WAITS + JOBS + RELAY_DAEMONS_MAX] = {
		{.fd = watch->signals, .events = POLLIN},
		{.fd = watch->notices.routes, .events = POLLIN},
		{.fd = watch->notices.rules, .events = POLLIN},
		{.fd = watch->reach.requests, .events = POLLIN},
	};
	nfds_t count = FIXED_WAITS;

	for (size_t i = 0; i < JOBS; i++)
		waits[count++] = (struct pollfd){.fd = relay_job_pipe(job_of(watch, i)), .events = POLLIN};
	for (size_t i = 0; i < watch->daemons.count; i++)
		waits[count++] = (struct pollfd){.fd = watch->daemons.children[i].log, .events = POLLIN};
	fflush(stdout);
	poll(waits, count, sleep_length(watch));
	for (size_t i = 0; i < watch->daemons.count; i++)
		relay_child_log_pass(&watch->daemons.children[i]);
}

static int round_run(struct relay_watch *watch, struct conf_report *report)
{
	int exit_code = RELAY_EXIT_OK;

	relay_netlink_events_open(&watch->notices);
	if (!watch->placed && relay_clock_ms() >= watch->place_due)
		exit_code = relay_watch_place(watch, report);
	if (exit_code != RELAY_EXIT_OK)
		return exit_code;
	if (watch->placed) {
		relay_watch_http(watch); /* it has a daemon to add */
		relay_daemons_start(&watch->daemons);
		relay_units_read(&watch->units);
		reload_start(watch);
		relay_watch_reconcile(watch);
		relay_watch_health(watch);
		relay_watch_reach(watch);
		relay_watch_state_write(watch);
	}
	watchdog_ping(watch);
	events_await(watch);
	relay_watch_clock_check(watch);
	notices_read(watch);
	signals_read(watch);
	return RELAY_EXIT_OK;
}

int relay_watch_loop(struct relay_watch *watch, struct conf_report *report)
{
	int exit_code = RELAY_EXIT_OK;

	signals_open(watch);
	while (!watch->stopping && exit_code == RELAY_EXIT_OK)
		exit_code = round_run(watch, report);
	for (size_t i = 0; i < JOBS; i++)
		relay_job_stop(job_of(watch, i));
	return exit_code;
}
