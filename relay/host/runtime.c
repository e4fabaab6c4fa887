/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies in the runtime folder (relay/host/runtime_folder.c makes it, relay/host/runtime_lock.c has its locks), and the data folder. */
#include "relay/host/runtime.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "module/counter_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *relay_runtime_path(const struct conf_settings *settings, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", settings->node.runtime_dir, name) < 0 ? NULL : path;
}

FILE *relay_runtime_memory_open(const struct conf_settings *settings, const char *name)
{
	char *path = relay_runtime_path(settings, name);
	int fd = path ? conf_file_open(path, O_RDONLY) : -1;
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (fd >= 0 && !stream)
		close(fd);
	free(path);
	return stream;
}

int relay_runtime_file_put(const struct conf_settings *settings, const char *path, const char *text, size_t length,
			   bool closed, struct conf_report *report)
{
	const struct passwd *user = closed ? getpwnam(settings->node.user) : NULL;

	if (conf_file_put(path, text, length, closed ? 0640 : 0644, NULL, report) != 0)
		return -1;
	if (!closed || (user && lchown(path, 0, user->pw_gid) == 0))
		return 0;
	return conf_report_add(report, "cannot give %s to the group of %s", path, settings->node.user);
}

bool relay_runtime_may_ask(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_NAT64D_SOCKET);
	bool may = !path || access(path, W_OK) == 0 || errno != EACCES;

	free(path);
	return may;
}

/* Make one folder unless it is there. */
static int folder_make(const char *path, mode_t mode, uid_t owner, gid_t group, struct conf_report *report)
{
	if (conf_file_parents_make(path, report) != 0)
		return -1;
	if (mkdir(path, 0700) != 0) {
		if (errno == EEXIST)
			return 0;
	} else if (chmod(path, mode) == 0 && chown(path, owner, group) == 0) { /* whose it is no longer is not ours to chmod */
		return 0;
	}
	return conf_report_add(report, "cannot make the folder %s: %s", path, strerror(errno));
}

static bool folder_is_empty(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool empty = folder;

	while (empty && (entry = readdir(folder)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (folder)
		closedir(folder);
	return empty;
}

/* A folder of root's that has nothing in it is the volume of a new container, or made by hand: nobody loses it when it is given to
 * the daemons' user. What cannot be given stays as it was; nat64d says what it cannot write. */
static void data_give(const char *path, const struct passwd *user)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && status.st_uid == 0 && folder_is_empty(path) && fchmod(fd, 0750) == 0 &&
	    fchown(fd, user->pw_uid, user->pw_gid) != 0)
		(void)fchmod(fd, status.st_mode);
	close(fd);
}

int relay_runtime_data_make(const struct conf_settings *settings, struct conf_report *report)
{
	const struct passwd *user = getpwnam(settings->node.user);

	if (!user)
		return conf_report_add(report, "there is no user %s", settings->node.user);
	if (folder_make(settings->node.data_dir, 0750, user->pw_uid, user->pw_gid, report) != 0)
		return -1;
	data_give(settings->node.data_dir, user);
	return 0;
}

int relay_runtime_counters_make(const struct conf_settings *settings, struct conf_report *report)
{
	const struct passwd *user = getpwnam(settings->node.user);
	char *path = relay_runtime_path(settings, COUNTER_FILE_NAME);
	int result = -1;

	if (!path || !user)
		conf_report_add(report, "cannot make " COUNTER_FILE_NAME ": %s",
				!path ? "out of memory" : "there is no such user");
	else
		result = splitdns_counter_file_make(path, splitdns_counter_file_size(settings->dns.split_domain_count),
						    user->pw_gid, report);
	free(path);
	return result;
}
