/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The row of Unbound's modules.
 *
 * The validator marks what it has let past as "indeterminate", and Unbound takes every mark but "unchecked" and "bogus" for the end of a
 * validation. The iterator, and a cachedb below the validator, store an answer before the mark is on it. A module above the validator stores
 * afterwards: dns64 does (1.17; 1.26 when it is not told otherwise), so do subnetcache and a cachedb in the wrong place. Of these that are
 * known, respip alone stores nothing. A module that nobody here knows is one that stores.
 */
#include "module/compat.h"

#include "module/row.h"

#include "services/mesh.h"
#include "services/modstack.h"
#include "util/module.h"

#include <string.h>

static bool row_has(const struct module_env *env, int place, const char *name)
{
	return strcmp(env->mesh->mods.mod[place]->name, name) == 0;
}

bool splitdns_row_lets_past_validator(const struct module_env *env, int id)
{
	for (int i = 0; i < env->mesh->mods.num; i++) {
		if (row_has(env, i, "validator"))
			return i > id;
		if (i != id && !row_has(env, i, "respip"))
			return false;
	}
	return false;
}
