/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a look that is the guard: in place, or the relay is closed. */
#ifndef RELAY_WATCH_REPAIR_GUARD_H
#define RELAY_WATCH_REPAIR_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct conf_report;
struct conf_settings;
struct relay_repair;

/*
 * Put our table back where it is missing. True when it is in place; otherwise, or where it cannot be kept there, the device is down and repair->guard says why.
 * now: ms.
 */
bool relay_repair_guard(struct relay_repair *repair, const struct conf_settings *settings, uint64_t now,
			struct conf_report *report);

#endif
