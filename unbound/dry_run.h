/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would Unbound take its settings, and does the module belong to it? Tried and asked of the files, where nothing is changed or started. */
#ifndef UNBOUND_DRY_RUN_H
#define UNBOUND_DRY_RUN_H

struct conf_report;
struct conf_settings;

/*
 * Give the generated unbound.conf to the unbound-checkconf beside unbound-program. 0: accepted, or there is no such program. -1: refused,
 * the report has the first error, which names the file and the line when it is in one of the user's own.
 */
int unboundconf_dry_run(const struct conf_settings *settings, struct conf_report *report);

/*
 * program is the path of unbound, module that of splitdns.so. 0 when the module was built for this program; -1 when one
 * of them cannot be read, is not what it should be, or they do not belong together. Neither is run.
 */
int unboundconf_module_check(const char *program, const char *module, struct conf_report *report);

#endif
