/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which reload is one of the resolver too. */
#ifndef RELAY_APPLY_RELOAD_RESOLVER_H
#define RELAY_APPLY_RELOAD_RESOLVER_H

#include <stdbool.h>

/* Between the previous generation and the active one: is there anything that Unbound, or the module, has not read yet? */
bool relay_reload_concerns_resolver(const char *runtime_dir);

#endif
