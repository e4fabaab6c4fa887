/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of settings that several hands fill. What is no assignment is passed over: this reads other programs' files. */
#include "relay/host/dropin.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_ROOM = 512, FILES_MAX = 256, LINE_ROOM = 1024 };

static bool line_split(char *line, char **name, char **value)
{
	char *equals = strchr(line, '=');

	line += strspn(line, " \t-");
	if (!equals || *line == '#' || *line == ';' || *line == '[' || equals <= line)
		return false;
	*equals = '\0';
	line[strcspn(line, " \t")] = '\0';
	*name = line;
	*value = equals + 1 + strspn(equals + 1, " \t");
	(*value)[strcspn(*value, " \t\r\n")] = '\0';
	return true;
}

void relay_dropin_file(const char *path, relay_dropin_visitor *visitor, void *context)
{
	FILE *stream = fopen(path, "re");
	char line[LINE_ROOM], *name, *value;

	for (unsigned number = 1; stream && fgets(line, sizeof(line), stream); number++)
		if (line_split(line, &name, &value))
			visitor(context, path, number, name, value);
	if (stream)
		fclose(stream);
}

static bool is_hidden(const char *const *folders, size_t folder, const char *name)
{
	char path[PATH_ROOM];

	for (size_t i = 0; i < folder; i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static int name_compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(strrchr(*left, '/'), strrchr(*right, '/'));
}

/* Add the paths of one folder. Returns how many there are now. */
static size_t folder_gather(const char *const *folders, size_t folder, char **paths, size_t count)
{
	DIR *directory = opendir(folders[folder]);
	const struct dirent *entry;

	while (directory && count < FILES_MAX && (entry = readdir(directory))) {
		size_t length = strlen(entry->d_name);

		if (length > 5 && strcmp(entry->d_name + length - 5, ".conf") == 0 &&
		    !is_hidden(folders, folder, entry->d_name) &&
		    asprintf(&paths[count], "%s/%s", folders[folder], entry->d_name) >= 0)
			count++;
	}
	if (directory)
		closedir(directory);
	return count;
}

void relay_dropins_read(const char *const *folders, size_t count, relay_dropin_visitor *visitor, void *context)
{
	char *paths[FILES_MAX];
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found = folder_gather(folders, i, paths, found);
	if (found > 0)
		qsort(paths, found, sizeof(paths[0]), name_compare);
	for (size_t i = 0; i < found; i++) {
		relay_dropin_file(paths[i], visitor, context);
		free(paths[i]);
	}
}
