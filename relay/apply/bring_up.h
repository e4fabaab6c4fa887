/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting the relay's state into the machine and taking it away: what up, down and run have in common. */
#ifndef RELAY_APPLY_BRING_UP_H
#define RELAY_APPLY_BRING_UP_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;
struct relay_generation;

/*
 * Rules, kernel state, unbound.conf, in this order: the guard stands before the device is there. Prints a line an item. When a part
 * fails, the parts that were not there before are taken away again. Returns an enum relay_exit: OK; REFUSED when nothing had been
 * changed yet; FAILED.
 */
int relay_bring_up_place(const struct conf_settings *settings, struct conf_report *report);

/* The same with what a nat64-relay that was killed has left, by the settings in force: the active generation stays. */
int relay_bring_up_carry_on(const struct conf_settings *settings, struct conf_report *report);

/* As relay_bring_up_place, and then the advertised routes. */
int relay_bring_up(const struct conf_settings *settings, struct conf_report *report);

/* As up, but for reload, which has made this generation active and goes back itself when a part fails. */
int relay_bring_up_exchange(const struct conf_settings *settings, struct relay_generation *generation,
			    struct conf_report *report);

/* And its way back: rules, kernel state and advertised routes, without unbound.conf. */
int relay_bring_up_return(const struct conf_settings *settings, struct conf_report *report);

/* A network namespace has room for one relay, for the table has one name. False, with a message: that of another runtime folder is up. */
bool relay_bring_up_is_ours(const struct conf_settings *settings, struct conf_report *report);

/* Is a part of a relay, rules or device, in place? */
bool relay_bring_up_is_begun(const struct conf_settings *settings);

/* Take the kernel state and the rules away; goes on after a failure. 0, or -1 when something stayed. */
int relay_tear_down(const struct conf_settings *settings, struct conf_report *report);

/*
 * Apply the nftables rules in a network namespace of a short-lived process. 0: accepted, or there is no right to make such a
 * namespace (a container without CAP_SYS_ADMIN), so that nothing is known. -1: refused, the report has the kernel's reasons.
 */
int relay_dry_run_nftables(const struct conf_settings *settings, struct conf_report *report);

#endif
