/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which interface a packet to a target leaves. */
#ifndef RELAY_CONFLICT_EXIT_H
#define RELAY_CONFLICT_EXIT_H

#include <net/if.h>

struct conf_address;
struct conf_settings;

/* The overlay's for 100.64.0.0/10, that of the longest prefix in the main table for another; the overlay's when there is none. */
void relay_conflict_exit(const struct conf_settings *settings, const struct conf_address *target, char device[IF_NAMESIZE]);

#endif
