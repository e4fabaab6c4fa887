/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What status knows, as one JSON object, and that object told to a person. nat64-relay(8) lists the members. */
#ifndef RELAY_SHOW_STATUS_H
#define RELAY_SHOW_STATUS_H

#include <jansson.h>
#include <stdbool.h>

struct conf_report;
struct conf_settings;

/*
 * A new reference. A part that cannot be asked has a member "error" with the reason. The settings are those in force when a relay
 * is up; edited: the file says something else; broken: what is wrong with the file, or NULL.
 */
json_t *relay_status_gather(const struct conf_settings *settings, bool edited, const char *broken);

/* {"error": the first message}, for a part that could not be asked; empties the report. */
json_t *relay_status_error(struct conf_report *report);

/* The part about questions, and it told to a person. */
json_t *relay_status_dns(const struct conf_settings *settings);
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

#endif
