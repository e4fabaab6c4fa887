/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our table `inet nat64-relay` in the kernel: masquerade, cleared marks, the twin prefixes, and the guard around both ways. */
#ifndef NFTABLES_NFTABLES_H
#define NFTABLES_NFTABLES_H

#include "nftables/names.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_report;
struct conf_settings;

#define NFTABLES_ABSENT 2 /* of nftables_hold_compare: there is no such table at all */

struct nftables_counters {
	struct {
		uint64_t packets, bytes;
	} of[NFTABLES_COUNTERS];
};

/* Put our table in place, so that no packet is lost that passes before and after (exchange.c). 1 changed, 0 was already the same, -1. */
int nftables_apply(const struct conf_settings *settings, struct conf_report *report);

/* 0 the kernel holds exactly our table, 1 it differs or is absent (the report says how), -1 not known, which is as bad. */
int nftables_compare(const struct conf_settings *settings, struct conf_report *report);

/* Does NFTABLES_HOLD follow these settings? 0 it does, 1 it does not, NFTABLES_ABSENT: nobody holds one, -1 not known. */
int nftables_hold_compare(const struct conf_settings *settings);

/* The runtime folder of the relay whose table is there. False: there is none, or it does not say (of an earlier version, or kernel). */
bool nftables_owner_read(char owner[NFTABLES_OWNER_ROOM]);

/* Take our table away. 1 removed, 0 nothing there, -1. */
int nftables_remove(struct conf_report *report);

/* Of both tables together, or of the one that is there. 0, or -1: neither is, or not permitted. */
int nftables_counters_read(struct nftables_counters *counters, struct conf_report *report);

#endif
