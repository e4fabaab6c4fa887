/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime folder, from its making to its end. It is root's, and nobody else may add a name to it; the daemons have a folder of their
 * own in it (conf/runtime.c). Earlier versions let the daemons' group write to all of it, so what is found there is settled each time it
 * is opened: the folder is closed, the sockets are moved to where they belong, so that daemons which still run are reached, and what
 * bears a name of ours and is not root's goes, whatever it is. What root has put there is never removed: names that are not ours neither.
 */
#include "relay/host/runtime.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "conf/tree.h"
#include "module/counter_file.h"
#include "relay/host/generation.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_ROOM = 64, MODE_OF_OLD = 01775 };

/* What is taken away at the end; kernel/ removes its own memory. */
static const char *const own_files[] = {RELAY_GENERATION_CURRENT,
					RELAY_GENERATION_PREVIOUS,
					RELAY_GENERATION_SETTINGS,
					RELAY_GENERATION_MAPS,
					RELAY_GENERATION_UNBOUND,
					"bridge.conf",
					COUNTER_FILE_NAME,
					"children",
					"advertised",
					"relay.conf.before",
					"maps.before",
					"unbound.conf.before", /* of earlier versions */
					"watch.json",
					"reload.lock",
					"tailnet.lock",
					CONF_RUNTIME_NAT64D_LOCK,
					"lock"};

#define MEMORY "sysctl.json"

static const char *const socket_names[] = {CONF_RUNTIME_NAT64D_SOCKET, CONF_RUNTIME_UNBOUND_SOCKET,
					   CONF_RUNTIME_DRAIN_SOCKET};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Is it root's own, and the only name of it? A folder or a link of root's is nobody's trap. */
static bool is_own(int folder, const char *name)
{
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	return status.st_uid == geteuid() &&
	       (S_ISDIR(status.st_mode) || ((S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) && status.st_nlink <= 1));
}

/* A file of ours, and its next version. */
static int name_settle(int folder, const char *name)
{
	char next[NAME_ROOM];

	snprintf(next, sizeof(next), "%s" CONF_FILE_BEGUN, name);
	if (!is_own(folder, name) && conf_tree_remove(folder, name, folder) != 0)
		return -1;
	return is_own(folder, next) ? 0 : conf_tree_remove(folder, next, folder);
}

static int names_settle(int folder)
{
	for (size_t i = 0; i < COUNT(own_files); i++)
		if (name_settle(folder, own_files[i]) != 0)
			return -1;
	return name_settle(folder, MEMORY);
}

static bool is_socket(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(status.st_mode) && status.st_nlink <= 1;
}

/* May it lie among the sockets? */
static bool belongs_to_sockets(int sockets, const char *name)
{
	struct stat status;

	for (size_t i = 0; i < COUNT(socket_names); i++)
		if (strcmp(name, socket_names[i]) == 0)
			return is_socket(sockets, name);
	return strcmp(name, CONF_RUNTIME_NAT64D_LOCK) == 0 && fstatat(sockets, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode) && status.st_nlink <= 1;
}

/* What else the daemons' user has put among the sockets could keep a daemon from its place. */
static int sockets_clean(int folder, int sockets)
{
	int copy = openat(sockets, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	int result = stream ? 0 : -1;

	while (result == 0 && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    !belongs_to_sockets(sockets, entry->d_name))
			result = conf_tree_remove(sockets, entry->d_name, folder);
	if (stream)
		closedir(stream);
	else if (copy >= 0)
		close(copy);
	return result;
}

static bool is_own_link(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode) &&
	       status.st_uid == geteuid();
}

/* Where earlier versions had them there is a link now. */
static int sockets_move(int folder, int sockets)
{
	for (size_t i = 0; i < COUNT(socket_names); i++) {
		const char *name = socket_names[i];

		if (is_own_link(folder, name) || faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if ((is_socket(folder, name) ? renameat(folder, name, sockets, name) :
					       conf_tree_remove(folder, name, folder)) != 0)
			return -1;
	}
	return 0;
}

static int sockets_settle(int folder, gid_t group)
{
	int sockets = conf_runtime_sockets_open(folder, group), result = -1;

	if (sockets < 0 && (errno == ENOTDIR || errno == ELOOP) &&
	    conf_tree_remove(folder, CONF_RUNTIME_SOCKETS, folder) == 0)
		sockets = conf_runtime_sockets_open(folder, group);
	if (sockets >= 0 && sockets_move(folder, sockets) == 0 && conf_runtime_links_make(folder) == 0)
		result = sockets_clean(folder, sockets);
	if (sockets >= 0)
		close(sockets);
	return result;
}

/* Closed to all others, when it is as an earlier version has made it; else it is somebody's choice, and refused. */
static int folder_close(int folder, const struct stat *status)
{
	if ((status->st_mode & 022) == 0)
		return 0;
	errno = EPERM;
	return (status->st_mode & 07777) == MODE_OF_OLD ? fchmod(folder, 0755) || fchown(folder, (uid_t)-1, 0) : -1;
}

static int folder_settle(const struct conf_settings *settings, int folder, struct conf_report *report)
{
	const struct passwd *user = getpwnam(settings->node.user);
	struct stat status;

	if (fstat(folder, &status) != 0 || status.st_uid != geteuid())
		return conf_report_add(report, "runtime-dir %s is not a folder of root: remove it, or name another",
				       settings->node.runtime_dir);
	if (folder_close(folder, &status) != 0)
		return conf_report_add(report,
				       "users other than root may write to runtime-dir %s: chmod go-w %s, or name "
				       "another",
				       settings->node.runtime_dir, settings->node.runtime_dir);
	if (names_settle(folder) == 0 && relay_generation_settle(folder) == 0 &&
	    sockets_settle(folder, user ? user->pw_gid : 0) == 0)
		return 0;
	return conf_report_add(report, "cannot set up %s: %s", settings->node.runtime_dir, strerror(errno));
}

int relay_runtime_settle(const struct conf_settings *settings, struct conf_report *report)
{
	int folder, result;

	if (conf_file_parents_make(settings->node.runtime_dir, report) != 0)
		return -1;
	if (mkdir(settings->node.runtime_dir, 0755) != 0 && errno != EEXIST)
		folder = -1;
	else
		folder = open(settings->node.runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return conf_report_add(report, "cannot make the folder %s: %s", settings->node.runtime_dir,
				       strerror(errno));
	result = folder_settle(settings, folder, report);
	close(folder);
	return result;
}

/* A file of the folder, and what a killed conf_file_put has left of the next one. */
static void own_file_remove(int folder, const char *name)
{
	char next[NAME_ROOM];

	snprintf(next, sizeof(next), "%s" CONF_FILE_BEGUN, name);
	unlinkat(folder, name, 0);
	unlinkat(folder, next, 0);
}

void relay_runtime_close(const struct conf_settings *settings, int lock, bool remove)
{
	int folder = remove ? open(settings->node.runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	for (size_t i = 0; folder >= 0 && i < COUNT(own_files); i++)
		own_file_remove(folder, own_files[i]);
	if (folder >= 0) {
		relay_generation_remove(folder);
		unlinkat(folder, MEMORY CONF_FILE_BEGUN, 0); /* the whole one is kernel/'s */
		for (size_t i = 0; i < COUNT(socket_names); i++)
			unlinkat(folder, socket_names[i], 0);
		conf_tree_remove(folder, CONF_RUNTIME_SOCKETS, folder);
		conf_tree_remove(folder, "http", folder); /* relay/show/snapshot.h */
		close(folder);
		rmdir(settings->node.runtime_dir);
	}
	if (lock >= 0)
		close(lock);
}
