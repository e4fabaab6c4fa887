/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts a plan in place, and removes it again. */
#ifndef RELAY_CLAT_PLACE_H
#define RELAY_CLAT_PLACE_H

struct conf_report;
struct relay_clat;
struct relay_clat_plan;

/* Put the plan in place, or take what is in place away: sysctls stay until relay_clat_restore, for the next plan. 0, or -1 with a message. */
int relay_clat_place(struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report);
void relay_clat_unplace(struct relay_clat *clat);
void relay_clat_restore(const struct relay_clat *clat);

/* The plan is in place: put back what others took away, and follow the uplink's MTU. -1 with a message: it has to be placed anew. */
int relay_clat_repair(struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report);

/* Take away what a process that was killed has left, by the settings of its translator. */
void relay_clat_settle(struct relay_clat *clat);

#endif
