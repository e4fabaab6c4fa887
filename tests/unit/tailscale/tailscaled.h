/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded tailscaled: a thread that answers on a unix socket what a real one once answered. */
#ifndef TESTS_UNIT_TAILSCALED_H
#define TESTS_UNIT_TAILSCALED_H

#include "conf/prefix.h"

#include <jansson.h>
#include <pthread.h>
#include <stddef.h>

struct conf_report;

/*
 * What the thread is to do. A test sets these before its first request, and reads the counters after its last.
 * Recordings lie in tests/unit/data/tailscale.
 */
struct tailscaled {
	const char *status;  /* the recording that answers GET status */
	const char *bus;     /* the recording that answers GET watch-ipn-bus, and never ends */
	json_t *prefs;       /* answers GET prefs; PATCH edits it */
	const char *refusal; /* a recording that answers PATCH with refusal_status instead */
	int refusal_status;
	const char *raw; /* answers every request with these bytes, as they are */
	size_t raw_length;
	int intrusions; /* so many times another writer puts back the list of before, right after a PATCH */

	int patches;   /* seen */
	int requests;  /* seen, all kinds */
	char path[64]; /* of the socket */
	int listener;
	pthread_t thread;
};

/* Start one that answers with these recordings; end it. NULL recordings: that resource is 404. */
struct tailscaled *tailscaled_start(const char *status, const char *prefs);
void tailscaled_stop(struct tailscaled *server);

/* The text of a recording. Fails the test when it is not there. The caller frees. */
char *recording_read(const char *name);

/* The prefix of a text. Fails the test when it is none. */
struct conf_prefix prefix(const char *text);

/* The report holds exactly one message, and it has this in it; the report is empty afterwards. Or: it holds none. */
void assert_reported(struct conf_report *report, const char *part);
void assert_quiet(const struct conf_report *report);

#endif
