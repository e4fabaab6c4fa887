/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of an Unbound as the module can see: an environment with caches and without threads, where a look-up that is attached waits until
 * somebody answers it, and where the module's callbacks are called by hand. Memory of a query lies in segments of its own.
 */
#include "tests/fuzz/answer-resolver.h"

#include "module/apart.h"
#include "module/abi_check.h"
#include "module/question.h"
#include "module/splitdns.h"
#include "tests/fuzz/answer-settings.h"
#include "tests/fuzz/choices.h"

#include "services/cache/rrset.h"
#include "util/config_file.h"
#include "util/data/msgreply.h"
#include "util/net_help.h"
#include "util/regional.h"
#include "util/storage/slabhash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static time_t now = RESOLVER_NOW;
static struct timeval now_exact = {.tv_sec = RESOLVER_NOW};

struct mesh_state *resolver_state_new(struct module_env *env, const struct query_info *asked, uint16_t flags)
{
	struct regional *region = regional_create_nochunk(sizeof(struct regional));
	struct mesh_state *state = region ? regional_alloc_zero(region, sizeof(*state)) : NULL;

	if (!state)
		abort();
	state->s.qinfo = *asked;
	state->s.qinfo.local_alias = NULL;
	state->s.qinfo.qname = regional_alloc_init(region, asked->qname, asked->qname_len);
	state->s.query_flags = flags;
	state->s.region = region;
	state->s.env = env;
	state->s.mesh_info = state;
	state->s.qstarttime = RESOLVER_NOW;
	return state;
}

static int attach(struct module_qstate *qstate, struct query_info *asked, uint16_t flags, struct module_qstate **sub)
{
	struct resolver *resolver = (struct resolver *)qstate->env; /* its first member */

	*sub = NULL;
	if (resolver->lookup_count == LOOKUPS_MAX ||
	    once_in(resolver->choices, 32)) /* as without memory, or when it would wait for itself */
		return 0;
	resolver->lookups[resolver->lookup_count] = resolver_state_new(qstate->env, asked, flags);
	*sub = &resolver->lookups[resolver->lookup_count++]->s;
	return 1;
}

#if UNBOUND_VERSION >= 1025
static int attach_sub(struct module_qstate *qstate, struct query_info *asked, struct respip_client_info *info,
		      uint16_t flags, int prime, int valrec, struct module_qstate **sub)
{
	(void)info;
#else
static int attach_sub(struct module_qstate *qstate, struct query_info *asked, uint16_t flags, int prime, int valrec,
		      struct module_qstate **sub)
{
#endif
	(void)prime;
	if (!attach(qstate, asked, flags, sub))
		return 0;
	(*sub)->is_valrec = valrec;
	return 1;
}

/* As module/apart.c does, but for the mesh, which is not there. */
struct module_qstate *splitdns_apart_attach(struct module_qstate *question, int id, const struct query_info *wanted,
					    uint16_t flags)
{
	struct module_qstate *sub;
	struct question *passing;

	if (!attach(question, (struct query_info *)(uintptr_t)wanted, flags, &sub))
		return NULL;
	passing = regional_alloc_zero(sub->region, sizeof(*passing));
	if (!passing)
		abort();
	passing->step = STOP_OUTSIDE;
	passing->apart = true;
	sub->minfo[id] = passing;
	sub->no_cache_lookup = sub->no_cache_store = 1;
	return sub;
}

/* The module was built with the program: the guard would search its constants, and the gaps that a sanitizer leaves between them. */
bool splitdns_abi_program_is_ours(void)
{
	return true;
}

void splitdns_abi_query_check(const struct module_qstate *qstate)
{
	(void)qstate;
}

static void settings_write(char *path, const char *text)
{
	int file = mkstemp(path);

	if (file < 0 || dprintf(file, "%s", text) < 0 || close(file) < 0) {
		perror(path);
		exit(1);
	}
}

static int callback_register(void *function, enum inplace_cb_list_type type, void *argument, struct module_env *env, int id)
{
	struct resolver *resolver = (struct resolver *)env;

	(void)id;
	if (resolver->callback_count == CALLBACKS_MAX)
		abort();
	resolver->callbacks[resolver->callback_count++] = (struct callback){function, type, argument};
	return 1;
}

void resolver_before_query(struct resolver *resolver, struct query_info *asked, struct module_qstate *qstate)
{
	for (size_t i = 0; i < resolver->callback_count; i++) {
		inplace_cb_query_func_type *function;

		if (resolver->callbacks[i].type != inplace_cb_query)
			continue;
		memcpy(&function, &resolver->callbacks[i].function,
		       sizeof(function)); /* ISO C converts no pointer to a function */
		function(asked, BIT_RD, qstate, NULL, 0, NULL, 0, qstate->region, RESOLVER_ID,
			 resolver->callbacks[i].argument);
	}
}

void resolver_before_reply(struct resolver *resolver, enum inplace_cb_list_type type, struct query_info *asked,
			   struct module_qstate *qstate, struct reply_info *info, struct edns_data *edns)
{
	int rcode = info ? FLAGS_GET_RCODE(info->flags) : LDNS_RCODE_SERVFAIL;
	struct timeval begun = now_exact;

	for (size_t i = 0; i < resolver->callback_count; i++) {
		inplace_cb_reply_func_type *function;

		if (resolver->callbacks[i].type != type)
			continue;
		memcpy(&function, &resolver->callbacks[i].function, sizeof(function));
		function(asked, qstate, info, rcode, edns, &edns->opt_list_inplace_cb_out, NULL, resolver->env.scratch,
			 &begun, RESOLVER_ID, resolver->callbacks[i].argument);
	}
}

void resolver_start(struct resolver *resolver, const struct answer_settings *settings, struct choices *choices)
{
	char path[] = "/tmp/answer-fuzz-XXXXXX";
	struct module_env *env = &resolver->env;
	unsigned wrong = inspect_rules_read(&resolver->rules, settings->rules);

	resolver->choices = choices;
	env->cfg = config_create();
	env->cfg->rrset_cache_slabs = 1;
	alloc_init(&resolver->alloc, NULL, 0);
	env->alloc = &resolver->alloc;
	env->rrset_cache = rrset_cache_create(env->cfg, &resolver->alloc);
	env->msg_cache = slabhash_create(1, 16, HASH_DEFAULT_MAXMEM, msgreply_sizefunc, query_info_compare,
					 query_entry_delete, reply_info_delete, NULL);
	env->scratch = regional_create();
	env->now = &now;
	env->now_tv = &now_exact;
	env->attach_sub = attach_sub;
	env->mesh = &resolver->mesh;
	env->modinfo[RESOLVER_ID] = &resolver->module;
	resolver->module.inplace_cb_register_wrapped = callback_register;
	settings_write(path, settings->text);
	setenv("NAT64_RELAY_CONF", path, 1);
	if (wrong || !init(env, RESOLVER_ID)) {
		fprintf(stderr, "the settings are wrong (rule %u)\n", wrong);
		exit(1);
	}
	unlink(path);
}
