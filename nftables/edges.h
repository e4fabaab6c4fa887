/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements of sets of intervals, as messages list them: where ranges begin, and where they are over. */
#ifndef NFTABLES_EDGES_H
#define NFTABLES_EDGES_H

#include <stdbool.h>
#include <stddef.h>

struct nlmsghdr;

/* All zero is empty. */
struct nftables_edges {
	struct nftables_edge *list;
	size_t count, room;
	bool failed; /* out of memory */
};

/* Add those of a message of type NFT_MSG_NEWSETELEM, when it is of that table. 0, or -1 when the message is malformed. */
int nftables_edges_add(struct nftables_edges *edges, const struct nlmsghdr *message, const char *table);

/* Hand over a line for each range, "element 10.0.0.0/8 of set denied", whose text the callback has to free, and clear the edges. */
void nftables_edges_print(struct nftables_edges *edges, void (*line)(void *context, char *text), void *context);

void nftables_edges_clear(struct nftables_edges *edges);

#endif
