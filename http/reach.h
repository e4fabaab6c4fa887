/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the relay reaches, as its watch has written it after its last look: newer than the snapshot. */
#ifndef HTTP_REACH_H
#define HTTP_REACH_H

#include <stdbool.h>

enum { HTTP_REACH_TEXT = 48, HTTP_REACH_WHY = 256 };

struct http_reach {
	bool works;                   /* true as well when nothing is looked at */
	char header[HTTP_REACH_TEXT]; /* "good; age=1200", in ms; "" nothing is looked at */
	char why[HTTP_REACH_WHY];
};

/* snapshot: the path of the snapshot, in whose folder the file lies; NULL: there is none. */
void http_reach_read(const char *snapshot, struct http_reach *reach);

/*
 * The FIFO by which the relay's watch is asked for a look, beside the snapshot; before privileges are given up. -1: nobody reads it. And ask by it: without waiting, and
 * nothing comes of it when the watch is gone.
 */
int http_reach_request_open(const char *snapshot);
void http_reach_request(int fifo);

#endif
