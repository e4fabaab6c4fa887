/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our routes in tailscaled: advertised, withdrawn, and remembered while relay.conf may change. */
#ifndef RELAY_APPLY_ADVERTISED_H
#define RELAY_APPLY_ADVERTISED_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/* Withdraw what earlier settings advertised, then advertise the routes of these, and remember them. Prints a line a route. 0, or -1. */
int relay_advertised_apply(const struct conf_settings *settings, struct conf_report *report);

/*
 * The same without a word. first: these settings have not been advertised by the caller before. Else, where a reload has advertised other settings since,
 * nothing is done: the caller is about to be told of them. 1 when that changed something, 0, -1.
 */
int relay_advertised_offer(const struct conf_settings *settings, bool first, struct conf_report *report);

/* Withdraw our routes, those of earlier settings too, and no other. Prints a line a route. 0, or -1. */
int relay_advertised_withdraw(const struct conf_settings *settings, struct conf_report *report);

#endif
