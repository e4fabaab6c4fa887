/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What watch tells of itself: RUNTIME_DIR/watch.json. */
#ifndef RELAY_ASK_WATCH_STATE_H
#define RELAY_ASK_WATCH_STATE_H

#include <jansson.h>

struct conf_settings;

#define RELAY_WATCH_STATE_NAME "watch.json"

/* The state of the watch (or run) that holds the lock: a new reference; null when none does, or none has told. */
json_t *relay_watch_state_read(const struct conf_settings *settings);

#endif
