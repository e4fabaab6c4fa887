/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel lists a set in its own order and in several messages, and an element is only the beginning of a range, or its end.
 * So all elements are collected, sorted and paired. An end without a beginning before it, as nft(8) writes at the bottom of each set, has no meaning.
 */
#include "nftables/edges.h"

#include "nftables/ranges.h"

#include <libmnl/libmnl.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nftables_edge {
	char *set;
	uint8_t key[NFTABLES_ADDRESS_SIZE];
	uint32_t size;
	bool is_end;
};

static void edge_add(struct nftables_edges *edges, const char *set, struct nftnl_set_elem *element)
{
	struct nftables_edge *list = edges->list, *edge;
	uint32_t size = 0;
	const void *key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);

	if (edges->count == edges->room) {
		list = realloc(list, (edges->room * 2 + 16) * sizeof(*list));
		if (list) {
			edges->list = list;
			edges->room = edges->room * 2 + 16;
		}
	}
	edge = list ? &list[edges->count] : NULL;
	if (!edge || !key || size > sizeof(edge->key)) {
		edges->failed |= !edge;
		return;
	}
	*edge = (struct nftables_edge){.set = strdup(set), .size = size};
	memcpy(edge->key, key, size);
	edge->is_end = nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_FLAGS) &&
		       nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_FLAGS) & NFT_SET_ELEM_INTERVAL_END;
	edges->failed |= !edge->set;
	edges->count += edge->set != NULL;
}

int nftables_edges_add(struct nftables_edges *edges, const struct nlmsghdr *message, const char *table)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);
	struct nftnl_set *set = nftnl_set_alloc();
	int result = set ? nftnl_set_elems_nlmsg_parse(message, set) : -1;
	bool ours = result == 0 && header->nfgen_family == NFPROTO_INET && nftnl_set_get_str(set, NFTNL_SET_NAME) &&
		    nftnl_set_get_str(set, NFTNL_SET_TABLE) && !strcmp(nftnl_set_get_str(set, NFTNL_SET_TABLE), table);
	struct nftnl_set_elems_iter *iterator = ours ? nftnl_set_elems_iter_create(set) : NULL;
	struct nftnl_set_elem *element;

	edges->failed |= ours && !iterator;
	while (iterator && (element = nftnl_set_elems_iter_next(iterator)))
		edge_add(edges, nftnl_set_get_str(set, NFTNL_SET_NAME), element);
	if (iterator)
		nftnl_set_elems_iter_destroy(iterator);
	if (set)
		nftnl_set_free(set);
	return result;
}

/* What is over before what begins at the same address. */
static int by_place(const void *a, const void *b)
{
	const struct nftables_edge *left = a, *right = b;
	int order = strcmp(left->set, right->set);

	if (!order)
		order = memcmp(left->key, right->key, sizeof(left->key));
	return order ? order : right->is_end - left->is_end;
}

static char *range_text(const struct nftables_edge *begin, const struct nftables_edge *end)
{
	struct nftables_range range;
	char text[NFTABLES_RANGE_TEXT], *line;

	memcpy(range.first, begin->key, sizeof(range.first));
	memset(range.last, 0xff, sizeof(range.last));
	if (end) {
		memcpy(range.last, end->key, sizeof(range.last));
		nftables_address_step(range.last, end->size, -1);
	}
	if (asprintf(&line, "element %s of set %s", nftables_range_print(&range, begin->size, text), begin->set) < 0)
		return NULL;
	return line;
}

void nftables_edges_print(struct nftables_edges *edges, void (*line)(void *context, char *text), void *context)
{
	if (edges->count)
		qsort(edges->list, edges->count, sizeof(*edges->list), by_place);
	for (size_t i = 0; i < edges->count; i++) {
		const struct nftables_edge *begin = &edges->list[i], *next = i + 1 < edges->count ? begin + 1 : NULL;

		if (!begin->is_end)
			line(context, range_text(begin, next && !strcmp(next->set, begin->set) ? next : NULL));
	}
	nftables_edges_clear(edges);
}

void nftables_edges_clear(struct nftables_edges *edges)
{
	for (size_t i = 0; i < edges->count; i++)
		free(edges->list[i].set);
	free(edges->list);
	*edges = (struct nftables_edges){.failed = edges->failed};
}
