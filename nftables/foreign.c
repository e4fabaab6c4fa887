/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * To nf_tables a drop is final, and an accept is not: it ends one base chain, and every other one at the hook still decides for
 * itself. So our own accept saves no packet from a firewall's drop. Whether somebody drops ours is found by walking the base
 * chains of everybody at the hook with a packet that is only described (expression.c).
 *
 * What a rule asks cannot always be told (a rate limit, a match that we do not know). Then the walk goes on as if the rule did
 * not match, and keeps in mind what it might have done: a drop in the end is certain only when nothing before might have accepted.
 *
 * Left out: rules of iptables-legacy, which nf_tables does not list; hooks before routing; what leaves the machine.
 */
#include "nftables/foreign.h"

#include "conf/report.h"
#include "nftables/expression.h"
#include "nftables/nftables.h"
#include "nftables/transport.h"

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list that changes while it is read is read again, this often. The kernel follows no more jumps than these. */
enum { LIST_TRIES = 10, DEPTH_MAX = 16 };

struct nftables_foreign {
	struct nftnl_chain_list *chains;
	struct nftnl_rule_list *rules;
	struct nftnl_set_list *sets; /* with elements once they were asked for */
};

/* Whom a chain, a rule or a set belongs to. */
struct place {
	uint32_t family;
	const char *table;
};

/* What came of a chain. ACCEPTS, STOPS, or GOES_ON when it came to its end or returned. */
struct outcome {
	enum nftables_kind kind;
	bool may_accept, may_stop; /* a rule that could not be read */
};

/* A walk: where it is, and what it carries. */
struct walk {
	const struct nftables_foreign *foreign;
	struct place place;
	struct nftables_machine machine;
};

static bool is_ours(uint32_t family, const char *table)
{
	return family == NFPROTO_INET && table && (!strcmp(table, NFTABLES_TABLE) || !strcmp(table, NFTABLES_HOLD));
}

static int chain_collect(const struct nlmsghdr *message, void *context)
{
	struct nftables_foreign *foreign = context;
	struct nftnl_chain *chain = nftnl_chain_alloc();

	if (!chain)
		return MNL_CB_ERROR;
	if (nftnl_chain_nlmsg_parse(message, chain) == 0 &&
	    !is_ours(nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY), nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE)))
		nftnl_chain_list_add_tail(chain, foreign->chains);
	else
		nftnl_chain_free(chain);
	return MNL_CB_OK;
}

static int rule_collect(const struct nlmsghdr *message, void *context)
{
	struct nftables_foreign *foreign = context;
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (!rule)
		return MNL_CB_ERROR;
	if (nftnl_rule_nlmsg_parse(message, rule) == 0 &&
	    !is_ours(nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY), nftnl_rule_get_str(rule, NFTNL_RULE_TABLE)))
		nftnl_rule_list_add_tail(rule, foreign->rules);
	else
		nftnl_rule_free(rule);
	return MNL_CB_OK;
}

static int set_collect(const struct nlmsghdr *message, void *context)
{
	struct nftables_foreign *foreign = context;
	struct nftnl_set *set = nftnl_set_alloc();

	if (!set)
		return MNL_CB_ERROR;
	if (nftnl_set_nlmsg_parse(message, set) == 0)
		nftnl_set_list_add_tail(set, foreign->sets);
	else
		nftnl_set_free(set);
	return MNL_CB_OK;
}

static bool foreign_begin(struct nftables_foreign *foreign)
{
	foreign->chains = nftnl_chain_list_alloc();
	foreign->rules = nftnl_rule_list_alloc();
	foreign->sets = nftnl_set_list_alloc();
	return foreign->chains && foreign->rules && foreign->sets;
}

static void foreign_clear(struct nftables_foreign *foreign)
{
	if (foreign->chains)
		nftnl_chain_list_free(foreign->chains);
	if (foreign->rules)
		nftnl_rule_list_free(foreign->rules);
	if (foreign->sets)
		nftnl_set_list_free(foreign->sets);
	*foreign = (struct nftables_foreign){ NULL, NULL, NULL };
}

