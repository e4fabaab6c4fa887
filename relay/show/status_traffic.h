/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes through the relay now: two readings of the translator's counters. */
#ifndef RELAY_SHOW_STATUS_TRAFFIC_H
#define RELAY_SHOW_STATUS_TRAFFIC_H

#include <jansson.h>
#include <stdint.h>

struct conf_settings;

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
