/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The snapshot, and beside it the file of what the relay reaches (relay/watch/watch_reach.c). Both are root's and put in place whole (conf/file.h), so that a
 * reader sees the old one or the new one; their times are those of the monotonic clock. The snapshot is parsed again when it is another file. What the relay
 * reaches is a small file, and another relay waits for what it says, so it is read at each request.
 */
#include "http/snapshot.h"

#include "conf/clock.h"
#include "conf/file.h"
#include "conf/json.h"
#include "conf/http.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

#define NAME "reach.json"

enum { FILE_ROOM = 1024, PATH_ROOM = 4096, OLD_MS = 600000 }; /* twice as long as anything goes without a look */

/* A file beside the snapshot. False: its path has no folder. */
static bool path_make(const char *snapshot, const char *name, char path[PATH_ROOM])
{
	const char *slash = snapshot ? strrchr(snapshot, '/') : NULL;

	return slash && snprintf(path, PATH_ROOM, "%.*s%s", (int)(slash - snapshot) + 1, snapshot, name) < PATH_ROOM;
}

static json_t *file_read(const char *snapshot)
{
	char path[PATH_ROOM], text[FILE_ROOM];
	ssize_t length = -1;
	int fd;

	if (!path_make(snapshot, NAME, path))
		return NULL;
	fd = conf_file_open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	length = read(fd, text, sizeof(text));
	close(fd);
	return length > 0 ? conf_json_parse(text, (size_t)length) : NULL;
}

void http_reach_read(const char *snapshot, struct http_reach *reach)
{
	json_auto_t *object = file_read(snapshot);
	long long age = conf_clock_ms(CLOCK_MONOTONIC) - conf_json_number(object, "looked_ms");

	*reach = (struct http_reach){.works = true};
	if (json_is_object(object) && age < OLD_MS) {
		reach->works = conf_json_is_true(object, "works");
		snprintf(reach->header, sizeof(reach->header), "%s; age=%lld",
			 conf_json_is_true(object, "reached") ? "good" : "bad", age > 0 ? age : 0);
		snprintf(reach->why, sizeof(reach->why), "%s", conf_json_text(object, "why"));
	}
}

int http_reach_request_open(const char *snapshot)
{
	char path[PATH_ROOM];

	return path_make(snapshot, CONF_SERVED_LOOK, path) ? open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) :
							     -1;
}

void http_reach_request(int fifo)
{
	if (fifo >= 0 && write(fifo, "", 1) < 0)
		return; /* full: it is asked already; or nobody reads */
}