/* 0, 1 the rules changed meanwhile, -1. */
static int lists_read(struct nftables_foreign *foreign, struct conf_report *report)
{
	static const struct {
		uint16_t type;
		mnl_cb_t collect;
	} lists[] = { { NFT_MSG_GETCHAIN, chain_collect }, { NFT_MSG_GETRULE, rule_collect }, { NFT_MSG_GETSET, set_collect } };
	int result = foreign_begin(foreign) ? 0 : -1;

	if (result < 0)
		conf_report_add(report, "out of memory");
	for (size_t i = 0; result == 0 && i < sizeof(lists) / sizeof(lists[0]); i++)
		result = nftables_transport_list(lists[i].type, NFPROTO_UNSPEC, lists[i].collect, foreign, report);
	return result;
}

struct nftables_foreign *nftables_foreign_read(struct conf_report *report)
{
	struct nftables_foreign *foreign = calloc(1, sizeof(*foreign));
	int result = foreign ? 1 : -1;

	for (int try = 0; result == 1 && try < LIST_TRIES; try++) {
		foreign_clear(foreign);
		result = lists_read(foreign, report);
	}
	if (result == 1)
		conf_report_add(report, "the rules of nf_tables change all the time: somebody keeps rewriting them");
	if (result == 0)
		return foreign;
	nftables_foreign_free(foreign);
	return NULL;
}

void nftables_foreign_free(struct nftables_foreign *foreign)
{
	if (foreign)
		foreign_clear(foreign);
	free(foreign);
}

static bool is_in(const struct place *place, uint32_t family, const char *table)
{
	return place->family == family && table && !strcmp(place->table, table);
}

static int element_collect(const struct nlmsghdr *message, void *context)
{
	nftnl_set_elems_nlmsg_parse(message, context);
	return MNL_CB_OK;
}

static bool set_is_empty(const struct nftnl_set *set)
{
	struct nftnl_set_elems_iter *iterator = nftnl_set_elems_iter_create(set);
	bool empty = !iterator || !nftnl_set_elems_iter_next(iterator);

	if (iterator)
		nftnl_set_elems_iter_destroy(iterator);
	return empty;
}

/* The elements are asked for when a rule looks into the set: there are lists of a hundred thousand that none of ours meets. */
static void set_fill(struct nftnl_set *set)
{
	char request[MNL_SOCKET_BUFFER_SIZE];
	struct conf_report quiet = { .count = 0 };
	struct nlmsghdr *message = nftnl_nlmsg_build_hdr(request, NFT_MSG_GETSETELEM, (uint16_t)nftnl_set_get_u32(set, NFTNL_SET_FAMILY),
							 NLM_F_DUMP, 1);

	nftnl_set_elems_nlmsg_build_payload(message, set);
	nftables_transport_ask(message, element_collect, set, &quiet);
	conf_report_clear(&quiet);
}

static const struct nftnl_set *set_find(void *context, const char *name)
{
	const struct walk *walk = context;
	struct nftnl_set_list_iter *iterator = nftnl_set_list_iter_create(walk->foreign->sets);
	struct nftnl_set *set = NULL;

	while (iterator && name && (set = nftnl_set_list_iter_next(iterator))) {
		if (is_in(&walk->place, nftnl_set_get_u32(set, NFTNL_SET_FAMILY), nftnl_set_get_str(set, NFTNL_SET_TABLE)) &&
		    !strcmp(nftnl_set_get_str(set, NFTNL_SET_NAME), name))
			break;
	}
	if (iterator)
		nftnl_set_list_iter_destroy(iterator);
	if (set && set_is_empty(set))
		set_fill(set);
	return set;
}

static struct outcome chain_walk(struct walk *walk, const char *name, unsigned depth);

/* A rule that could not be read might have done this. */
static void may_have(struct outcome *outcome, enum nftables_kind kind)
{
	outcome->may_accept |= kind == NFTABLES_ACCEPTS || kind == NFTABLES_RETURNS;
	outcome->may_stop |= kind == NFTABLES_STOPS || kind == NFTABLES_RETURNS;
}

/* Take in what came of one rule. True when the chain is over with it. */
static bool rule_take(struct walk *walk, const struct nftables_verdict *verdict, struct outcome *outcome, unsigned depth)
{
	bool jumps = verdict->kind == NFTABLES_JUMPS || verdict->kind == NFTABLES_GOES_TO;
	struct outcome inner = { verdict->kind, false, false };

	if (jumps && verdict->chain && depth < DEPTH_MAX)
		inner = chain_walk(walk, verdict->chain, depth + 1);
	outcome->may_accept |= inner.may_accept;
	outcome->may_stop |= inner.may_stop;
	if (!verdict->certain) {
		may_have(outcome, inner.kind);
		return false;
	}
	if (inner.kind == NFTABLES_ACCEPTS || inner.kind == NFTABLES_STOPS)
		outcome->kind = inner.kind;
	return outcome->kind != NFTABLES_GOES_ON || verdict->kind == NFTABLES_RETURNS || verdict->kind == NFTABLES_GOES_TO;
}

