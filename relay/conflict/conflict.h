/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs of this machine that are in the relay's way, or will be: each with its cure. */
#ifndef RELAY_CONFLICT_CONFLICT_H
#define RELAY_CONFLICT_CONFLICT_H

#include "relay/check/finding.h"

#include <stddef.h>

struct conf_settings;

/* Told of each: FAIL is in the way now, WARNING may come to be. topic: "firewall", "forwarding"... */
typedef void relay_conflict_observer(void *context, const char *topic, const struct relay_finding *finding);

/* A search in progress. */
struct relay_conflicts {
	const struct conf_settings *settings;
	relay_conflict_observer *observer;
	void *context;
	const char *topic;
	struct relay_finding finding; /* that is made now */
	size_t failed, found;
};

/*
 * Search all topics. Who is not root sees fewer. Changes nothing. Returns the number of those that are in the way now; *found
 * is that of all.
 */
size_t relay_conflicts_find(const struct conf_settings *settings, relay_conflict_observer *observer, void *context,
			    size_t *found);

/* Print them to standard error, a line each with the cure; nothing when there are none. */
void relay_conflicts_warn(const struct conf_settings *settings);

/* For the topics: begin a finding, whose kind is that of its id; then advise, which counts it and hands it on. */
void relay_conflict_set(struct relay_conflicts *conflicts, enum relay_finding_id id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void relay_conflict_advise(struct relay_conflicts *conflicts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

typedef void relay_conflict_topic(struct relay_conflicts *conflicts);
relay_conflict_topic relay_conflict_firewall;
relay_conflict_topic relay_conflict_state;
relay_conflict_topic relay_conflict_mark;
relay_conflict_topic relay_conflict_sysctl;
relay_conflict_topic relay_conflict_ipv6;
relay_conflict_topic relay_conflict_tailscaled;
relay_conflict_topic relay_conflict_networkd;
relay_conflict_topic relay_conflict_networkmanager;
relay_conflict_topic relay_conflict_translator;
relay_conflict_topic relay_conflict_resolver;
relay_conflict_topic relay_conflict_upstream;
relay_conflict_topic relay_conflict_local_data;

#endif
