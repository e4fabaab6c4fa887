/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What status knows, as one JSON object, and that object told to a person. nat64-relay(8) lists the members. */
#ifndef RELAY_SHOW_STATUS_H
#define RELAY_SHOW_STATUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct conf_settings;

/*
 * A new reference. A part that cannot be asked has a member "error" with the reason. The settings are those in force when a relay
 * is up; edited: the file says something else; broken: what is wrong with the file, or NULL.
 */
json_t *relay_status_gather(const struct conf_settings *settings, bool edited, const char *broken);

/* The part about questions, told to a person. */
void relay_status_print_dns(const json_t *dns);

enum { RELAY_STATUS_VERDICT = 1120 };

/* Neither up, nor run, nor a translator alone. */
bool relay_status_is_down(const json_t *status);

/* Is anything wrong? The verdict in a sentence; what is not known, or is worth minding, is no fault. */
bool relay_status_works(const json_t *status, char verdict[RELAY_STATUS_VERDICT]);

/* The verdict, what goes through now, and what is not well; whole: everything. */
void relay_status_print(const json_t *status, bool whole);

/* The lines that status prints of each part, an array of {"mark", "text"}; mark: as relay_mark_text. A new reference. */
json_t *relay_status_lines(const json_t *status);

/* What goes through the relay now: two readings of the translator's counters. */
struct relay_traffic {
	uint64_t time;        /* ms; 0: the translator could not be asked */
	json_int_t out, back; /* bytes translated so far, IPv6 to IPv4 and back */
};

/* The first reading. */
struct relay_traffic relay_traffic_read(const struct conf_settings *settings);

/*
 * The second one, half a second after the first at the earliest: waits for it. A new reference, {"seconds", "out_bits_per_second",
 * "back_bits_per_second", "clients"}: clients are those that were heard of in the last minute. Null when the translator could not be asked.
 */
json_t *relay_traffic_gather(const struct conf_settings *settings, const struct relay_traffic *first);

#endif
