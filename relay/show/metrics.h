/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON object of status as metrics. */
#ifndef RELAY_SHOW_METRICS_H
#define RELAY_SHOW_METRICS_H

#include <jansson.h>
#include <stdio.h>

/* All of it. A part that could not be asked has no samples; that it is not healthy is one. */
void relay_metrics_print(const json_t *status, FILE *stream);

/* Its parts: the member "dns"; "translator" and "rules". */
void relay_metrics_dns(const json_t *dns, FILE *stream);
void relay_metrics_packets(const json_t *translator, const json_t *rules, FILE *stream);

#endif
