/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What watch tells of itself: RUNTIME_DIR/watch.json, and the words for it. */
#ifndef RELAY_WATCH_WATCH_STATE_H
#define RELAY_WATCH_WATCH_STATE_H

#include <jansson.h>
#include <stdio.h>

struct conf_settings;
struct relay_status_view;

/* The state of the watch (or run) that holds the lock: a new reference; null when none does, or none has told. */
json_t *relay_watch_state_read(const struct conf_settings *settings);

/* It told to a person, and as metrics. */
void relay_watch_state_print(struct relay_status_view *view, const json_t *state);
void relay_metrics_watch(const json_t *state, FILE *stream);

#endif
