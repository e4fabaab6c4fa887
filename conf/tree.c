/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remove whatever stands in the place of a file of ours, as root, where somebody else has put it and may still be at work.
 *
 * A folder is moved aside, to where nobody else may write, made root's, and closed: who holds it open can add nothing to it from then on.
 * Folders inside are not walked into, for a tree may be deeper than there are descriptors or there is stack: each is moved aside too, and
 * is then one more folder to be emptied. No name is ever followed through a link, and nothing outside is opened.
 */
#include "conf/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOVED                                                                                                          \
	"removed-%u" /* in the folder aside, while it works; what one that was killed has left there goes with the next */

enum { NAME_ROOM = 32 };

/* Where folders are moved to, and how many were. */
struct moved {
	int folder;
	unsigned count;
};

/* Remove an entry of a folder, or move it away when it is a folder itself. */
static int entry_remove(struct moved *moved, int inside, const char *entry)
{
	char name[NAME_ROOM];

	if (unlinkat(inside, entry, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	do {
		snprintf(name, sizeof(name), MOVED, moved->count++);
		if (syscall(SYS_renameat2, inside, entry, moved->folder, name, RENAME_NOREPLACE) == 0) /* musl has no renameat2() */
			return 0;
	} while (errno == EEXIST);
	return -1;
}

static int entries_remove(struct moved *moved, DIR *stream)
{
	const struct dirent *entry;
	int result = 0;

	while (result == 0 && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = entry_remove(moved, dirfd(stream), entry->d_name);
	return result;
}

/* Empty one folder, which is ours from here on, and remove it. */
static int folder_remove(struct moved *moved, const char *name)
{
	int inside = openat(moved->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream;
	int result;

	if (inside < 0)
		return unlinkat(moved->folder, name, 0);
	if (fchown(inside, geteuid(), (gid_t)-1) || fchmod(inside, 0700) || !(stream = fdopendir(inside))) {
		close(inside);
		return -1;
	}
	result = entries_remove(moved, stream);
	closedir(stream);
	return result == 0 && unlinkat(moved->folder, name, AT_REMOVEDIR) == 0 ? 0 : -1;
}

int conf_tree_remove(int folder, const char *name, int aside)
{
	struct moved moved = {.folder = aside};
	int result = entry_remove(&moved, folder, name);

	for (unsigned gone = 0; result == 0 && gone < moved.count; gone++) {
		char inner[NAME_ROOM];

		snprintf(inner, sizeof(inner), MOVED, gone);
		if (folder_remove(&moved, inner) != 0 && errno != ENOENT)
			result = -1;
	}
	return result;
}
