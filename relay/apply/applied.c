// SPDX-License-Identifier: GPL-2.0-or-later
// A copy of the settings that are in force: RUNTIME_DIR/relay.conf, octet by octet but for the line map-file, which names RUNTIME_DIR/maps there,
// for a map-file changes by itself, and for what auto stands for (relay/apply/automatic.c). up writes them once it has succeeded, reload before
// it begins, and puts those before back when it fails. The daemons, whenever they start, and down, watch and reload read nothing else: an
// edit is nothing before it is taken. They go with the runtime folder.
//
// What not everybody may read stays with root and the daemons' group in the copy.
#include "relay/apply/applied.h"

#include "conf/file.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/apply/automatic.h"
#include "relay/host/runtime.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_NAME "relay.conf"
#define MAPS_NAME RELAY_APPLIED_MAPS

struct copy {
	char *text;
	size_t length;
	bool closed; /* not everybody may read what it is a copy of */
};

/* The whole text of a file; free() it. NULL when it cannot be read. */
static char *file_read(const char *path, size_t *length)
{
	FILE *stream = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t count = stream != NULL ? getdelim(&text, &room, EOF, stream) : -1; /* no octet is EOF: to the end */
	bool good = stream != NULL && !ferror(stream);

	if (stream != NULL)
		fclose(stream);
	*length = count > 0 ? (size_t)count : 0;
	if (good)
		return text;
	free(text);
	return NULL;
}

static bool copy_is(const char *path, const struct copy *copy)
{
	struct stat status;

	return conf_file_is(path, copy->text, copy->length) && stat(path, &status) == 0 && ((status.st_mode & S_IROTH) == 0) == copy->closed;
}

/* Unless the file holds that already. */
static int copy_put(const struct conf_settings *settings, const char *name, const struct copy *copy, struct conf_report *report)
{
	char *path = relay_runtime_path(settings, name);
	int result = -1;

	if (path == NULL || copy->text == NULL)
		conf_report_add(report, "cannot make %s/%s", settings->node.runtime_dir, name);
	else
		result = copy_is(path, copy) ? 0 : relay_runtime_file_put(settings, path, copy->text, copy->length, copy->closed, report);
	free(path);
	return result;
}

static bool everybody_reads(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

static bool is_map_file_line(const char *line)
{
	const char *word = line + strspn(line, " \t");
	size_t length = strcspn(word, " \t\r\n");

	return length == strlen("map-file") && strncasecmp(word, "map-file", length) == 0;
}

/* The settings' file as it is now, as the copy has it; free copy->text, which is NULL when that cannot be made. */
static void copy_make(const struct conf_settings *settings, struct copy *copy)
{
	char *words;
	FILE *from = relay_automatic_open(settings, &words), *to = from != NULL ? open_memstream(&copy->text, &copy->length) : NULL;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	bool good = to != NULL;

	copy->closed = !everybody_reads(settings->file);
	while (good && (length = getline(&line, &room, from)) >= 0)
		if (is_map_file_line(line))
			fprintf(to, "map-file %s/" MAPS_NAME "\n", settings->node.runtime_dir);
		else
			fwrite(line, 1, (size_t)length, to);
	good = good && !ferror(from);
	free(line);
	if (from != NULL)
		fclose(from);
	free(words);
	if ((to == NULL || fclose(to) == 0) && good)
		return;
	free(copy->text);
	copy->text = NULL;
}

/* All of them, the settings' own and those of the map-file. */
static void maps_make(const struct conf_settings *settings, struct copy *copy)
{
	char v4[CONF_PREFIX_TEXT], v6[CONF_PREFIX_TEXT];
	FILE *stream = open_memstream(&copy->text, &copy->length);

	for (size_t i = 0; stream != NULL && i < settings->translation.map_count; i++)
		fprintf(stream, "map %s %s\n", conf_prefix4_print(&settings->translation.maps[i].v4, v4), conf_prefix6_print(&settings->translation.maps[i].v6, v6));
	if (stream != NULL)
		fclose(stream);
}

int relay_applied_keep(const struct conf_settings *settings, struct conf_report *report)
{
	struct copy copy = {.text = NULL}, maps = {.text = NULL};
	int result;

	copy_make(settings, &copy);
	maps_make(settings, &maps);
	maps.closed = copy.closed || (settings->translation.map_file != NULL && !everybody_reads(settings->translation.map_file));
	result = copy_put(settings, MAPS_NAME, &maps, report);
	if (result == 0)
		result = copy_put(settings, COPY_NAME, &copy, report);
	free(copy.text);
	free(maps.text);
	return result;
}

bool relay_applied_is(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, COPY_NAME);
	struct copy copy = {.text = NULL};
	bool same;

	copy_make(settings, &copy);
	same = path != NULL && copy.text != NULL && conf_file_is(path, copy.text, copy.length);
	free(copy.text);
	free(path);
	return same;
}

/* A daemon may have put something in the place of one. */
static bool is_ours(const char *runtime_dir, const char *name)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s/%s", runtime_dir, name) < 0)
		return false;
	fd = conf_file_open(path, O_RDONLY);
	free(path);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct conf_settings *relay_applied_read(const char *runtime_dir)
{
	struct conf_settings *settings = NULL;
	struct conf_report quiet = {0};
	char *path;

	if (asprintf(&path, "%s/" COPY_NAME, runtime_dir) < 0)
		return NULL;
	if (is_ours(runtime_dir, COPY_NAME) && is_ours(runtime_dir, MAPS_NAME))
		settings = conf_settings_read(path, &quiet);
	if (settings != NULL && strcmp(settings->node.runtime_dir, runtime_dir) != 0) {
		conf_settings_free(settings);
		settings = NULL;
	}
	if (settings != NULL)
		relay_automatic_note(settings);
	conf_report_clear(&quiet);
	free(path);
	return settings;
}

/* The runtime folder that a file names, which may be broken otherwise; free() it. */
static char *runtime_dir_find(const char *file)
{
	size_t length;
	char *text = file_read(file, &length), *next = NULL, *found = NULL;

	for (char *line = text != NULL ? strtok_r(text, "\r\n", &next) : NULL; line != NULL && found == NULL;
	     line = strtok_r(NULL, "\r\n", &next)) {
		char *rest = NULL;
		const char *keyword = strtok_r(line, " \t", &rest), *value = strtok_r(NULL, " \t", &rest);

		if (keyword != NULL && value != NULL && strcasecmp(keyword, "runtime-dir") == 0)
			found = strdup(value);
	}
	free(text);
	return found != NULL ? found : strdup(RELAY_RUNTIME_DIR);
}

struct conf_settings *relay_applied_find(const char *file, struct conf_report *report)
{
	struct conf_report broken = {0};
	struct conf_settings *own = conf_settings_read(file, &broken), *applied = NULL;
	char *runtime_dir = own != NULL ? strdup(own->node.runtime_dir) : runtime_dir_find(file);

	if (runtime_dir != NULL)
		applied = relay_applied_read(runtime_dir);
	for (size_t i = 0; applied == NULL && own == NULL && i < broken.count; i++)
		conf_report_add(report, "%s", broken.lines[i] != NULL ? broken.lines[i] : "out of memory");
	if (applied != NULL && own == NULL)
		fprintf(stderr, "nat64-relay: %s; going by the copy of what is in force, %s\n",
			broken.count > 0 && broken.lines[0] != NULL ? broken.lines[0] : file, applied->file);
	conf_report_clear(&broken);
	free(runtime_dir);
	if (applied == NULL)
		return own;
	conf_settings_free(own);
	return applied;
}
