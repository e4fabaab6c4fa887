/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nat64-relay has written of the relay, and of what the relay reaches. */
#ifndef HTTP_SNAPSHOT_H
#define HTTP_SNAPSHOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* After so long the relay's watch has stopped writing: everything else in the file says nothing of now. */
enum { HTTP_SNAPSHOT_OLD_MS = 60000, HTTP_SNAPSHOT_LIMIT = 16 << 20 };

struct http_snapshot {
	char *path;
	json_t *root;     /* NULL: there is none yet */
	struct stat seen; /* of the file that root was read from */
};

/* Read the file again if it is another one. True: root is new. A file that is missing or broken leaves what there was. */
bool http_snapshot_read(struct http_snapshot *snapshot);

/* How old it is, in ms. */
uint64_t http_snapshot_age(const struct http_snapshot *snapshot);

void http_snapshot_clear(struct http_snapshot *snapshot);

enum { HTTP_REACH_TEXT = 48, HTTP_REACH_WHY = 256 };

/* What the relay reaches, as its watch has written it after its last look: newer than the snapshot. */
struct http_reach {
	bool works;                   /* true as well when nothing is looked at */
	char header[HTTP_REACH_TEXT]; /* "good; age=1200", in ms; "" nothing is looked at */
	char why[HTTP_REACH_WHY];
};

/* Read it. snapshot: the path of the snapshot, in whose folder the file lies; NULL: there is none. */
void http_reach_read(const char *snapshot, struct http_reach *reach);

/*
 * The FIFO by which the relay's watch is asked for a look, beside the snapshot; before privileges are given up. -1: nobody reads it. And ask by it: without waiting, and
 * nothing comes of it when the watch is gone.
 */
int http_reach_request_open(const char *snapshot);

void http_reach_request(int fifo);

#endif
