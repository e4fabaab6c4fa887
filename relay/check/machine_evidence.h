/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check finds on this machine: daemons, rules, routes, disks, units. */
#ifndef RELAY_CHECK_MACHINE_EVIDENCE_H
#define RELAY_CHECK_MACHINE_EVIDENCE_H

#include "conf/address.h"
#include "tailscale/value.h"
#include "unbound/age.h"

#include <stdbool.h>
#include <stddef.h>

enum { EVIDENCE_DISKS = 4 };

struct relay_disk_evidence {
	const char *path;
	bool read_only, full;
};

struct relay_machine_evidence {
	bool running; /* rules or device are in place: set before, as the next two */
	bool watched; /* nat64-relay run or watch is at work */
	bool edited;  /* the file is not what is in force */
	bool root;
	struct tailscale_list missing; /* items of the kernel that up put in place, by what they are */
	bool rules_differ, has_table, masquerade_missing;
	bool rules_held;                         /* watch holds a second table with the same rules (nftables/hold.c) */
	char rules[300];                         /* the first difference */
	char pool_device[32], prefix_device[32]; /* by which the kernel sends there; empty: not known */
	char lan_device[32];                     /* the same of a host of a site, with lan-interface alone */
	struct conf_prefix4 lan;                 /* its network */
	bool withdrawn;                          /* by watch, and why */
	char withdrawn_why[200];
	char guard[200];      /* why watch has closed the relay; empty: it has not */
	unsigned overlay_mtu; /* 0: not known */
	struct relay_disk_evidence disks[EVIDENCE_DISKS];
	size_t disk_count;
	bool systemd, unit_enabled, own_file, route_kept;
	char boot[300]; /* why the resolver would not start again; empty: it would */
	struct unboundconf_age unbound;
};

#endif
