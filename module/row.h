/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The row of Unbound's modules (module-config), as it decides what a look-up may do. */
#ifndef MODULE_ROW_H
#define MODULE_ROW_H

#include <stdbool.h>

struct module_env;

/* May a look-up go past the validator, because no module above the validator would store the answer as validated? id is the module's number. */
bool splitdns_row_lets_past_validator(const struct module_env *env, int id);

#endif
