/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Would the kernel take our rules? A child process moves into an empty network namespace and applies them there. What
 * it reports comes back through a pipe; namespace, rules and child are gone when it ends.
 */
#include "relay/apply/dry_run.h"

#include "conf/report.h"
#include "nftables/nftables.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void child_rehearse(const struct conf_settings *settings, int out)
{
	struct conf_report report = {0};
	FILE *stream = fdopen(out, "w");

	if (!stream || unshare(CLONE_NEWNET) != 0)
		_exit(0);
	if (nftables_apply(settings, &report) < 0)
		for (size_t i = 0; i < report.count; i++)
			fprintf(stream, "%s\n", report.lines[i]);
	fflush(stream);
	_exit(0);
}

static int lines_read(int in, struct conf_report *report)
{
	FILE *stream = fdopen(in, "r");
	char line[1024];
	int result = 0;

	if (!stream) {
		close(in);
		return 0;
	}
	while (fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		conf_report_add(report, "nftables: %s", line);
		result = -1;
	}
	fclose(stream);
	return result;
}

int relay_dry_run_nftables(const struct conf_settings *settings, struct conf_report *report)
{
	int ends[2], result;
	pid_t child;

	if (pipe(ends) != 0)
		return 0;
	fflush(NULL);
	child = fork();
	if (child == 0)
		child_rehearse(settings, ends[1]);
	close(ends[1]);
	result = lines_read(ends[0], report);
	if (child > 0)
		waitpid(child, NULL, 0);
	return result;
}
