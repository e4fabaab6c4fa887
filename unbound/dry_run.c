/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Would Unbound take the generated unbound.conf, with the user's own files in it? Its own checker, unbound-checkconf, is given
 * the text in a memory file, so that nothing is written. Of what it says the first line with an error is kept: one slip
 * in a file makes several. What it takes and no split name survives is found by unbound/own_judge.c.
 *
 * And does the module belong to that Unbound? Both files are searched for what module/abi_check.c has put into the module.
 */
#include "unbound/dry_run.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "module/built_for.h"
#include "unbound/conf.h"
#include "unbound/own_lines.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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
	if (text && checker_refuses(checker, fileno(text), error, sizeof(error)))
		result = conf_report_add(report, "Unbound would not start: %s: correct this in %s or in a file of %s",
					 error[0] != '\0' ? error : checker, settings->file,
					 settings->node.unbound_include_dir);
	if (text)
		fclose(text);
	free(checker);
	return result;
}

/*
 * The guard of module/abi_check.c from outside: the module's file holds, behind a mark, the version and the configure line of the
 * Unbound it was built for; the program's file must hold both, whole. An Unbound without --with-dynlibmodule has another
 * configure line, so it is found here too.
 */
struct file_view {
	const char *start;
	size_t length;
};

/* Map a file that must be an ELF object. */
static int view_open(const char *path, struct file_view *view, struct conf_report *report)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *map = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &status) == 0)
		map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		conf_report_add(report, "%s: %s: is nat64-relay completely installed?", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (map == MAP_FAILED)
		return -1;
	view->start = map;
	view->length = (size_t)status.st_size;
	if (view->length > SELFMAG && memcmp(view->start, ELFMAG, SELFMAG) == 0)
		return 0;
	conf_report_add(report, "%s: this is not a program or library", path);
	munmap(map, view->length);
	return -1;
}

static void view_close(struct file_view *view)
{
	munmap((void *)(ptrdiff_t)view->start, view->length);
}

/* The text with its NUL, somewhere in the file. */
static const char *view_find(const struct file_view *view, const char *text)
{
	return memmem(view->start, view->length, text, strlen(text) + 1);
}

/* The text behind another one, or NULL when the file ends before the text does. */
static const char *view_next(const struct file_view *view, const char *text)
{
	const char *next = text + strlen(text) + 1, *end = view->start + view->length;

	return next < end && memchr(next, '\0', (size_t)(end - next)) ? next : NULL;
}

static int views_compare(const struct file_view *program, const struct file_view *module, const char *program_path,
			 const char *module_path, struct conf_report *report)
{
	const char *mark = view_find(module, BUILT_FOR_MARK);
	const char *version = mark ? view_next(module, mark) : NULL;
	const char *configure = version ? view_next(module, version) : NULL;

	if (!configure)
		return conf_report_add(report,
				       "%s: this is not nat64-relay's module: unbound-module should name splitdns.so",
				       module_path);
	if (view_find(program, version) && view_find(program, configure))
		return 0;
	return conf_report_add(report,
			       "%s: this is not the Unbound that %s is built for (%s%s): name that Unbound with unbound-program, or "
			       "build nat64-relay again with --with-unbound-source",
			       program_path, module_path, version,
			       view_find(program, version) ? ", which was configured differently" : "");
}

int unboundconf_module_check(const char *program, const char *module, struct conf_report *report)
{
	struct file_view program_view, module_view;
	int result;

	if (view_open(program, &program_view, report) < 0)
		return -1;
	if (view_open(module, &module_view, report) < 0) {
		view_close(&program_view);
		return -1;
	}
	result = views_compare(&program_view, &module_view, program, module, report);
	view_close(&module_view);
	view_close(&program_view);
	return result;
}
