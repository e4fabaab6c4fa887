// SPDX-License-Identifier: GPL-2.0-or-later
// nat64-relay run: up, then translator and resolver as children in the foreground, down at the end.
//
// One loop waits for signals (by a descriptor), for the children's logs, and for the time of the next start. A child that
// dies is started again; nothing a child does ends this process. SIGTERM and SIGINT end it in this order: the routes are
// withdrawn, so that clients go elsewhere, the children end, the machine is put back as it was. SIGHUP starts a
// nat64-relay reload, which works on the machine and the children as it does without us; but from the kernel, when the terminal
// is gone, it is an end too.
// Killed with SIGKILL it leaves everything working as it is, unsupervised: the device is persistent and the children
// live on. The next run (or down) recognises them by RUNTIME_DIR/children and ends them first.
#include "relay/advertised.h"
#include "relay/applied.h"
#include "relay/child.h"
#include "relay/clock.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/left.h"
#include "relay/preflight.h"
#include "relay/resolver.h"
#include "relay/runtime.h"
#include "relay/work.h"

#include "conf/settings.h"
#include "nat64/control.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { CHILDREN_MAX = 2, READY_STEP_MS = 200, READY_ASK_MS = 300, PATIENCE_MS = 20000, IDLE_MS = 60000 };

struct run {
	const struct conf_settings *settings;
	struct relay_child children[CHILDREN_MAX];
	size_t count;
	int signals;
	bool stopping;
	bool reload_wanted;
	pid_t reload; /* the nat64-relay reload that we have started; 0: none */
	bool ready;
	bool impatient; /* has said that it takes long */
	uint64_t begun;
	/* what the children are started with */
	char *file;        /* of the settings, absolute */
	char *environment; /* NAT64_RELAY_CONF=file */
	char *unbound_conf;
	const char *translator_argv[5];
	const char *resolver_argv[5];
};

static int children_describe(struct run *run, struct conf_report *report)
{
	const struct conf_settings *settings = run->settings;

	run->file = realpath(settings->file, NULL);
	run->unbound_conf = relay_runtime_path(settings, "unbound.conf");
	if (run->file == NULL || run->unbound_conf == NULL || asprintf(&run->environment, "NAT64_RELAY_CONF=%s", run->file) < 0) {
		run->environment = NULL;
		conf_report_add(report, "cannot find %s again", settings->file);
		return -1;
	}
	memcpy(run->translator_argv, (const char *[]){settings->translator_program, "--nodetach", "-c", run->file, NULL},
	       sizeof(run->translator_argv));
	memcpy(run->resolver_argv, (const char *[]){settings->unbound_program, "-d", "-c", run->unbound_conf, NULL},
	       sizeof(run->resolver_argv));
	relay_child_init(&run->children[run->count++], "nat64d", run->translator_argv, run->environment);
	if (settings->edge_address_count > 0)
		relay_child_init(&run->children[run->count++], "unbound", run->resolver_argv, run->environment);
	return 0;
}

static int signals_open(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN); /* a closed log must not end us without down; our children inherit it */
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Start every child that is due. */
static void children_start(struct run *run)
{
	struct conf_report quiet = {0};
	bool started = false;

	for (size_t i = 0; i < run->count; i++) {
		struct relay_child *child = &run->children[i];

		if (child->pid != 0 || relay_clock_ms() < child->due)
			continue;
		if (relay_child_start(child) != 0) {
			printf("nat64-relay: cannot start %s: %s\n", child->name, strerror(errno));
			continue;
		}
		started = true;
		if (child->restarts > 0)
			printf("nat64-relay: started %s again (restart %u, pid %d)\n", child->name, child->restarts,
			       (int)child->pid);
	}
	if (started)
		relay_runtime_children_remember(run->settings, run->children, run->count, &quiet);
	conf_report_clear(&quiet);
}

/* In the new process: never returns. */
static _Noreturn void reload_become(const struct run *run)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	unsetenv("NOTIFY_SOCKET");
	execl("/proc/self/exe", "nat64-relay", "-c", run->file, "reload", (char *)NULL);
	fprintf(stderr, "nat64-relay: cannot start a reload: %s\n", strerror(errno));
	_exit(RELAY_EXIT_FAILED);
}

static void reload_start(struct run *run)
{
	if (!run->reload_wanted || run->reload != 0)
		return;
	run->reload_wanted = false;
	fflush(NULL); /* nothing of ours is printed twice */
	run->reload = fork();
	if (run->reload == 0)
		reload_become(run);
	if (run->reload < 0) {
		printf("nat64-relay: cannot start a reload: %s\n", strerror(errno));
		run->reload = 0;
	}
}

static void children_reap(struct run *run)
{
	int status;

	if (run->reload != 0 && waitpid(run->reload, &status, WNOHANG) == run->reload)
		run->reload = 0;
	for (size_t i = 0; i < run->count; i++)
		if (run->children[i].pid != 0 && waitpid(run->children[i].pid, &status, WNOHANG) == run->children[i].pid)
			relay_child_ended(&run->children[i], status);
}

