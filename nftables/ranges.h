/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of addresses of one family, as the elements of a set. */
#ifndef NFTABLES_RANGES_H
#define NFTABLES_RANGES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFTABLES_ADDRESS_SIZE sizeof(struct in6_addr)
#define NFTABLES_RANGE_TEXT   (2 * INET6_ADDRSTRLEN)

/* Both addresses belong to it, in network order; of IPv4 the first four octets. */
struct nftables_range {
	uint8_t first[NFTABLES_ADDRESS_SIZE], last[NFTABLES_ADDRESS_SIZE];
};

struct nftables_ranges {
	struct nftables_range *list;
	size_t count, room;
	size_t size; /* of an address, in octets: 4 or 16 */
	bool failed; /* out of memory */
};

/* Add the addresses of a prefix, which may have bits behind its length. */
void nftables_ranges_add(struct nftables_ranges *ranges, const void *address, unsigned length);

/* Put them in the order of their addresses, and make one of those that overlap or touch: no two elements of a set may overlap. */
void nftables_ranges_merge(struct nftables_ranges *ranges);

void nftables_ranges_clear(struct nftables_ranges *ranges);

/* The next address, or by -1 the one before. False when there is none. */
bool nftables_address_step(uint8_t *address, size_t size, int by);

/* As nft(8) prints it: an address, a prefix, or both ends. Returns text. */
char *nftables_range_print(const struct nftables_range *range, size_t size, char text[NFTABLES_RANGE_TEXT]);

#endif
