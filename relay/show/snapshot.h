/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the server of the page is told: one object, in a file that root writes and its user may read. */
#ifndef RELAY_SHOW_SNAPSHOT_H
#define RELAY_SHOW_SNAPSHOT_H

#include <jansson.h>

struct conf_report;
struct conf_settings;

/* Below the runtime folder. */
#define RELAY_SNAPSHOT_FOLDER "http"
#define RELAY_SNAPSHOT_NAME   RELAY_SNAPSHOT_FOLDER "/snapshot.json"

/* Make the folder. 0, or -1 with a message. */
int relay_snapshot_folder_make(const struct conf_settings *settings, struct conf_report *report);

/*
 * A new reference: "version", "written_ms" (monotonic), "listen" ({"address", "port"}), "names" (the relay's own), "ways" (to the page: "port", and arrays of addresses and names "prefix", "twin", "names"),
 * "clients" (of the last hour, as clients --json, and "talks"), "devices" ({"name", "login", "os", "addresses"} of the tailnet), "admins", "status" (as status --json), "lines" ({"mark", "text"}),
 * "metrics" (the text of metrics); the last three without a real suffix. Without an http-listen "listen" is empty, and the rest is left out.
 */
json_t *relay_snapshot_make(const struct conf_settings *settings);

/* Write it. 0, or -1 with a message. */
int relay_snapshot_write(const struct conf_settings *settings, struct conf_report *report);

#endif
