/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares everything that up puts in place, restores what is missing, and logs it. */
#ifndef RELAY_WATCH_RECONCILE_H
#define RELAY_WATCH_RECONCILE_H

#include "relay/watch/repairs.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_settings;

/*
 * Put back what is missing of rules, kernel state and, in a thorough look, files of the runtime folder. now: ms, for the back-off.
 * True when all is in place.
 */
bool relay_reconcile(struct relay_repair *repair, const struct conf_settings *settings, bool thorough, uint64_t now);

#endif
