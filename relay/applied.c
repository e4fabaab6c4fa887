// SPDX-License-Identifier: GPL-2.0-or-later
// A copy of the settings that are in force, RUNTIME_DIR/relay.conf, and of their maps, RUNTIME_DIR/maps, for a map-file changes by itself.
// up writes them once it has succeeded, reload before it begins, and puts those before back when it fails; down, watch, reload and the
// resolver read them. They go with the runtime folder.
#include "relay/applied.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define COPY_NAME "relay.conf"

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

/* Unless the file holds that already. */
static int copy_put(const struct conf_settings *settings, const char *name, const char *text, size_t length, struct conf_report *report)
{
	char *path;
	int result = -1;

	if (asprintf(&path, "%s/%s", settings->runtime_dir, name) < 0)
		return -1;
	if (text == NULL)
		conf_report_add(report, "cannot make %s", path);
	else
		result = conf_file_is(path, text, length) ? 0 : conf_file_put(path, text, length, 0644, NULL, report);
	free(path);
	return result;
}

static int maps_keep(const struct conf_settings *settings, struct conf_report *report)
{
	char *text = NULL, v4[CONF_PREFIX_TEXT], v6[CONF_PREFIX_TEXT];
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	int result;

	for (size_t i = 0; stream != NULL && i < settings->map_count; i++)
		fprintf(stream, "map %s %s\n", conf_prefix4_print(&settings->maps[i].v4, v4), conf_prefix6_print(&settings->maps[i].v6, v6));
	if (stream != NULL)
		fclose(stream);
	result = copy_put(settings, RELAY_APPLIED_MAPS, text, length, report);
	free(text);
	return result;
}

int relay_applied_keep(const struct conf_settings *settings, struct conf_report *report)
{
	size_t length;
	char *text = file_read(settings->file, &length);
	int result = copy_put(settings, COPY_NAME, text, length, report);

	free(text);
	return result == 0 ? maps_keep(settings, report) : -1;
}

/* The maps as they were, in the place of those that are in the map-file by now. 0, also when there is no copy of them; -1. */
static int maps_read(struct conf_settings *settings)
{
	char *path, v4[CONF_PREFIX_TEXT], v6[CONF_PREFIX_TEXT];
	FILE *stream = NULL;
	bool good = true;
	int fd;

	if (asprintf(&path, "%s/" RELAY_APPLIED_MAPS, settings->runtime_dir) < 0)
		return -1;
	fd = conf_file_open(path, O_RDONLY);
	free(path);
	if (fd < 0 || (stream = fdopen(fd, "r")) == NULL)
		return fd < 0 && errno == ENOENT ? 0 : -1;
	free(settings->maps);
	settings->maps = NULL;
	settings->map_count = 0;
	while (good && fscanf(stream, " map %49s %49s", v4, v6) == 2) {
		struct conf_map *place = conf_list_append(&settings->maps, &settings->map_count, sizeof(*place));

		good = place != NULL && conf_prefix4_parse(v4, &place->v4) == 0 && conf_prefix6_parse(v6, &place->v6) == 0;
	}
	fclose(stream);
	return good ? 0 : -1;
}

bool relay_applied_is(const struct conf_settings *settings)
{
	size_t length;
	char *text = file_read(settings->file, &length), *path;
	bool same;

	if (asprintf(&path, "%s/" COPY_NAME, settings->runtime_dir) < 0)
		path = NULL;
	same = text != NULL && path != NULL && conf_file_is(path, text, length);
	free(text);
	free(path);
	return same;
}

struct conf_settings *relay_applied_read(const char *runtime_dir)
{
	struct conf_settings *settings = NULL;
	struct conf_report quiet = {0};
	char *path;
	int fd;

	if (asprintf(&path, "%s/" COPY_NAME, runtime_dir) < 0)
		return NULL;
	fd = conf_file_open(path, O_RDONLY); /* a daemon may have put something in its place */
	if (fd >= 0) {
		settings = conf_settings_read(path, &quiet);
		close(fd);
	}
	if (settings != NULL && (strcmp(settings->runtime_dir, runtime_dir) != 0 || maps_read(settings) != 0)) {
		conf_settings_free(settings);
		settings = NULL;
	}
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
	char *runtime_dir = own != NULL ? strdup(own->runtime_dir) : runtime_dir_find(file);

	if (runtime_dir != NULL)
		applied = relay_applied_read(runtime_dir);
	for (size_t i = 0; applied == NULL && own == NULL && i < broken.count; i++)
		conf_report_add(report, "%s", broken.lines[i] != NULL ? broken.lines[i] : "out of memory");
	if (applied != NULL && own == NULL)
		fprintf(stderr, "nat64-relay: %s is broken; going by the copy of what is in force, %s\n", file, applied->file);
	conf_report_clear(&broken);
	free(runtime_dir);
	if (applied == NULL)
		return own;
	conf_settings_free(own);
	return applied;
}
