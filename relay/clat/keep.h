/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop that keeps a CLAT, and the process that runs it. */
#ifndef RELAY_CLAT_KEEP_H
#define RELAY_CLAT_KEEP_H

#include <sys/types.h>

struct conf_report;
struct relay_clat;

/* Keep it until SIGTERM or SIGINT. An enum relay_exit. */
int relay_clat_keep(struct relay_clat *clat, struct conf_report *report);

/* While no process runs the CLAT: take away its folder, and what a process that was killed has left. An enum relay_exit. */
int relay_clat_clear(struct relay_clat *clat, struct conf_report *report);

/* The pid of the process that runs the CLAT; 0: there is none. */
pid_t relay_clat_pid(const struct relay_clat *clat);

#endif
