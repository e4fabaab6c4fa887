/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unbound.conf of a generation: the generated part (unbound/conf.c), and behind it a copy of the user's own files. A copy, so that
 * the resolver, whenever it begins anew, does so by what up or reload has found good, and not by what somebody is editing.
 *
 * The files come in the order of their names. Each begins with a clause of its own: unboundconf_dry_run has had them read as
 * include-toplevel, where anything else is an error. What not everybody may read stays with root and the daemons' group in the copy.
 */
#include "relay/apply/unbound_file.h"

#include "conf/file.h"
#include "conf/named.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "unbound/conf.h"
#include "unbound/own_lines.h"
#include "relay/host/generation.h"
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

static int own_copy(const char *path, FILE *stream, bool *closed, struct conf_report *report)
{
	const char *why;
	FILE *own = conf_named_open(path, &why);
	char block[4096];
	struct stat status;
	size_t count;
	int failed;

	if (!own || fstat(fileno(own), &status) != 0) {
		conf_report_add(report, "%s: cannot be read: %s", path, own ? strerror(errno) : why);
		if (own)
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

int relay_unbound_file_render(const struct conf_settings *settings, struct relay_text *text, struct conf_report *report)
{
	FILE *stream;
	int result;

	*text = (struct relay_text){.octets = NULL};
	stream = open_memstream(&text->octets, &text->length);
	if (!stream)
		return conf_report_add(report, "out of memory");
	result = unboundconf_conf_write_generated(settings, stream, report);
	text->generated = text->length;
	if (result == 0)
		result = own_write(settings, stream, &text->closed, report);
	if (result == 0)
		unboundconf_own_lines_write_order(settings, stream);
	if (fclose(stream) != 0)
		result = -1;
	return result;
}

/* Does the file begin with the generated part? */
static bool generated_is_there(const char *path, const struct relay_text *text)
{
	int fd = conf_file_open(path, O_RDONLY);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	char *found = stream ? malloc(text->generated + 1) : NULL;
	bool same = found && fread(found, 1, text->generated, stream) == text->generated &&
		    memcmp(found, text->octets, text->generated) == 0;

	free(found);
	if (stream)
		fclose(stream);
	else if (fd >= 0)
		close(fd);
	return same;
}

/* The daemons' name for it. */
static bool name_is_there(const struct conf_settings *settings)
{
	char *name = relay_runtime_path(settings, RELAY_GENERATION_UNBOUND);
	bool there = name && access(name, F_OK) == 0;

	free(name);
	return there;
}

int relay_unbound_file_repair(const struct conf_settings *settings, struct conf_report *report)
{
	char *path = relay_generation_path(settings->node.runtime_dir, RELAY_GENERATION_CURRENT, RELAY_GENERATION_UNBOUND),
	     name[RELAY_GENERATION_ROOM];
	struct relay_text text;
	int result = relay_unbound_file_render(settings, &text, report);

	if (!path || !relay_generation_find(settings->node.runtime_dir, RELAY_GENERATION_CURRENT, name)) {
		conf_report_add(report,
				"%s/" RELAY_GENERATION_CURRENT
				" is gone, and the daemons cannot start without it: restart the relay",
				settings->node.runtime_dir);
		result = -1;
	}
	if (result == 0 && !generated_is_there(path, &text))
		result = relay_runtime_file_put(settings, path, text.octets, text.length, text.closed, report) == 0 ? 1 :
														      -1;
	else if (result == 0)
		result = !name_is_there(settings);
	free(text.octets);
	free(path);
	return result;
}
