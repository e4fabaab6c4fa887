/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file is small, root's, and put in place whole. Another relay waits for what it says, so it is read at each request. */
#include "http/reach.h"

#include "conf/clock.h"
#include "conf/file.h"
#include "conf/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME "reach.json"

enum { FILE_ROOM = 1024, PATH_ROOM = 4096, OLD_MS = 60000 };

static json_t *file_read(const char *snapshot)
{
	const char *slash = snapshot ? strrchr(snapshot, '/') : NULL;
	char path[PATH_ROOM], text[FILE_ROOM];
	ssize_t length = -1;
	int fd;

	if (!slash)
		return NULL;
	snprintf(path, sizeof(path), "%.*s" NAME, (int)(slash - snapshot) + 1, snapshot);
	fd = conf_file_open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	length = read(fd, text, sizeof(text));
	close(fd);
	return length > 0 ? conf_json_parse(text, (size_t)length) : NULL;
}

void http_reach_read(const char *snapshot, struct http_reach *reach)
{
	json_t *object = file_read(snapshot);
	long long age = conf_clock_ms(CLOCK_MONOTONIC) - conf_json_number(object, "looked_ms");

	*reach = (struct http_reach){.works = true};
	if (json_is_object(object) && age < OLD_MS) {
		reach->works = conf_json_is_true(object, "works");
		snprintf(reach->header, sizeof(reach->header), "%s; age=%lld",
			 conf_json_is_true(object, "reached") ? "good" : "bad", age > 0 ? age : 0);
		snprintf(reach->why, sizeof(reach->why), "%s", conf_json_text(object, "why"));
	}
	json_decref(object);
}
