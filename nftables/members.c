/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a key in a set? A set of single values lists them. One of intervals lists where each begins and, with the flag
 * INTERVAL_END, where it is over: the last of these that is not behind the key decides. One of concatenated intervals gives
 * both ends with each element; which octets belong together there is not told to us, so that only single values are compared.
 */
#include "nftables/expression.h"

#include <libnftnl/set.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

static uint32_t flags_of(const struct nftnl_set_elem *element)
{
	return nftnl_set_elem_is_set((struct nftnl_set_elem *)element, NFTNL_SET_ELEM_FLAGS)
		       ? nftnl_set_elem_get_u32((struct nftnl_set_elem *)element, NFTNL_SET_ELEM_FLAGS) : 0;
}

/* The key of an element when it has that length, or NULL. */
static const void *key_of(struct nftnl_set_elem *element, uint32_t length)
{
	uint32_t own = 0;
	const void *key = nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_KEY) ? nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &own) : NULL;

	return own >= length ? key : NULL;
}

/* A search in progress. */
struct search {
	const void *key;
	uint32_t length;
	bool intervals;
	bool ranges; /* elements with two ends were seen, which are not compared */
	struct nftnl_set_elem *best, *all; /* the last that is not behind the key; the one for whatever is not listed */
	const void *best_key;
};

static void element_look(struct search *search, struct nftnl_set_elem *element)
{
	const void *key = key_of(element, search->length);
	int order = key ? memcmp(key, search->key, search->length) : 1;
	int better;

	if (flags_of(element) & NFT_SET_ELEM_CATCHALL)
		search->all = element;
	search->ranges |= nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_KEY_END);
	if (order > 0 || (!search->intervals && order != 0))
		return;
	better = search->best ? memcmp(key, search->best_key, search->length) : 1;
	if (better > 0 || (better == 0 && !(flags_of(element) & NFT_SET_ELEM_INTERVAL_END))) {
		search->best = element;
		search->best_key = key;
	}
}

enum nftables_truth nftables_set_holds(const struct nftnl_set *set, const void *key, uint32_t length, struct nftnl_set_elem **element)
{
	struct search search = { .key = key, .length = length };
	struct nftnl_set_elems_iter *iterator = nftnl_set_elems_iter_create(set);
	struct nftnl_set_elem *next;

	search.intervals = nftnl_set_is_set(set, NFTNL_SET_FLAGS) && nftnl_set_get_u32(set, NFTNL_SET_FLAGS) & NFT_SET_INTERVAL;
	while (iterator && (next = nftnl_set_elems_iter_next(iterator)))
		element_look(&search, next);
	if (iterator)
		nftnl_set_elems_iter_destroy(iterator);
	if (search.ranges)
		return NFTABLES_UNREAD;
	*element = search.best && !(flags_of(search.best) & NFT_SET_ELEM_INTERVAL_END) ? search.best : search.all;
	return *element ? NFTABLES_TRUE : NFTABLES_FALSE;
}
