/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another NAT64 beside ours. One that has a device, as TAYGA, is met by its routes, and preflight refuses prefix or pool; a module
 * of the kernel has none: Jool takes packets out of the prerouting hook, before any route.
 */
#include "relay/conflict/conflict.h"

#include "conf/settings.h"

#include <unistd.h>

void relay_conflict_translator(struct relay_conflicts *conflicts)
{
	static const struct {
		const char *path, *name;
	} modules[] = {{"/sys/module/jool", "jool"}, {"/sys/module/jool_siit", "jool_siit"}};

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (access(modules[i].path, F_OK) != 0)
			continue;
		relay_conflict_set(conflicts, FINDING_TRANSLATOR_OTHER,
				   "the kernel module %s is loaded: an instance of it with the relay's prefix or pool takes the "
				   "packets first",
				   modules[i].name);
		relay_conflict_advise(conflicts,
				      "run %s instance display; remove the instance, or choose another "
				      "prefix",
				      modules[i].name);
	}
}
