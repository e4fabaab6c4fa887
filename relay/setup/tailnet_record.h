/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `tailnet apply` has done, kept in the data folder: `tailnet forget` takes back this and nothing else. */
#ifndef RELAY_SETUP_TAILNET_RECORD_H
#define RELAY_SETUP_TAILNET_RECORD_H

#include <jansson.h>
#include <stdbool.h>

struct conf_report;
struct conf_settings;

/*
 * "routes": those that were approved by us; "zones": zone -> the resolvers that we entered; "policy": the lines that were inserted. Noted before the request that
 * does it: a process that is killed in between leaves no change that is not on record.
 */
struct relay_record {
	char *path;
	json_t *object;
};

/* Read the record of this node at this control plane; an empty one when there is none. -1 when there is one that cannot be read, or of another node. */
int relay_record_read(const struct conf_settings *settings, const char *control, const char *node,
		      struct relay_record *record, struct conf_report *report);

/* Note that this is done, or that it is taken back. The file is written by relay_record_write. */
void relay_record_route(struct relay_record *record, const char *route);
void relay_record_resolver(struct relay_record *record, const char *zone, const char *resolver);
void relay_record_policy(struct relay_record *record, const char *line);
void relay_record_forget_routes(struct relay_record *record);
void relay_record_forget_zones(struct relay_record *record);
void relay_record_forget_policy(struct relay_record *record);

/* The parts: never NULL, but the policy's lines when there are none. */
const json_t *relay_record_routes(const struct relay_record *record);
const json_t *relay_record_zones(const struct relay_record *record);
const json_t *relay_record_policy_lines(const struct relay_record *record);

bool relay_record_is_empty(const struct relay_record *record);

/* Write it, or remove it when nothing is on record. 0, or -1 with a message. */
int relay_record_write(const struct relay_record *record, struct conf_report *report);

/* A request was refused, and has changed nothing: what was noted for it comes off again. former: a copy of the object from before. */
void relay_record_restore(struct relay_record *record, json_t *former, struct conf_report *report);

void relay_record_clear(struct relay_record *record);

#endif
