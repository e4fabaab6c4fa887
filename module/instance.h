/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module holds from init() to deinit(): one object, which Unbound's dynlib module keeps for us. */
#ifndef MODULE_INSTANCE_H
#define MODULE_INSTANCE_H

#include <stdbool.h>

struct counters;
struct dns64_upstream;
struct drain;
struct split_domains;

struct instance {
	struct split_domains *domains; /* read-only */
	struct counters *counters;
	struct drain *drain;                   /* NULL: Unbound does not drain before it reloads */
	struct dns64_upstream *dns64_upstream; /* NULL without dns64 */
	bool query_log;
};

#endif
