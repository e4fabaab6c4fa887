/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nf_tables' notices of changes to our table. */
#ifndef NFTABLES_MONITOR_H
#define NFTABLES_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conf_report;

#define NFTABLES_MONITOR_NAME 32

/* What one round of reading told. */
struct nftables_notice {
	bool concerns;                    /* our table may have changed, and not by us: compare */
	pid_t by;                         /* whose change it was; 0: not known */
	char name[NFTABLES_MONITOR_NAME]; /* of that process, or "" */
	bool open;                        /* a change of ours, and not yet by whom */
};

/* A socket that all notices come to. Its descriptor, which never waits; -1 with a message. */
int nftables_monitor_open(struct conf_report *report);

/* Read what has come. Notices that were lost for want of room concern us. */
struct nftables_notice nftables_monitor_read(int descriptor);

/* The part, for tests: one datagram of notices. */
void nftables_monitor_parse(const void *datagram, size_t length, struct nftables_notice *notice);

#endif
