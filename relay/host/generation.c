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
 *
 * All of it is root's. A link or a folder that is not is believed by nobody, for earlier versions let the daemons make names in the runtime folder. Those
 * versions had the three files in that folder itself.
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

/* Is it of that type, and root's own? */
static bool is_own(int folder, const char *name, mode_t type)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && (status.st_mode & S_IFMT) == type &&
	       (status.st_uid == 0 || status.st_uid == geteuid()) && (type == S_IFLNK || (status.st_mode & 022) == 0);
}

static bool generation_find(int folder, const char *link, char name[RELAY_GENERATION_ROOM])
{
	ssize_t length = is_own(folder, link, S_IFLNK) ? readlinkat(folder, link, name, RELAY_GENERATION_ROOM) : -1;

	if (length <= 0 || length == RELAY_GENERATION_ROOM)
		return false;
	name[length] = '\0';
	return strncmp(name, FOLDER, strlen(FOLDER)) == 0 && !strchr(name, '/') && is_own(folder, name, S_IFDIR);
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
	char name[RELAY_GENERATION_ROOM], *path;

	if (!relay_generation_find(runtime_dir, link, name))
		strcpy(name, "."); /* of an earlier version, which had no links; anything else there is no file of root's */
	return asprintf(&path, "%s/%s/%s", runtime_dir, name, file) < 0 ? NULL : path;
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

/* The files of an earlier version. Each keeps its name until a link takes it, so that a daemon which starts meanwhile finds it. */
static int files_adopt(int folder)
{
	char name[RELAY_GENERATION_ROOM], path[LINK_ROOM];

	if (generation_make(folder, name) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", name, files[i]);
		if (is_own(folder, files[i], S_IFREG) && linkat(folder, files[i], folder, path, 0) != 0)
			return -1;
	}
	return link_put(folder, name, RELAY_GENERATION_CURRENT);
}

int relay_generation_settle(int folder)
{
	char name[RELAY_GENERATION_ROOM], target[LINK_ROOM];

	if (!generation_find(folder, RELAY_GENERATION_CURRENT, name) &&
	    is_own(folder, RELAY_GENERATION_SETTINGS, S_IFREG) && files_adopt(folder) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(target, sizeof(target), RELAY_GENERATION_CURRENT "/%s", files[i]);
		if (!is_own(folder, files[i], S_IFLNK) && link_put(folder, target, files[i]) != 0)
			return -1;
	}
	return 0;
}
