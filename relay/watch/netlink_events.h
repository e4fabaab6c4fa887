/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink events of the kernel: of links, addresses, routes and policy rules, and of our table of nf_tables. */
#ifndef RELAY_WATCH_NETLINK_EVENTS_H
#define RELAY_WATCH_NETLINK_EVENTS_H

#include "kernel/monitor.h"
#include "nftables/monitor.h"

#include <systemd/sd-event.h>

struct conf_settings;

/* The two sockets that they come to. -1: not to be had, now. */
struct relay_netlink_events {
	int routes, rules;
};

/* What one round of reading has shown. */
struct relay_netlink_changes {
	struct kernel_changes routes;
	struct nftables_changes rules;
};

/* Open what is not open, and have the loop call heed when something has come. What cannot be had may be the next time. */
void relay_netlink_events_open(struct relay_netlink_events *events, sd_event *loop, sd_event_io_handler_t heed,
			       void *context);

/* Read all that has come. Events that were lost for want of room or memory concern everything. */
struct relay_netlink_changes relay_netlink_events_read(const struct relay_netlink_events *events,
						       const struct conf_settings *settings);

void relay_netlink_events_close(struct relay_netlink_events *events);

#endif
