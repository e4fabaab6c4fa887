/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look-up of a name that clients are told other addresses for (module/same_name.c).
 *
 * Unbound's mesh has one state for all who ask the same, and a client's A question would be answered by that of the look-up. Unbound
 * itself keeps apart what depends on a client's EDNS options, by a state that is "unique"; so is this one. attach_sub has no argument
 * for that, so the state is made and entered here as services/mesh.c does it. The validator sees the look-up as it sees a client's question.
 *
 * A unique state cannot wait for itself: it is new, and the look-ups of the iterator and of the validator have states of their own.
 */
#include "module/compat.h"

#include "module/apart.h"

#include "module/question.h"

#include "services/mesh.h"
#include "util/module.h"
#include "util/rbtree.h"
#include "util/regional.h"

struct module_qstate *splitdns_apart_attach(struct module_qstate *question, int id, const struct query_info *wanted,
					    uint16_t flags)
{
	struct mesh_area *mesh = question->env->mesh;
	struct mesh_state *state = mesh_state_create(question->env, (struct query_info *)(uintptr_t)wanted, NULL, flags,
						     0, 0);
	struct question *passing;

	if (!state)
		return NULL;
	passing = regional_alloc_zero(state->s.region, sizeof(*passing));
	if (!passing) {
		mesh_state_cleanup(state);
		return NULL;
	}
	passing->step = STOP_OUTSIDE;
	passing->apart = true;
	state->s.minfo[id] = passing;
	state->s.no_cache_lookup = state->s.no_cache_store = 1;
	state->s.rpz_passthru = question->rpz_passthru;
	mesh_state_make_unique(state);
	rbtree_insert(&mesh->all, &state->node);
	rbtree_insert(&mesh->run, &state->run_node);
	mesh->num_detached_states++;
	if (!mesh_state_attachment(question->mesh_info, state))
		return NULL;
	mesh->num_detached_states--;
	return &state->s;
}
