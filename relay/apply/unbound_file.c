/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unbound.conf of a generation: the generated part (unbound/conf.c), and behind it a copy of the user's own files. A copy, so that
 * the resolver, whenever it begins anew, does so by what up or reload has found good, and not by what somebody is editing.
 *
 * The files come in the order of their names. Each begins with a clause of its own: unboundconf_dry_run has had them read as
 * include-toplevel, where anything else is an error. What not everybody may read stays with root and the daemons' group in the copy.
 */
#include "relay/apply/unbound_file.h"

#include "conf/directive.h"
#include "conf/file.h"
#include "conf/lines.h"
#include "conf/named.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/host/generation.h"
#include "relay/host/runtime.h"
#include "unbound/conf.h"
#include "unbound/own_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

	if (!path || !relay_generation_find(settings->node.runtime_dir, RELAY_GENERATION_CURRENT, name))
		result = conf_report_add(report,
					 "%s/" RELAY_GENERATION_CURRENT
					 " is gone, and the daemons cannot start without it: restart the relay",
					 settings->node.runtime_dir);
	if (result == 0 && !generated_is_there(path, &text))
		result = relay_runtime_file_put(settings, path, text.octets, text.length, text.closed, report) == 0 ? 1 :
														      -1;
	else if (result == 0)
		result = !name_is_there(settings);
	free(text.octets);
	free(path);
	return result;
}

/*
 * Does Unbound have anything to read again? A reload ends the look-ups that are under way, and a client that waits for one asks again after seconds;
 * so there is none after a change of the translator or of the routes alone, nor without a change.
 *
 * Unbound reads unbound.conf of the active generation, and the module relay.conf and the maps beside it. Own lines may name further files,
 * which nobody compares: with own lines Unbound always reads again.
 */

/* What conf/reach.c reads for the module: addresses that are never answered, and clients that are forwarded. */
static const char *const reached[] = {"dynamic-pool", "map", "map-file", "ipv4-addr", "device-address", "allow-source"};

static bool line_concerns_dns(const char *keyword)
{
	const struct conf_directive *directive = conf_directive_find(keyword);

	for (size_t i = 0; i < sizeof(reached) / sizeof(reached[0]); i++)
		if (strcasecmp(keyword, reached[i]) == 0)
			return true;
	return !directive || (directive->components & CONF_DNS) != 0;
}

static void line_write(void *context, const struct conf_line *line, struct conf_report *report)
{
	(void)report;
	if (!line_concerns_dns(line->words[0]))
		return;
	for (size_t i = 0; i < line->count; i++)
		fprintf(context, "%s ", line->words[i]);
	fputc('\n', context);
}

/* The words of the lines that concern DNS; free() them. NULL without memory. */
static char *words_make(char *text)
{
	char *words = NULL;
	size_t length;
	FILE *from = fmemopen(text, strlen(text), "r"), *to = open_memstream(&words, &length);

	if (from && to)
		conf_lines_read(from, RELAY_GENERATION_SETTINGS, line_write, to, CONF_REPORT_DISCARD);
	if (from)
		fclose(from);
	if (to)
		fclose(to);
	return words;
}

static bool words_are_equal(char *before, char *now)
{
	char *old = words_make(before), *new = words_make(now);
	bool equal = old && new &&strcmp(old, new) == 0;

	free(old);
	free(new);
	return equal;
}

/* The whole text of a file of a generation; free() it. NULL when it cannot be read. */
static char *text_read(const char *runtime_dir, const char *link, const char *name)
{
	char *path = relay_generation_path(runtime_dir, link, name), *text = NULL;
	FILE *stream = path ? fopen(path, "re") : NULL;
	size_t room = 0;

	if (stream && getdelim(&text, &room, '\0', stream) < 0 && feof(stream) && text)
		*text = '\0';
	if (stream)
		fclose(stream);
	free(path);
	return text;
}

static bool file_concerns(const char *runtime_dir, const char *name)
{
	char *before = text_read(runtime_dir, RELAY_GENERATION_PREVIOUS, name),
	     *now = text_read(runtime_dir, RELAY_GENERATION_CURRENT, name);
	bool concerns = !before || !now;

	if (!concerns && strcmp(before, now) == 0)
		concerns = strstr(now, RELAY_UNBOUND_OWN);
	else if (!concerns)
		concerns = strcmp(name, RELAY_GENERATION_SETTINGS) != 0 || !words_are_equal(before, now);
	free(before);
	free(now);
	return concerns;
}

bool relay_reload_concerns_resolver(const char *runtime_dir)
{
	return file_concerns(runtime_dir, RELAY_GENERATION_SETTINGS) ||
	       file_concerns(runtime_dir, RELAY_GENERATION_MAPS) || file_concerns(runtime_dir, RELAY_GENERATION_UNBOUND);
}
