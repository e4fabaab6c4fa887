/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The translator's pulse: an echo request to its own address a few times a second, so that one that stops is noticed at once. */
#ifndef RELAY_WATCH_PULSE_H
#define RELAY_WATCH_PULSE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum { RELAY_PULSE_MS = 250, RELAY_PULSE_LOST = 2 };

/* All zero but descriptor = -1: not begun. */
struct relay_pulse {
	int descriptor;         /* a raw ICMPv6 socket; -1: none */
	uint16_t id, seq;       /* of the last request */
	unsigned unanswered;    /* requests since the last reply, or since what is made 0 to begin anew */
	sd_event_source *timer; /* of the next request */
};

/*
 * Read the replies that have come and, when it is due, send the next request to address. True when at that moment the last
 * RELAY_PULSE_LOST requests are unanswered. A request that cannot be sent says nothing: who may not open the socket, or has no route, never sees true.
 */
bool relay_pulse_beat(sd_event *loop, struct relay_pulse *pulse, const struct in6_addr *address);

void relay_pulse_close(struct relay_pulse *pulse);

#endif
