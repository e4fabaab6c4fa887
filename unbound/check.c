/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard of module/abi_check.c from outside: the module's file holds, behind a mark, the version and the configure line of the
 * Unbound it was built for; the program's file must hold both, whole. An Unbound without --with-dynlibmodule has another
 * configure line, so it is found here too.
 */
#include "unbound/check.h"

#include "conf/report.h"
#include "module/built_for.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
