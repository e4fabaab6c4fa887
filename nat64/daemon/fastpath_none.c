/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the place of fastpath.c in a nat64d that is built without BPF: there is no fast path. */
#include "nat64/daemon/fastpath.h"

#include "conf/report.h"

struct fastpath *fastpath_open(const char *device, uint64_t addresses, struct conf_report *report)
{
	(void)device, (void)addresses;
	conf_report_add(report, "this nat64d is built without it");
	return NULL;
}

void fastpath_free(struct fastpath *fastpath)
{
	(void)fastpath;
}

int fastpath_check(struct fastpath *fastpath, struct conf_report *report)
{
	(void)fastpath, (void)report;
	return -1;
}

void fastpath_pause(struct fastpath *fastpath)
{
	(void)fastpath;
}

void fastpath_mtu_set(struct fastpath *fastpath, unsigned mtu)
{
	(void)fastpath, (void)mtu;
}

void fastpath_change(struct fastpath *fastpath, uint32_t settings, bool enabled, unsigned mtu, unsigned offlink)
{
	(void)fastpath, (void)settings, (void)enabled, (void)mtu, (void)offlink;
}

struct nat64_leases_shared fastpath_leases(const struct fastpath *fastpath)
{
	(void)fastpath;
	return (struct nat64_leases_shared){0};
}

int fastpath_learn(struct fastpath *fastpath, bool is_to4, const struct fastpath_pair *pair)
{
	(void)fastpath, (void)is_to4, (void)pair;
	return -1;
}

void fastpath_count(const struct fastpath *fastpath, struct fastpath_counts *counts)
{
	(void)fastpath;
	*counts = (struct fastpath_counts){0};
}