static void signals_read(struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_signo == SIGHUP && info.ssi_code != SI_KERNEL) {
			run->reload_wanted = true;
			continue;
		}
		printf("nat64-relay: %s: stopping\n", strsignal((int)info.ssi_signo));
		run->stopping = true;
	}
	children_reap(run);
}

static bool translator_answers(const struct conf_settings *settings)
{
	struct conf_report quiet = {0};
	json_t *reply = NULL;
	bool answers = nat64_control_ask(settings->runtime_dir, "counters", &reply, &quiet) == 0;

	json_decref(reply);
	conf_report_clear(&quiet);
	return answers;
}

static bool resolver_answers(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->edge_address_count; i++)
		if (!relay_resolver_is_alive(&settings->edge_addresses[i], READY_ASK_MS))
			return false;
	return true;
}

/* Say it once when both answer; and say what is missing when that takes long. */
static void readiness_look(struct run *run)
{
	bool translator = translator_answers(run->settings);
	bool resolver = translator && resolver_answers(run->settings);

	if (translator && resolver) {
		run->ready = true;
		printf("nat64-relay: ready after %.1f s\n", (double)(relay_clock_ms() - run->begun) / 1000);
		sd_notify(0, "READY=1");
		relay_left_print(run->settings);
	} else if (!run->impatient && relay_clock_ms() - run->begun > PATIENCE_MS) {
		run->impatient = true;
		printf("nat64-relay: %s still does not answer; its log lines above say why\n", translator ? "unbound" : "nat64d");
	}
	fflush(stdout);
}

/* How long the loop may sleep: until the next start, or the next look at readiness. */
static int sleep_length(const struct run *run)
{
	uint64_t now = relay_clock_ms();
	uint64_t length = run->ready ? IDLE_MS : READY_STEP_MS;

	for (size_t i = 0; i < run->count; i++) {
		const struct relay_child *child = &run->children[i];
		uint64_t left = child->due > now ? child->due - now : 0;

		if (child->pid == 0 && left < length)
			length = left;
	}
	return (int)length;
}

static void loop(struct run *run)
{
	struct pollfd waits[CHILDREN_MAX + 1];

	while (!run->stopping) {
		children_start(run);
		reload_start(run);
		waits[0] = (struct pollfd){.fd = run->signals, .events = POLLIN};
		for (size_t i = 0; i < run->count; i++)
			waits[i + 1] = (struct pollfd){.fd = run->children[i].log, .events = POLLIN};
		fflush(stdout);
		poll(waits, run->count + 1, sleep_length(run));
		for (size_t i = 0; i < run->count; i++)
			relay_child_log_pass(&run->children[i]);
		signals_read(run);
		if (!run->ready && !run->stopping)
			readiness_look(run);
	}
}

/* By the settings that are in force, which a reload may have changed; and not while one is at work. */
static int take_away(struct run *run, struct conf_report *report)
{
	int failed, lock = relay_runtime_lock_reload(run->settings, report);
	struct conf_settings *applied = relay_applied_read(run->settings->runtime_dir);
	const struct conf_settings *settings = applied != NULL ? applied : run->settings;

	sd_notify(0, "STOPPING=1");
	failed = relay_advertised_withdraw(settings, report) != 0;
	relay_children_stop(run->children, run->count);
	failed |= relay_work_down(settings, report) != 0;
	if (!failed)
		puts("nat64-relay: the relay is down");
	if (lock >= 0)
		close(lock);
	conf_settings_free(applied);
	return failed ? RELAY_EXIT_FAILED : RELAY_EXIT_OK;
}

/* With the lock held. */
static int work(struct run *run, struct conf_report *report)
{
	int exit_code;

	if (relay_runtime_leftovers_end(run->settings) > 0)
		puts("nat64-relay: ended the daemons that a killed nat64-relay run had left");
	run->signals = signals_open();
	exit_code = relay_work_up(run->settings, report);
	if (exit_code != RELAY_EXIT_OK)
		return exit_code;
	run->begun = relay_clock_ms();
	loop(run);
	return take_away(run, report);
}

static int run_begin(const struct conf_settings *settings, struct conf_report *report)
{
	struct run run = {.settings = settings, .signals = -1};
	int exit_code = RELAY_EXIT_REFUSED;
	int lock;

	if (relay_preflight(settings, RELAY_FOR_RUN, report) != 0)
		return exit_code;
	lock = relay_runtime_open(settings, report);
	if (lock < 0)
		return exit_code;
	if (children_describe(&run, report) == 0)
		exit_code = work(&run, report);
	relay_runtime_close(settings, lock, true);
	if (run.signals >= 0)
		close(run.signals);
	free(run.environment);
	free(run.unbound_conf);
	free(run.file);
	return exit_code;
}

int relay_run(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_run(command, config, argc, argv, run_begin);
}
