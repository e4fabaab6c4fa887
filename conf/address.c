/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prefixes of one family as values: parse, print, contain, overlap. */
#include "conf/address.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Split "ADDRESS[/LENGTH]". The address goes to its own buffer; no length gives the longest one. */
static int prefix_split(const char *text, char *address, size_t room, unsigned longest, unsigned *length)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	if (size >= room)
		return -1;
	memcpy(address, text, size);
	address[size] = '\0';
	*length = longest;
	if (!slash)
		return 0;

	char *end;
	if (slash[1] < '0' || slash[1] > '9')
		return -1;
	errno = 0;
	unsigned long value = strtoul(slash + 1, &end, 10);
	if (errno || *end || value > longest)
		return -1;
	*length = (unsigned)value;
	return 0;
}

int conf_prefix4_parse(const char *text, struct conf_prefix4 *prefix)
{
	char address[INET_ADDRSTRLEN];
	if (prefix_split(text, address, sizeof(address), 32, &prefix->length) < 0)
		return -1;
	return inet_pton(AF_INET, address, &prefix->address) == 1 ? 0 : -1;
}

int conf_prefix6_parse(const char *text, struct conf_prefix6 *prefix)
{
	char address[INET6_ADDRSTRLEN];
	if (prefix_split(text, address, sizeof(address), 128, &prefix->length) < 0)
		return -1;
	return inet_pton(AF_INET6, address, &prefix->address) == 1 ? 0 : -1;
}

static uint32_t mask4(unsigned length)
{
	return length ? htonl(UINT32_MAX << (32 - length)) : 0;
}

bool conf_prefix4_has_host_bits(const struct conf_prefix4 *prefix)
{
	return (prefix->address.s_addr & ~mask4(prefix->length)) != 0;
}

bool conf_prefix6_has_host_bits(const struct conf_prefix6 *prefix)
{
	for (unsigned bit = prefix->length; bit < 128; bit++)
		if (prefix->address.s6_addr[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

void conf_prefix4_clear_host_bits(struct conf_prefix4 *prefix)
{
	prefix->address.s_addr &= mask4(prefix->length);
}

void conf_prefix6_clear_host_bits(struct conf_prefix6 *prefix)
{
	for (unsigned bit = prefix->length; bit < 128; bit++)
		prefix->address.s6_addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

bool conf_prefix4_contains(const struct conf_prefix4 *prefix, struct in_addr address)
{
	return ((prefix->address.s_addr ^ address.s_addr) & mask4(prefix->length)) == 0;
}

bool conf_prefix6_contains(const struct conf_prefix6 *prefix, const struct in6_addr *address)
{
	uint64_t ours[2], theirs[2], high, low;

	memcpy(ours, &prefix->address, sizeof(ours));
	memcpy(theirs, address, sizeof(theirs));
	high = be64toh(ours[0] ^ theirs[0]);
	low = be64toh(ours[1] ^ theirs[1]);
	if (prefix->length <= 64)
		return prefix->length == 0 || high >> (64 - prefix->length) == 0;
	return high == 0 && low >> (128 - prefix->length) == 0;
}

bool conf_prefix4_equals(const struct conf_prefix4 *a, const struct conf_prefix4 *b)
{
	return a->length == b->length && a->address.s_addr == b->address.s_addr;
}

bool conf_prefix6_equals(const struct conf_prefix6 *a, const struct conf_prefix6 *b)
{
	return a->length == b->length && IN6_ARE_ADDR_EQUAL(&a->address, &b->address);
}

bool conf_prefix4_covers(const struct conf_prefix4 *wide, const struct conf_prefix4 *narrow)
{
	return wide->length <= narrow->length && conf_prefix4_contains(wide, narrow->address);
}

bool conf_prefix6_covers(const struct conf_prefix6 *wide, const struct conf_prefix6 *narrow)
{
	return wide->length <= narrow->length && conf_prefix6_contains(wide, &narrow->address);
}

bool conf_prefix4_overlaps(const struct conf_prefix4 *a, const struct conf_prefix4 *b)
{
	return a->length < b->length ? conf_prefix4_contains(a, b->address) : conf_prefix4_contains(b, a->address);
}

bool conf_prefix6_overlaps(const struct conf_prefix6 *a, const struct conf_prefix6 *b)
{
	return a->length < b->length ? conf_prefix6_contains(a, &b->address) : conf_prefix6_contains(b, &a->address);
}

static const char *prefix_print(int family, const void *address, unsigned length, char text[CONF_PREFIX_TEXT])
{
	inet_ntop(family, address, text, CONF_PREFIX_TEXT);
	size_t size = strlen(text);
	snprintf(text + size, CONF_PREFIX_TEXT - size, "/%u", length);
	return text;
}

const char *conf_prefix4_print(const struct conf_prefix4 *prefix, char text[CONF_PREFIX_TEXT])
{
	return prefix_print(AF_INET, &prefix->address, prefix->length, text);
}

const char *conf_prefix6_print(const struct conf_prefix6 *prefix, char text[CONF_PREFIX_TEXT])
{
	return prefix_print(AF_INET6, &prefix->address, prefix->length, text);
}

const char *conf_prefix6_print_reverse(const struct conf_prefix6 *prefix, char text[CONF_REVERSE_TEXT])
{
	char *at = text;

	for (unsigned nibble = prefix->length / 4; nibble-- > 0;)
		at += sprintf(at, "%x.", prefix->address.s6_addr[nibble / 2] >> (nibble % 2 == 0 ? 4 : 0) & 15);
	memcpy(at, "ip6.arpa", sizeof("ip6.arpa"));
	return text;
}

unsigned conf_prefix4_reverse_zones(const struct conf_prefix4 *prefix)
{
	return 1U << (-prefix->length & 7);
}

const char *conf_prefix4_print_reverse(const struct conf_prefix4 *prefix, unsigned index, char text[CONF_REVERSE_TEXT])
{
	unsigned octets = (prefix->length + 7) / 8;
	uint32_t address = ntohl(prefix->address.s_addr) | (octets ? index << (32 - octets * 8) : 0);
	char *at = text;

	while (octets-- > 0)
		at += sprintf(at, "%u.", address >> (24 - octets * 8) & 255);
	memcpy(at, "in-addr.arpa", sizeof("in-addr.arpa"));
	return text;
}

struct in_addr conf_prefix4_address(const struct conf_prefix4 *prefix, uint32_t index)
{
	return (struct in_addr){.s_addr = htonl(ntohl(prefix->address.s_addr) + index)};
}

bool conf_prefix4_move(const struct conf_prefix4 *from, const struct conf_prefix4 *to, struct in_addr address,
		       struct in_addr *moved)
{
	if (!conf_prefix4_contains(from, address))
		return false;
	moved->s_addr = to->address.s_addr | (address.s_addr & ~mask4(from->length));
	return true;
}

bool conf_prefix6_move(const struct conf_prefix6 *from, const struct conf_prefix6 *to, const struct in6_addr *address,
		       struct in6_addr *moved)
{
	struct conf_prefix6 network = {*address, from->length};

	if (!conf_prefix6_contains(from, address))
		return false;
	conf_prefix6_clear_host_bits(&network);
	for (size_t i = 0; i < sizeof(moved->s6_addr); i++)
		moved->s6_addr[i] = (uint8_t)(to->address.s6_addr[i] | (address->s6_addr[i] ^ network.address.s6_addr[i]));
	return true;
}

uint64_t conf_prefix4_size(const struct conf_prefix4 *prefix)
{
	return UINT64_C(1) << (32 - prefix->length);
}
