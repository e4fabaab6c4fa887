/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting the relay's state into the machine and taking it away: what up, down and run have in common. */
#ifndef RELAY_APPLY_WORK_H
#define RELAY_APPLY_WORK_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/*
 * Rules, kernel state, unbound.conf, in this order: the guard stands before the device is there. Prints a line an item. When a part
 * fails, the parts that were not there before are taken away again. Returns an enum relay_exit: OK; REFUSED when nothing had been
 * changed yet; FAILED.
 */
int relay_work_place(const struct conf_settings *settings, struct conf_report *report);

/* The same with what a nat64-relay that was killed has left, by the settings in force: their copies and the resolver's own lines stay. */
int relay_work_carry_on(const struct conf_settings *settings, struct conf_report *report);

/* As relay_work_place, and then the advertised routes. */
int relay_work_up(const struct conf_settings *settings, struct conf_report *report);

/* As up, but for reload, which keeps the copy of the settings in force and knows what to put back when a part fails. */
int relay_work_exchange(const struct conf_settings *settings, struct conf_report *report);

/* And its way back: rules, kernel state and advertised routes, without unbound.conf. */
int relay_work_return(const struct conf_settings *settings, struct conf_report *report);

/* Is a part of a relay, rules or device, in place? */
bool relay_work_is_begun(const struct conf_settings *settings);

/* Take the kernel state and the rules away; goes on after a failure. 0, or -1 when something stayed. */
int relay_work_down(const struct conf_settings *settings, struct conf_report *report);

#endif
