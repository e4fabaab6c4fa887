// SPDX-License-Identifier: GPL-2.0-or-later
// The runtime folder. It belongs to root and to the daemons' group, sticky: the daemons make their sockets in it and
// cannot touch what root has put there. One nat64-relay at a time works on it: the lock file is locked with flock(2),
// holds the pid of the holder, and is free again however the holder ends.
#include "relay/runtime.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "module/counter_file.h"
#include "nat64/control.h"
#include "relay/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RELOAD_LOCK_MS = 30000, RELOAD_LOCK_STEP_MS = 50 };

/* What is taken away at the end; kernel/ removes its own memory. The sockets and nat64d's lock are
 * there when a daemon was killed. */
static const char *const own_files[] = {"unbound.conf", "unbound.ctl", COUNTER_FILE_NAME, "children", "advertised", "relay.conf", "maps", "relay.conf.before", "maps.before", "unbound.conf.before", "watch.json", "reload.lock", NAT64_CONTROL_NAME, "nat64d.lock", "lock"};

char *relay_runtime_path(const struct conf_settings *settings, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", settings->runtime_dir, name) < 0 ? NULL : path;
}

FILE *relay_runtime_memory_open(const struct conf_settings *settings, const char *name)
{
	char *path = relay_runtime_path(settings, name);
	int fd = path != NULL ? conf_file_open(path, O_RDONLY) : -1;
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (fd >= 0 && stream == NULL)
		close(fd);
	free(path);
	return stream;
}

int relay_runtime_file_put(const struct conf_settings *settings, const char *path, const char *text, size_t length, bool closed,
			   struct conf_report *report)
{
	const struct passwd *user = closed ? getpwnam(settings->user) : NULL;

	if (conf_file_put(path, text, length, closed ? 0640 : 0644, NULL, report) != 0)
		return -1;
	if (!closed || (user != NULL && lchown(path, 0, user->pw_gid) == 0))
		return 0;
	conf_report_add(report, "cannot give %s to the group of %s", path, settings->user);
	return -1;
}

bool relay_runtime_may_ask(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, NAT64_CONTROL_NAME);
	bool may = path == NULL || access(path, W_OK) == 0 || errno != EACCES;

	free(path);
	return may;
}

pid_t relay_runtime_holder(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, "lock");
	char text[16] = "";
	int fd = path != NULL ? conf_file_open(path, O_RDONLY) : -1;
	pid_t holder = 0;

	if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && read(fd, text, sizeof(text) - 1) > 0)
		holder = (pid_t)strtol(text, NULL, 10);
	if (fd >= 0)
		close(fd);
	free(path);
	return holder;
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
	conf_report_add(report, "cannot make the folder %s: %s", path, strerror(errno));
	return -1;
}

static bool folder_is_empty(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	bool empty = folder != NULL;

	while (empty && (entry = readdir(folder)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (folder != NULL)
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
	const struct passwd *user = getpwnam(settings->user);

	if (user == NULL) {
		conf_report_add(report, "there is no user %s", settings->user);
		return -1;
	}
	if (folder_make(settings->data_dir, 0750, user->pw_uid, user->pw_gid, report) != 0)
		return -1;
	data_give(settings->data_dir, user);
	return 0;
}

/* A folder that was there already: whose is it? A stranger could exchange every file in it under our hands. */
static int folder_check(const char *path, struct conf_report *report)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid())
		return 0;
	conf_report_add(report, "runtime-dir %s is no folder of root's: remove it, or name another", path);
	return -1;
}

