/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nat64-relay detect learns of the network it stands in. */
#ifndef RELAY_DETECT_DETECT_H
#define RELAY_DETECT_DETECT_H

#include "conf/rfc7050.h"
#include "conf/settings.h"
#include "relay/ask/server.h"
#include "relay/detect/pref64.h"

#include <stdbool.h>

struct conf_report;

enum { RELAY_DETECT_RECORDS = 32 }; /* of each type; a real answer has two for each prefix */

/* A prefix that was found. */
struct relay_detected {
	struct conf_prefix6 prefix;
	bool is_wanted; /* it is the one that was asked for, or one of relay.conf's */
	int echo_ms;    /* relay_echo's result, when there was a probe */
	int echo_errno; /* why it was not sent */
	struct in6_addr probed;
};

struct relay_detection {
	struct relay_server server; /* who answered */
	const char *code_a, *code_aaaa;
	struct in_addr a[RELAY_DETECT_RECORDS];
	size_t a_count;
	struct in6_addr aaaa[RELAY_DETECT_RECORDS];
	enum conf_rfc7050_finding findings[RELAY_DETECT_RECORDS];
	size_t aaaa_count;
	struct relay_detected prefixes[RELAY_DETECT_RECORDS];
	size_t prefix_count;

	bool listened; /* for router advertisements: root alone may */
	struct relay_pref64 pref64[RELAY_PREF64_MAX];
	size_t pref64_count;

	const struct conf_prefix6 *wanted;    /* --prefix; NULL without */
	const struct conf_settings *settings; /* relay.conf, NULL where there is none */
	const struct in_addr *probe;          /* --probe; NULL without */
};

/* Ask the servers in turn until one answers, and fill in records and prefixes. 0, or -1 with a message when none did. */
int relay_detect_ask(struct relay_detection *detection, const struct relay_server *servers, size_t count,
		     struct conf_report *report);

/* Ask the routers too, two seconds at most. */
void relay_detect_listen(struct relay_detection *detection);

/* Send an echo request through each prefix. */
void relay_detect_probe(struct relay_detection *detection);

/* The server that answered says that it has failed: that tells nothing of the network. */
bool relay_detect_server_failed(const struct relay_detection *detection);

/* All A records are the well-known ones: nobody else made them up. */
bool relay_detect_a_is_right(const struct relay_detection *detection);

void relay_detect_print(const struct relay_detection *detection);
void relay_detect_print_json(const struct relay_detection *detection, int exit_code);

#endif
