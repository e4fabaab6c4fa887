/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would the kernel take our rules? Tried where it changes nothing. */
#ifndef RELAY_APPLY_DRY_RUN_H
#define RELAY_APPLY_DRY_RUN_H

struct conf_report;
struct conf_settings;

/*
 * Apply the nftables rules in a network namespace of a short-lived process. 0: accepted, or there is no right to make such a
 * namespace (a container without CAP_SYS_ADMIN), so that nothing is known. -1: refused, the report has the kernel's reasons.
 */
int relay_dry_run_nftables(const struct conf_settings *settings, struct conf_report *report);

#endif