/* The lock file, our own: what a daemon may have put in its place gives way. */
static int lock_file_open(const char *path)
{
	int fd = conf_file_open(path, O_RDWR);

	if (fd < 0 && errno == EPERM)
		unlink(path);
	return fd >= 0 ? fd : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

/* -1, with errno, when somebody else holds it or has just removed it, or when it cannot be written. */
static int lock_try(const char *path)
{
	struct stat status;
	int fd = lock_file_open(path), error;

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &status) == 0 && status.st_nlink > 0 && ftruncate(fd, 0) == 0 &&
	    dprintf(fd, "%d\n", (int)getpid()) > 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Why lock_try failed: somebody else's lock, or a disk that is full. */
static void lock_explain(const struct conf_settings *settings, const char *path, int error, struct conf_report *report)
{
	pid_t holder = relay_runtime_holder(settings);

	if (holder != 0)
		conf_report_add(report, "another nat64-relay (pid %d) is at work: it holds %s", (int)holder, path);
	else
		conf_report_add(report, "cannot write %s: %s", path, strerror(error));
}

int relay_runtime_open(const struct conf_settings *settings, struct conf_report *report)
{
	const struct passwd *user = getpwnam(settings->user);
	char *path;
	int lock;

	if (folder_make(settings->runtime_dir, 01775, 0, user != NULL ? user->pw_gid : 0, report) != 0 ||
	    folder_check(settings->runtime_dir, report) != 0)
		return -1;
	path = relay_runtime_path(settings, "lock");
	if (path == NULL)
		return -1;
	lock = lock_try(path);
	if (lock < 0)
		lock_explain(settings, path, errno, report);
	free(path);
	return lock;
}

int relay_runtime_lock_reload(const struct conf_settings *settings, struct conf_report *report)
{
	char *path = relay_runtime_path(settings, "reload.lock");
	uint64_t end = relay_clock_ms() + RELOAD_LOCK_MS;
	int lock = -1;

	while (path != NULL && (lock = lock_try(path)) < 0 && errno == EWOULDBLOCK && relay_clock_ms() < end)
		poll(NULL, 0, RELOAD_LOCK_STEP_MS);
	if (lock < 0)
		conf_report_add(report, "cannot lock %s: %s", path != NULL ? path : "reload.lock",
				errno == EWOULDBLOCK ? "another nat64-relay reload is at work" : strerror(errno));
	free(path);
	return lock;
}

int relay_runtime_try_reload(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, "reload.lock");
	int lock = path != NULL ? lock_try(path) : RELAY_RUNTIME_FAILED;

	if (lock < 0)
		lock = path != NULL && errno == EWOULDBLOCK ? RELAY_RUNTIME_BUSY : RELAY_RUNTIME_FAILED;
	free(path);
	return lock;
}

int relay_runtime_counters_make(const struct conf_settings *settings, struct conf_report *report)
{
	const struct passwd *user = getpwnam(settings->user);
	char *path = relay_runtime_path(settings, COUNTER_FILE_NAME);
	int result = -1;

	if (path == NULL || user == NULL)
		conf_report_add(report, "cannot make " COUNTER_FILE_NAME ": %s", path == NULL ? "out of memory" : "there is no such user");
	else
		result = counter_file_make(path, counter_file_size(settings->split_domain_count), user->pw_gid, report);
	free(path);
	return result;
}

/* A file of the folder, and what a killed conf_file_put has left of the next one. */
static void own_file_remove(const struct conf_settings *settings, const char *name)
{
	char *path = relay_runtime_path(settings, name), *begun = NULL;

	if (path != NULL && asprintf(&begun, "%s" CONF_FILE_BEGUN, path) < 0)
		begun = NULL;
	if (path != NULL)
		unlink(path);
	if (begun != NULL)
		unlink(begun);
	free(begun);
	free(path);
}

void relay_runtime_close(const struct conf_settings *settings, int lock, bool remove)
{
	char *memory = remove ? relay_runtime_path(settings, "sysctl.json" CONF_FILE_BEGUN) : NULL; /* the whole one is kernel/'s */

	for (size_t i = 0; remove && i < sizeof(own_files) / sizeof(own_files[0]); i++)
		own_file_remove(settings, own_files[i]);
	if (memory != NULL)
		unlink(memory);
	free(memory);
	if (remove)
		rmdir(settings->runtime_dir);
	if (lock >= 0)
		close(lock);
}
