/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generations of the active settings in the runtime folder.
 *
 *     gen-7/relay.conf, maps, unbound.conf    whole before anybody reads them, and never changed after
 *     current -> gen-7                        the active ones: commit and rollback are one rename(2) of this link
 *     previous -> gen-6                       while a reload is on its way
 *     relay.conf -> current/relay.conf, ...   what the daemons are given to read: these names stay
 *
 * A reload that finds `previous` is the next one after a reload that was killed: `current` goes back to where it leads, and the machine follows.
 */
#include "relay/host/generation.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "gen-"

enum { LINK_ROOM = 64 };

static const char *const files[] = {RELAY_GENERATION_SETTINGS, RELAY_GENERATION_MAPS, RELAY_GENERATION_UNBOUND};

static bool generation_find(int folder, const char *link, char name[RELAY_GENERATION_ROOM])
{
	ssize_t length = readlinkat(folder, link, name, RELAY_GENERATION_ROOM);

	if (length <= 0 || length == RELAY_GENERATION_ROOM)
		return false;
	name[length] = '\0';
	return strncmp(name, FOLDER, strlen(FOLDER)) == 0 && faccessat(folder, name, F_OK, 0) == 0;
}

static int folder_open(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool relay_generation_find(const char *runtime_dir, const char *link, char name[RELAY_GENERATION_ROOM])
{
	int folder = folder_open(runtime_dir);
	bool found = folder >= 0 && generation_find(folder, link, name);

	if (folder >= 0)
		close(folder);
	return found;
}

char *relay_generation_path(const char *runtime_dir, const char *link, const char *file)
{
	char *path;

	return asprintf(&path, "%s/%s/%s", runtime_dir, link, file) < 0 ? NULL : path;
}

/* In place of a file, or of another link. */
static int link_put(int folder, const char *target, const char *name)
{
	char next[LINK_ROOM];

	snprintf(next, sizeof(next), "%s" CONF_FILE_BEGUN, name);
	unlinkat(folder, next, 0);
	return symlinkat(target, folder, next) == 0 ? renameat(folder, next, folder, name) : -1;
}

void relay_generation_remove(int folder)
{
	char current[RELAY_GENERATION_ROOM] = "", previous[RELAY_GENERATION_ROOM] = "";
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;

	generation_find(folder, RELAY_GENERATION_CURRENT, current);
	generation_find(folder, RELAY_GENERATION_PREVIOUS, previous);
	while (stream && (entry = readdir(stream)))
		if (strncmp(entry->d_name, FOLDER, strlen(FOLDER)) == 0 && strcmp(entry->d_name, current) != 0 &&
		    strcmp(entry->d_name, previous) != 0)
			conf_tree_remove(folder, entry->d_name, folder);
	if (stream)
		closedir(stream);
}

static int generation_make(int folder, char name[RELAY_GENERATION_ROOM])
{
	char current[RELAY_GENERATION_ROOM];
	unsigned number = generation_find(folder, RELAY_GENERATION_CURRENT, current) ?
				  (unsigned)atoi(current + strlen(FOLDER)) :
				  0;

	relay_generation_remove(folder);
	snprintf(name, RELAY_GENERATION_ROOM, FOLDER "%u", number + 1);
	return mkdirat(folder, name, 0755) == 0 ? fchmodat(folder, name, 0755, 0) : -1;
}

int relay_generation_make(const struct conf_settings *settings, char name[RELAY_GENERATION_ROOM], struct conf_report *report)
{
	int folder = folder_open(settings->node.runtime_dir), result = generation_make(folder, name);

	if (result != 0)
		conf_report_add(report, "cannot make a folder in %s: %s", settings->node.runtime_dir, strerror(errno));
	close(folder);
	return result;
}

int relay_generation_commit(const struct conf_settings *settings, const char *link, const char *name,
			    struct conf_report *report)
{
	int folder = folder_open(settings->node.runtime_dir), result = link_put(folder, name, link);

	if (result != 0)
		conf_report_add(report, "cannot write %s/%s: %s", settings->node.runtime_dir, link, strerror(errno));
	close(folder);
	return result;
}

void relay_generation_forget(const struct conf_settings *settings)
{
	int folder = folder_open(settings->node.runtime_dir);

	unlinkat(folder, RELAY_GENERATION_PREVIOUS, 0);
	relay_generation_remove(folder);
	close(folder);
}

int relay_generation_settle(int folder)
{
	char target[LINK_ROOM];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(target, sizeof(target), RELAY_GENERATION_CURRENT "/%s", files[i]);
		if (symlinkat(target, folder, files[i]) != 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}
