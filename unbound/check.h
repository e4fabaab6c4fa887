/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do a module and an Unbound belong together? Asked of the files, before anything is started. */
#ifndef UNBOUND_CHECK_H
#define UNBOUND_CHECK_H

struct conf_report;

/*
 * program is the path of unbound, module that of splitdns.so. 0 when the module was built for this program; -1 when one
 * of them cannot be read, is not what it should be, or they do not belong together. Neither is run.
 */
int unboundconf_module_check(const char *program, const char *module, struct conf_report *report);

#endif
