/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of watch, told to a person and as metrics. */
#ifndef RELAY_SHOW_STATUS_WATCH_H
#define RELAY_SHOW_STATUS_WATCH_H

#include <jansson.h>
#include <stdio.h>

struct relay_status_view;

/* state: of relay_watch_state_read. */
void relay_watch_state_print(struct relay_status_view *view, const json_t *state);
void relay_metrics_watch(const json_t *state, FILE *stream);

#endif
