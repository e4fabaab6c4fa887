/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The throughput to an iperf3 server and from it: one run of the program iperf3 each, of which its JSON is read, in a time that is limited. */

#include "conf/printable.h"
#include "relay/compare/compare.h"
#include "relay/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS "5"

enum { OUTPUT_MAX = 1 << 20, LIMIT_MS = 30000 };

/* Start it with its standard output in a pipe. Its pid, or -1 with errno. */
static pid_t program_start(const char *const *argv, int *output)
{
	posix_spawn_file_actions_t actions;
	int pipes[2], error;
	pid_t pid = -1;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	*output = pipes[0];
	if (error == 0)
		return pid;
	close(pipes[0]);
	errno = error;
	return -1;
}

/* All of its output, at most OUTPUT_MAX octets, and its end: killed where it takes too long. The length, or -1 with errno. */
static ssize_t program_run(const char *const *argv, char *text)
{
	uint64_t end = relay_clock_ms() + LIMIT_MS, now;
	size_t length = 0;
	ssize_t got = 1;
	int output;
	pid_t pid = program_start(argv, &output);

	if (pid < 0)
		return -1;
	while (got > 0 && length < OUTPUT_MAX && (now = relay_clock_ms()) < end) {
		struct pollfd wait = {.fd = output, .events = POLLIN};

		if (poll(&wait, 1, (int)(end - now)) <= 0)
			continue;
		got = read(output, text + length, OUTPUT_MAX - length);
		length += got > 0 ? (size_t)got : 0;
	}
	close(output);
	if (got != 0)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = ETIMEDOUT;
	return got == 0 ? (ssize_t)length : -1;
}

bool relay_compare_has_iperf3(void)
{
	const char *const argv[] = {"iperf3", "--version", NULL};
	char *text = malloc(OUTPUT_MAX);
	bool has = text && program_run(argv, text) >= 0;

	free(text);
	return has;
}

/* end.sum_received.bits_per_second of iperf3's JSON; below 0: it has none, and problem says why. */
static double result_parse(const char *text, size_t length, char *problem, size_t size)
{
	json_error_t error;
	json_auto_t *all = json_loadb(text, length, 0, &error);
	json_t *sum = json_object_get(json_object_get(all, "end"), "sum_received");
	const char *said = json_string_value(json_object_get(all, "error"));
	double rate = -1;

	if (json_is_number(json_object_get(sum, "bits_per_second")) && !said)
		rate = json_number_value(json_object_get(sum, "bits_per_second"));
	else
		snprintf(problem, size, "iperf3: %s", said ? said : "its output cannot be parsed");
	conf_printable_make(problem, strlen(problem), "");
	return rate;
}

static double rate_measure(struct relay_compare_target *target, bool reverse, char *text)
{
	const char *const argv[] = {"iperf3", "--json",        "--connect-timeout",   "3000", "-t", SECONDS,
				    "-c",     target->address, reverse ? "-R" : NULL, NULL};
	ssize_t length = program_run(argv, text);

	if (length >= 0)
		return result_parse(text, (size_t)length, target->problem, sizeof(target->problem));
	snprintf(target->problem, sizeof(target->problem), "iperf3: %s", strerror(errno));
	return -1;
}

void relay_compare_throughput(struct relay_compare_target *target)
{
	char *text = malloc(OUTPUT_MAX);

	if (!text)
		return;
	target->upload = rate_measure(target, false, text);
	if (target->upload >= 0)
		target->download = rate_measure(target, true, text);
	free(text);
}
