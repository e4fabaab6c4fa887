/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As much of an Unbound as the module can see. */
#ifndef TESTS_FUZZ_ANSWER_RESOLVER_H
#define TESTS_FUZZ_ANSWER_RESOLVER_H

#include "module/compat.h"

#include "tests/fuzz/inspect.h"

#include "dynlibmod/dynlibmod.h"
#include "services/mesh.h"
#include "util/alloc.h"
#include "util/module.h"

struct answer_settings;
struct choices;

#define RESOLVER_ID   0 /* of the module */
#define RESOLVER_NOW  1000000
#define LOOKUPS_MAX   8
#define CALLBACKS_MAX 16

/* What the module wants to be told of. */
struct callback {
	void *function;
	enum inplace_cb_list_type type;
	void *argument;
};

/* One Unbound: an environment with caches, and the module's settings. */
struct resolver {
	struct module_env env;
	struct dynlibmod_env module;
	struct mesh_area mesh; /* without any module */
	struct alloc_cache alloc;
	struct inspect_rules rules;
	struct callback callbacks[CALLBACKS_MAX];
	size_t callback_count;
	struct mesh_state *lookups[LOOKUPS_MAX]; /* that the module has attached */
	size_t lookup_count;
	struct choices *choices; /* whether they can be */
};

/* Make it, and have the module read the settings. choices must live as long. Ends the program when the settings are wrong. */
void resolver_start(struct resolver *resolver, const struct answer_settings *settings, struct choices *choices);

/* The state of a question, in a region of its own: regional_destroy(state->s.region) frees all of it. */
struct mesh_state *resolver_state_new(struct module_env *env, const struct query_info *asked, uint16_t flags);

/* Tell the module that a query of the iterator is about to go out. */
void resolver_before_query(struct resolver *resolver, struct query_info *asked, struct module_qstate *qstate);

/* Tell it that an answer is: its own, one from the cache (qstate is NULL), or SERVFAIL (info is NULL). */
void resolver_before_reply(struct resolver *resolver, enum inplace_cb_list_type type, struct query_info *asked,
			   struct module_qstate *qstate, struct reply_info *info, struct edns_data *edns);

#endif
