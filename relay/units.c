// SPDX-License-Identifier: GPL-2.0-or-later
// The daemons' units. They do not depend on nat64-relay.service: systemd would restart them with it, and a watch that was killed has to find
// its daemons at work when it comes back. So watch has them started when all is in place, and stopped in the end.
#include "relay/units.h"

#include "relay/clock.h"
#include "relay/options.h"
#include "relay/say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = sizeof(((struct relay_words *)0)->items) / sizeof(char *), OWN_WORDS = 3, PATIENCE_MS = 30000, STEP_MS = 20 };

/* In the new process: never returns. */
static _Noreturn void systemctl_become(const struct relay_words *units, const char *verb)
{
	const char *argv[OWN_WORDS + WORDS + 1] = {"systemctl", "--no-block", verb};
	sigset_t none;

	for (size_t i = 0; i < units->count; i++)
		argv[OWN_WORDS + i] = units->items[i];
	if (strcmp(verb, "stop") == 0)
		argv[1] = "--quiet";
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	unsetenv("NOTIFY_SOCKET");
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	fprintf(stderr, "nat64-relay: cannot start systemctl: %s\n", strerror(errno));
	_exit(127);
}

static void systemctl_run(const struct relay_words *units, const char *verb)
{
	uint64_t end = relay_clock_ms() + PATIENCE_MS;
	int status = -1;
	pid_t pid;

	if (units == NULL || units->count == 0)
		return;
	fflush(NULL); /* nothing of ours is printed twice */
	pid = fork();
	if (pid == 0)
		systemctl_become(units, verb);
	while (pid > 0 && waitpid(pid, &status, WNOHANG) == 0) {
		if (relay_clock_ms() >= end)
			kill(pid, SIGKILL);
		poll(NULL, 0, STEP_MS);
	}
	if (pid < 0 || status != 0)
		relay_say_event("systemctl could not %s all of the daemons: see systemctl status %s", verb, units->items[0]);
}

void relay_units_start(const struct relay_words *units)
{
	systemctl_run(units, "start");
}

void relay_units_stop(const struct relay_words *units)
{
	systemctl_run(units, "stop");
}
