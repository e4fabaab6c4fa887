/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink events of nf_tables about our table. */
#ifndef NFTABLES_MONITOR_H
#define NFTABLES_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define NFTABLES_MONITOR_NAME 32

/* What one round of reading has shown. */
struct nftables_changes {
	bool concerns;                    /* our table may have changed, and not by us: compare */
	pid_t by;                         /* whose change it was; 0: not known */
	char name[NFTABLES_MONITOR_NAME]; /* of that process, or "" */
	bool open;                        /* a change of ours, and not yet by whom */
};

/* The group of NETLINK_NETFILTER that a listener has to join; NFNLGRP_NONE ends the list. */
extern const int nftables_monitor_groups[];

/* One datagram of events: adds to the changes. One transaction may take several. */
void nftables_monitor_parse(const void *datagram, size_t length, struct nftables_changes *changes);

#endif
