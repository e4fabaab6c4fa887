// SPDX-License-Identifier: GPL-2.0-or-later
// A copy of the settings that are in force, RUNTIME_DIR/relay.conf. up and reload write it once they have succeeded; down,
// and reload when it has to go back, read it. It goes with the runtime folder.
#include "relay/applied.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"

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

int relay_applied_keep(const struct conf_settings *settings, struct conf_report *report)
{
	size_t length;
	char *text = file_read(settings->file, &length), *path = NULL;
	int result = -1;

	if (text == NULL || asprintf(&path, "%s/" COPY_NAME, settings->runtime_dir) < 0) {
		path = NULL;
		conf_report_add(report, "cannot keep a copy of %s", settings->file);
	} else {
		result = conf_file_is(path, text, length) ? 0 : conf_file_put(path, text, length, 0644, NULL, report);
	}
	free(text);
	free(path);
	return result;
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
	if (settings != NULL && strcmp(settings->runtime_dir, runtime_dir) != 0) {
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
