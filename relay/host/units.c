/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemons' units. They do not depend on nat64-relay.service: systemd would restart them with it, and a watch that was killed has to find
 * its daemons at work when it comes back. So watch has them started when all is in place, and stopped in the end.
 *
 * A systemctl can hang, when systemd is busy or out of memory. The one that starts them is a job, so that the loop goes on meanwhile;
 * after a failure it is sent again and again, for the relay is worth nothing without its daemons.
 */
#include "relay/host/units.h"

#include "relay/host/loop.h"
#include "relay/cli/options.h"
#include "relay/cli/print.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum {
	WORDS = sizeof(((struct conf_words *)0)->items) / sizeof(char *),
	OWN_WORDS = 3,
	PATIENCE_MS = 30000,
	AGAIN_MS = 10000,
	SLACK_MS = 5000, /* for the job to report its result */
};

/* In the new process: never returns. It ends with its parent. */
static _Noreturn void systemctl_become(const struct conf_words *names, const char *verb)
{
	const char *argv[OWN_WORDS + WORDS + 1] = {"systemctl", "--no-block", verb};
	sigset_t none;

	for (size_t i = 0; i < names->count; i++)
		argv[OWN_WORDS + i] = names->items[i];
	if (strcmp(verb, "stop") == 0)
		argv[1] = "--quiet";
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	unsetenv("NOTIFY_SOCKET");
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	fprintf(stderr, "nat64-relay: cannot start systemctl: %s\n", strerror(errno));
	_exit(127);
}

/* Has it done so? */
static bool systemctl_run(const struct conf_words *names, const char *verb)
{
	struct pollfd ended = {.events = POLLIN};
	int status = -1;
	pid_t pid;

	fflush(NULL); /* nothing of ours is printed twice */
	pid = fork();
	if (pid == 0)
		systemctl_become(names, verb);
	if (pid < 0)
		return false;
	ended.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (ended.fd >= 0 && poll(&ended, 1, PATIENCE_MS) == 0)
		kill(pid, SIGKILL);
	if (ended.fd >= 0)
		close(ended.fd);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

/* A job: names are struct conf_words, done is a bool. */
static void start(const void *names, void *done)
{
	*(bool *)done = systemctl_run(names, "start");
}

static void failure_log(const struct relay_units *units, const char *verb)
{
	relay_print_event(LOG_ERR, "DAEMON", NULL, "systemctl could not %s all of the daemons: see systemctl status %s",
			  verb, units->names->items[0]);
}

void relay_units_init(struct relay_units *units, const struct conf_words *names)
{
	*units = (struct relay_units){.names = names};
}

void relay_units_want(sd_event *loop, struct relay_units *units)
{
	units->is_wanted = units->names && units->names->count > 0;
	relay_timer_set(loop, &units->timer, 0);
}

/* What became of the job? */
static void start_judge(sd_event *loop, struct relay_units *units, bool done)
{
	if (!done && !units->failed)
		failure_log(units, "start");
	units->failed = units->is_wanted = !done;
	if (!done)
		relay_timer_set(loop, &units->timer, AGAIN_MS);
}

void relay_units_read(sd_event *loop, struct relay_units *units)
{
	bool done = false;

	if (relay_job_is_over(&units->starting, &done, sizeof(done)))
		start_judge(loop, units, done);
	if (units->is_wanted && units->starting.pid == 0 && relay_timer_is_due(units->timer) &&
	    relay_job_start(loop, &units->starting, start, units->names, sizeof(done), PATIENCE_MS + SLACK_MS) != 0)
		start_judge(loop, units, false);
}

void relay_units_stop(struct relay_units *units)
{
	relay_job_stop(&units->starting);
	units->is_wanted = false;
	if (units->names && units->names->count > 0 && !systemctl_run(units->names, "stop"))
		failure_log(units, "stop");
}
