/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the Unbound that loads the module the one it was built for? */
#ifndef MODULE_ABI_CHECK_H
#define MODULE_ABI_CHECK_H

#include <stdbool.h>

struct module_qstate;

/* True when it is; otherwise one line in Unbound's log says what to do. For init, before anything else is touched. */
bool splitdns_abi_program_is_ours(void);

/* Ends the program with one line when the layout of a query is not the one the module was built with. */
void splitdns_abi_query_check(const struct module_qstate *qstate);

#endif
