/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Would Unbound take the generated unbound.conf, with the user's own files in it? Its own checker, unbound-checkconf, is given
 * the text in a memory file, so that nothing is written. Of what it says the first line with an error is kept: one slip
 * in a file makes several. What it takes and no split name survives is found by unbound/own_judge.c.
 */
#include "unbound/dry_run.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "unbound/conf.h"
#include "unbound/own_lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* A memory file that programs started from here find again by its number. */
static FILE *text_open(const struct conf_settings *settings, struct conf_report *report)
{
	int fd = memfd_create("unbound.conf", 0);
	FILE *text = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!text && fd >= 0)
		close(fd);
	if (!text)
		return NULL;
	if (unboundconf_conf_write(settings, text, report) == 0) {
		unboundconf_own_lines_write_order(settings, text);
		if (settings->dns.dns64.client_count >
		    0) /* Unbound takes any order of modules; its checker has a list, without ours */
			fputs("server:\n    module-config: \"respip dns64 validator iterator\"\n", text);
		fflush(text);
		return text;
	}
	fclose(text);
	return NULL;
}

enum { PATIENCE_S = 30 }; /* more than that it hangs, and then it refuses nothing */

static _Noreturn void checker_exec(const char *checker, int text, int out)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", text);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	alarm(PATIENCE_S); /* it is kept over execl(3) */
	execl(checker, checker, path, (char *)NULL);
	_exit(0);
}

/* "[time] unbound-checkconf[pid:0] fatal error: TEXT" becomes "fatal error: TEXT". */
static const char *line_shorten(const char *line)
{
	const char *end = line[0] == '[' ? strstr(line, ":0] ") : NULL;

	return end ? end + strlen(":0] ") : line;
}

/* Read all that the checker says; keep the first error. */
static void error_read(int in, char *error, size_t size)
{
	FILE *stream = fdopen(in, "r");
	char line[1024];

	error[0] = '\0';
	if (!stream) {
		close(in);
		return;
	}
	while (fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		if (error[0] == '\0' && strstr(line, "error: "))
			snprintf(error, size, "%s", line_shorten(line));
	}
	fclose(stream);
}

/* Start the checker and wait for it. True when it refuses the text. */
static bool checker_refuses(const char *checker, int text, char *error, size_t size)
{
	int ends[2], status = 0;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	fflush(NULL);
	child = fork();
	if (child == 0)
		checker_exec(checker, text, ends[1]);
	close(ends[1]);
	error_read(ends[0], error, size);
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) != 0;
}

int unboundconf_dry_run(const struct conf_settings *settings, struct conf_report *report)
{
	char *checker, error[1024];
	FILE *text;
	int result = unboundconf_own_lines_judge(settings, report);

	if (result != 0 || asprintf(&checker, "%s-checkconf", settings->node.unbound_program) <
				   0) /* newer checkers say some of it, without a line */
		return result;
	text = access(checker, X_OK) == 0 ? text_open(settings, report) : NULL;
	if (text && checker_refuses(checker, fileno(text), error, sizeof(error))) {
		conf_report_add(report, "Unbound would not start: %s: correct this in %s or in a file of %s",
				error[0] != '\0' ? error : checker, settings->file, settings->node.unbound_include_dir);
		result = -1;
	}
	if (text)
		fclose(text);
	free(checker);
	return result;
}
