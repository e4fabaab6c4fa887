/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What status knows, as one JSON object, and that object told to a person. nat64-relay(8) lists the members. */
#ifndef RELAY_STATUS_H
#define RELAY_STATUS_H

#include <jansson.h>

struct conf_settings;

/*
 * A new reference. A part that cannot be asked has a member "error" with the reason. broken: what is wrong with the file, when the
 * settings are those in force instead of it; NULL.
 */
json_t *relay_status_gather(const struct conf_settings *settings, const char *broken);

/* The part about questions, and it told to a person. */
json_t *relay_status_dns(const struct conf_settings *settings);
void relay_status_print_dns(const json_t *dns);

void relay_status_print(const json_t *status);

#endif
