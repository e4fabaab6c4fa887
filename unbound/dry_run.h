/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would Unbound take its settings? Tried where it changes nothing. */
#ifndef UNBOUND_DRY_RUN_H
#define UNBOUND_DRY_RUN_H

struct conf_report;
struct conf_settings;

/*
 * Give the generated unbound.conf to the unbound-checkconf beside unbound-program. 0: accepted, or there is no such program. -1: refused,
 * the report has the first error, which names the file and the line when it is in one of the user's own.
 */
int unboundconf_dry_run(const struct conf_settings *settings, struct conf_report *report);

#endif
