// SPDX-License-Identifier: GPL-2.0-or-later
// RUNTIME_DIR/unbound.conf: the generated part (unbound/conf.c), and behind it a copy of the user's own files. A copy, so that
// the resolver, whenever it begins anew, does so by what up or reload has found good, and not by what somebody is editing; and so that
// reload can put this one file back, and has put back all.
//
// The files come in the order of their names. Each begins with a clause of its own: relay_rehearse_unbound has had them read as
// include-toplevel, where anything else is an error. What not everybody may read stays with root and the daemons' group in the copy.
#include "relay/apply/unbound_file.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "unbound/conf.h"
#include "unbound/own_lines.h"
#include "relay/host/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The text that is to be in the file. */
struct text {
	char *octets;
	size_t length, generated; /* so many of them come before the own lines */
	bool closed; /* not everybody may read all of it */
};

static int own_copy(const char *path, FILE *stream, bool *closed, struct conf_report *report)
{
	FILE *own = fopen(path, "re");
	char block[4096];
	struct stat status;
	size_t count;
	int failed;

	if (own == NULL || fstat(fileno(own), &status) != 0) {
		conf_report_add(report, "%s: cannot be read: %s", path, strerror(errno));
		if (own != NULL)
			fclose(own);
		return -1;
	}
	if ((status.st_mode & S_IROTH) == 0)
		*closed = true;
	fprintf(stream, RELAY_UNBOUND_OWN "%s\n", path);
	while ((count = fread(block, 1, sizeof(block), own)) > 0)
		fwrite(block, 1, count, stream);
	fputc('\n', stream);
	failed = ferror(own);
	if (failed)
		conf_report_add(report, "%s: cannot be read to its end", path);
	fclose(own);
	return failed ? -1 : 0;
}

static int own_write(const struct conf_settings *settings, FILE *stream, bool *closed, struct conf_report *report)
{
	char *pattern;
	glob_t files;
	int result = 0, found;

	if (asprintf(&pattern, "%s/*.conf", settings->node.unbound_include_dir) < 0)
		return -1;
	found = glob(pattern, 0, NULL, &files);
	free(pattern);
	if (found != 0)
		return found == GLOB_NOSPACE ? -1 : 0; /* no folder, or nothing in it */
	for (size_t i = 0; result == 0 && i < files.gl_pathc; i++)
		result = own_copy(files.gl_pathv[i], stream, closed, report);
	globfree(&files);
	return result;
}

/* 0, or -1 with a message; free text->octets in either case. */
static int text_make(const struct conf_settings *settings, struct text *text, struct conf_report *report)
{
	FILE *stream;
	int result;

	*text = (struct text){.octets = NULL};
	stream = open_memstream(&text->octets, &text->length);
	if (stream == NULL) {
		conf_report_add(report, "out of memory");
		return -1;
	}
	result = unbound_conf_write_generated(settings, stream, report);
	text->generated = text->length;
	if (result == 0)
		result = own_write(settings, stream, &text->closed, report);
	if (result == 0)
		relay_own_lines_write_order(settings, stream);
	if (fclose(stream) != 0)
		result = -1;
	return result;
}

/* Does the file begin with the generated part? */
static bool generated_is_there(const char *path, const struct text *text)
{
	int fd = conf_file_open(path, O_RDONLY);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	char *found = stream != NULL ? malloc(text->generated + 1) : NULL;
	bool same = found != NULL && fread(found, 1, text->generated, stream) == text->generated && memcmp(found, text->octets, text->generated) == 0;

	free(found);
	if (stream != NULL)
		fclose(stream);
	else if (fd >= 0)
		close(fd);
	return same;
}

static int file_make(const struct conf_settings *settings, bool repair, struct conf_report *report)
{
	char *path = relay_runtime_path(settings, "unbound.conf");
	struct text text = {.octets = NULL};
	int result = path != NULL ? text_make(settings, &text, report) : -1;

	if (result == 0 && !(repair ? generated_is_there(path, &text) : conf_file_is(path, text.octets, text.length)))
		result = relay_runtime_file_put(settings, path, text.octets, text.length, text.closed, report) == 0 ? 1 : -1;
	free(text.octets);
	free(path);
	return result;
}

int relay_unbound_file_write(const struct conf_settings *settings, struct conf_report *report)
{
	return file_make(settings, false, report);
}

int relay_unbound_file_repair(const struct conf_settings *settings, struct conf_report *report)
{
	return file_make(settings, true, report);
}
