/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the loop do, each in a file of its own: watch_NAME.c. They are called after each event, and do what is due by their timers. */
#ifndef RELAY_WATCH_PARTS_H
#define RELAY_WATCH_PARTS_H

#include <jansson.h>
#include <stdbool.h>

struct conf_report;
struct relay_watch;
struct relay_watch_clock;

/* Put all in place. An enum relay_exit; for watch OK too when it has to wait and try again: then not placed. */
int relay_watch_place(struct relay_watch *watch, struct conf_report *report);

/* Reconcile when it is due. */
void relay_watch_reconcile(struct relay_watch *watch);

/* Have the second table by the settings of watch, unless it is held by them already. What cannot be had is tried again with each call, and logged once. */
void relay_watch_guard_install(struct relay_watch *watch);
void relay_watch_guard_release(struct relay_watch *watch);

/* Jobs of health: begin those that are due, take the results of those that are done. */
void relay_watch_health(struct relay_watch *watch);

/* Other settings are in force: what was found by the old ones counts no more, and all is asked anew. */
void relay_watch_health_renew(struct relay_watch *watch);

/* The translator's pulse. True once when it is found stopped, and probe.why says so. */
bool relay_watch_pulse(struct relay_watch *watch);

/* Jobs of the relay's reach: begin those that are due, take the results of those that are done. */
void relay_watch_reach(struct relay_watch *watch);

/* Have requests of other relays heeded; without a FIFO they wait for the next check. */
void relay_watch_reach_listen(struct relay_watch *watch);

/* Other settings are in force: what the old ones wanted to reach counts no more. */
void relay_watch_reach_renew(struct relay_watch *watch);

/* Its part of watch.json: a new reference; null when nothing is checked. */
json_t *relay_watch_reach_make(const struct relay_watch *watch);

/* After a poll of tailscaled: does a value of auto differ from the one in force? Then a reload is wanted. */
void relay_watch_resolved(struct relay_watch *watch);

/* Write what the page shows when it is due, and have its server started. */
void relay_watch_http(struct relay_watch *watch);

/* Read the clocks for the first time. */
void relay_watch_clock_init(struct relay_watch_clock *clock);

/* Read them again, and do what follows. */
void relay_watch_clock_check(struct relay_watch *watch);

#endif
