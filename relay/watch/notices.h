/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's notices of changes: of links, addresses, routes and policy rules, and of our table of nf_tables. */
#ifndef RELAY_WATCH_NOTICES_H
#define RELAY_WATCH_NOTICES_H

#include "kernel/monitor.h"
#include "nftables/monitor.h"

struct conf_settings;

/* The two sockets that they come to; neither ever waits. -1: not to be had, now. */
struct relay_notices {
	int routes, rules;
};

/* What one round of reading told. */
struct relay_news {
	struct kernel_notice routes;
	struct nftables_notice rules;
};

/* Open what is not open. What cannot be had may be the next time. */
void relay_notices_open(struct relay_notices *notices);

/* Read all that has come. Notices that were lost for want of room or memory concern everything. */
struct relay_news relay_notices_read(const struct relay_notices *notices, const struct conf_settings *settings);

void relay_notices_close(struct relay_notices *notices);

#endif
