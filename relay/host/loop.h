/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event loop (sd-event(3)), and its timers: when something is next to be done. A timer does nothing but wake the loop. */
#ifndef RELAY_HOST_LOOP_H
#define RELAY_HOST_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define RELAY_TIMER_NEVER UINT64_MAX

/* A loop for children, signals, descriptors and timers: SIGCHLD is blocked. NULL out of memory. */
sd_event *relay_loop_new(void);

/* Block a signal, and have the loop call heed when it comes. */
void relay_loop_signal(sd_event *loop, int signal, sd_event_signal_handler_t heed, void *context);

/* Wait for one event, and until the time `end` (ms; UINT64_MAX: for ever) at the most. False: there was none. */
bool relay_loop_wait(sd_event *loop, uint64_t end);

/* From now on *timer is due in ms. The loop owns it; one that was never set is NULL, and due. */
void relay_timer_set(sd_event *loop, sd_event_source **timer, uint64_t ms);

/* The same, unless it is due before that. */
void relay_timer_hasten(sd_event *loop, sd_event_source **timer, uint64_t ms);

bool relay_timer_is_due(sd_event_source *timer);

#endif
