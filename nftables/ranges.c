/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses are octets in network order, so that memcmp() knows their order, and one code serves both families. */
#include "nftables/ranges.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void nftables_ranges_add(struct nftables_ranges *ranges, const void *address, unsigned length)
{
	struct nftables_range *made, *list = ranges->list;

	if (ranges->count == ranges->room) {
		list = realloc(list, (ranges->room * 2 + 8) * sizeof(*list));
		if (!list) {
			ranges->failed = true;
			return;
		}
		ranges->list = list;
		ranges->room = ranges->room * 2 + 8;
	}
	made = memset(&list[ranges->count++], 0, sizeof(*list));
	memcpy(made->first, address, ranges->size);
	memcpy(made->last, address, ranges->size);
	for (size_t bit = length; bit < ranges->size * 8; bit++) {
		made->first[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		made->last[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
}

static int by_address(const void *a, const void *b)
{
	const struct nftables_range *left = a, *right = b;
	int order = memcmp(left->first, right->first, sizeof(left->first));

	return order ? order : memcmp(left->last, right->last, sizeof(left->last));
}

bool nftables_address_step(uint8_t *address, size_t size, int by)
{
	uint8_t wrapped = by > 0 ? 0 : 0xff;

	while (size-- > 0) {
		address[size] = (uint8_t)(address[size] + by);
		if (address[size] != wrapped)
			return true;
	}
	return false;
}

/* Is there no address between the end of one and the beginning of the other? */
static bool touch(const struct nftables_range *range, const struct nftables_range *next, size_t size)
{
	uint8_t behind[NFTABLES_ADDRESS_SIZE];

	memcpy(behind, range->last, sizeof(behind));
	return !nftables_address_step(behind, size, 1) || memcmp(next->first, behind, size) <= 0;
}

void nftables_ranges_merge(struct nftables_ranges *ranges)
{
	struct nftables_range *kept = ranges->list;

	if (ranges->count == 0)
		return;
	qsort(ranges->list, ranges->count, sizeof(*ranges->list), by_address);
	for (size_t i = 1; i < ranges->count; i++) {
		const struct nftables_range *next = &ranges->list[i];

		if (!touch(kept, next, ranges->size))
			*++kept = *next;
		else if (memcmp(next->last, kept->last, sizeof(kept->last)) > 0)
			memcpy(kept->last, next->last, sizeof(kept->last));
	}
	ranges->count = (size_t)(kept - ranges->list) + 1;
}

void nftables_ranges_clear(struct nftables_ranges *ranges)
{
	free(ranges->list);
	*ranges = (struct nftables_ranges){.size = ranges->size};
}

static bool bit_of(const uint8_t *address, size_t bit)
{
	return address[bit / 8] & 0x80 >> bit % 8;
}

/* The length of the prefix that the range is, or -1. */
static int prefix_length(const struct nftables_range *range, size_t size)
{
	size_t length = 0;

	while (length < size * 8 && bit_of(range->first, length) == bit_of(range->last, length))
		length++;
	for (size_t bit = length; bit < size * 8; bit++)
		if (bit_of(range->first, bit) || !bit_of(range->last, bit))
			return -1;
	return (int)length;
}

char *nftables_range_print(const struct nftables_range *range, size_t size, char text[NFTABLES_RANGE_TEXT])
{
	int family = size == sizeof(struct in_addr) ? AF_INET : AF_INET6, length = prefix_length(range, size);
	char *end;

	inet_ntop(family, range->first, text, INET6_ADDRSTRLEN);
	end = text + strlen(text);
	if (length < 0) {
		*end++ = '-';
		inet_ntop(family, range->last, end, INET6_ADDRSTRLEN);
	} else if ((size_t)length < size * 8) {
		snprintf(end, INET6_ADDRSTRLEN, "/%d", length);
	}
	return text;
}