static struct outcome chain_walk(struct walk *walk, const char *name, unsigned depth)
{
	struct nftnl_rule_list_iter *iterator = nftnl_rule_list_iter_create(walk->foreign->rules);
	struct outcome outcome = { NFTABLES_GOES_ON, false, false };
	const struct nftnl_rule *rule;
	bool over = false;

	while (iterator && !over && (rule = nftnl_rule_list_iter_next(iterator))) {
		struct nftables_verdict verdict;

		if (!is_in(&walk->place, nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY), nftnl_rule_get_str(rule, NFTNL_RULE_TABLE)) ||
		    strcmp(nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN), name) != 0)
			continue;
		verdict = nftables_rule_evaluate(&walk->machine, rule);
		over = rule_take(walk, &verdict, &outcome, depth);
	}
	if (iterator)
		nftnl_rule_list_iter_destroy(iterator);
	return outcome;
}

/* Does the packet come by this chain? */
static bool chain_is_met(const struct nftnl_chain *chain, const struct nftables_probe *probe)
{
	uint32_t family = nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY);
	uint32_t own = probe->source.family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;

	return nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM) && nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM) == probe->hook &&
	       (family == own || family == NFPROTO_INET);
}

/* 1 stops, 0 does not, -1 might. */
static int base_chain_judge(struct walk *walk, const struct nftnl_chain *chain, struct nftables_obstacle *obstacle)
{
	const char *name = nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME);
	struct outcome outcome;

	walk->place = (struct place){ nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY), nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE) };
	*obstacle = (struct nftables_obstacle){ .family = (uint8_t)walk->place.family };
	snprintf(obstacle->table, sizeof(obstacle->table), "%s", walk->place.table);
	snprintf(obstacle->chain, sizeof(obstacle->chain), "%s", name);
	outcome = chain_walk(walk, name, 0);
	obstacle->policy = outcome.kind == NFTABLES_GOES_ON;
	if (obstacle->policy)
		outcome.kind = nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_DROP ? NFTABLES_STOPS : NFTABLES_ACCEPTS;
	obstacle->certain = outcome.kind == NFTABLES_STOPS && !outcome.may_accept;
	if (obstacle->certain)
		return 1;
	return outcome.kind == NFTABLES_STOPS ? -1 : 0;
}

bool nftables_foreign_stops(const struct nftables_foreign *foreign, const struct nftables_probe *probe,
			    struct nftables_obstacle *obstacle)
{
	struct walk walk = { .foreign = foreign, .machine = { .probe = probe, .set_find = set_find } };
	struct nftnl_chain_list_iter *iterator = nftnl_chain_list_iter_create(foreign->chains);
	const struct nftnl_chain *chain;
	bool found = false;

	walk.machine.context = &walk;
	nftables_machine_begin(&walk.machine);
	while (iterator && !(found && obstacle->certain) && (chain = nftnl_chain_list_iter_next(iterator))) {
		struct nftables_obstacle next;
		int stops = chain_is_met(chain, probe) ? base_chain_judge(&walk, chain, &next) : 0;

		if (stops == 0 || (found && stops < 0))
			continue;
		*obstacle = next;
		found = true;
	}
	if (iterator)
		nftnl_chain_list_iter_destroy(iterator);
	return found;
}

bool nftables_foreign_has_chain(const struct nftables_foreign *foreign, uint8_t family, const char *table, const char *beginning)
{
	const struct place place = { family, table };
	struct nftnl_chain_list_iter *iterator = nftnl_chain_list_iter_create(foreign->chains);
	const struct nftnl_chain *chain;
	bool found = false;

	while (iterator && !found && (chain = nftnl_chain_list_iter_next(iterator)))
		found = is_in(&place, nftnl_chain_get_u32(chain, NFTNL_CHAIN_FAMILY), nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE)) &&
			strncmp(nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME), beginning, strlen(beginning)) == 0;
	if (iterator)
		nftnl_chain_list_iter_destroy(iterator);
	return found;
}
