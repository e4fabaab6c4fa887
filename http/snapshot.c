/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file is root's and put in place whole (conf/file.h), so that a reader sees the old one or the new one. Its time is that of the monotonic clock. */
#include "http/snapshot.h"

#include "conf/clock.h"
#include "conf/file.h"
#include "conf/json.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static bool is_seen(const struct http_snapshot *snapshot, const struct stat *now)
{
	return snapshot->root && snapshot->seen.st_ino == now->st_ino &&
	       snapshot->seen.st_mtim.tv_sec == now->st_mtim.tv_sec &&
	       snapshot->seen.st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

/* The object in an open file; NULL: it is none. */
static json_t *file_parse(int fd, size_t size)
{
	char *text = size > 0 && size <= HTTP_SNAPSHOT_LIMIT ? malloc(size) : NULL;
	json_t *root = NULL;

	if (text && read(fd, text, size) == (ssize_t)size)
		root = json_loadb(text, size, 0, NULL);
	free(text);
	if (json_is_object(root))
		return root;
	json_decref(root);
	return NULL;
}

bool http_snapshot_read(struct http_snapshot *snapshot)
{
	int fd = conf_file_open(snapshot->path, O_RDONLY);
	struct stat now;
	json_t *root = NULL;

	if (fd < 0)
		return false;
	if (fstat(fd, &now) == 0 && !is_seen(snapshot, &now))
		root = file_parse(fd, (size_t)now.st_size);
	close(fd);
	if (!root)
		return false;
	json_decref(snapshot->root);
	snapshot->root = root;
	snapshot->seen = now;
	return true;
}

uint64_t http_snapshot_age(const struct http_snapshot *snapshot)
{
	int64_t age = conf_clock_ms(CLOCK_MONOTONIC) - conf_json_number(snapshot->root, "written_ms");

	return age > 0 ? (uint64_t)age : 0;
}

void http_snapshot_clear(struct http_snapshot *snapshot)
{
	json_decref(snapshot->root);
	free(snapshot->path);
	*snapshot = (struct http_snapshot){.path = NULL};
}
