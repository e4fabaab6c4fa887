/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IANA IPv4 Special-Purpose Address Registry (RFC 6890, RFC 8190; as of 2025-10), its rows with "Globally Reachable: False",
 * and the one block inside them that is reachable. Multicast (RFC 5771) is no host's address, so it is none of the Internet's here.
 * 192.88.99.0/24, the 6to4 relays of old, is listed by the deprecated address alone, as the registry does (RFC 6751).
 */
#include "conf/special.h"

#include "conf/prefix.h"

#include <arpa/inet.h>
#include <string.h>

#define SHARED_SPACE  0x64400000
#define SHARED_LENGTH 10
#define LINK_LOCAL    0xa9fe0000

struct range {
	uint32_t address; /* host order */
	unsigned length;  /* 1 to 32 */
};

static const struct range reachable[] = {
	{0xc0000009, 32}, /* 192.0.0.9, Port Control Protocol anycast (RFC 7723) */
	{0xc000000a, 32}, /* 192.0.0.10, TURN anycast (RFC 8155) */
};

static const struct range special[] = {
	{0x00000000, 8},               /* 0.0.0.0/8, this network (RFC 791) */
	{0x0a000000, 8},               /* 10.0.0.0/8, private use (RFC 1918) */
	{SHARED_SPACE, SHARED_LENGTH}, /* 100.64.0.0/10, shared address space (RFC 6598) */
	{0x7f000000, 8},               /* 127.0.0.0/8, loopback (RFC 1122) */
	{LINK_LOCAL, 16},              /* 169.254.0.0/16, link local (RFC 3927) */
	{0xac100000, 12},              /* 172.16.0.0/12, private use (RFC 1918) */
	{0xc0000000, 24},              /* 192.0.0.0/24, IETF protocol assignments (RFC 6890) */
	{0xc0000200, 24},              /* 192.0.2.0/24, documentation (RFC 5737) */
	{0xc0586302, 32},              /* 192.88.99.2, 6a44 relay anycast (RFC 6751) */
	{0xc0a80000, 16},              /* 192.168.0.0/16, private use (RFC 1918) */
	{0xc6120000, 15},              /* 198.18.0.0/15, benchmarking (RFC 2544) */
	{0xc6336400, 24},              /* 198.51.100.0/24, documentation (RFC 5737) */
	{0xcb007100, 24},              /* 203.0.113.0/24, documentation (RFC 5737) */
	{0xe0000000, 4},               /* 224.0.0.0/4, multicast */
	{0xf0000000, 4},               /* 240.0.0.0/4, reserved, limited broadcast (RFC 1112, RFC 8190) */
};

struct conf_prefix4 conf_special_shared_space(void)
{
	return (struct conf_prefix4){{htonl(SHARED_SPACE)}, SHARED_LENGTH};
}

struct conf_prefix6 conf_special_tailnet6(void)
{
	return (struct conf_prefix6){{.s6_addr = {0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0}}, 48};
}

/* Unrolled the ranges are constants of the comparisons: the translator asks for each packet. */
static inline bool is_in(uint32_t address, const struct range *ranges, size_t count)
{
#pragma GCC unroll 16
	for (size_t i = 0; i < count; i++)
		if ((address ^ ranges[i].address) >> (32 - ranges[i].length) == 0)
			return true;
	return false;
}

static const struct range martians[] = {
	{0x00000000, 8},  /* this network */
	{0x7f000000, 8},  /* loopback */
	{LINK_LOCAL, 16}, /* link local, and the metadata of clouds */
	{0xe0000000, 4},  /* multicast */
	{UINT32_MAX, 32}, /* broadcast */
};

/* The index-th range of a list; false behind its end. */
static bool range_at(const struct range *ranges, size_t count, size_t index, struct conf_prefix4 *prefix)
{
	if (index >= count)
		return false;
	*prefix = (struct conf_prefix4){{htonl(ranges[index].address)}, ranges[index].length};
	return true;
}

bool conf_special_martian4(size_t index, struct conf_prefix4 *prefix)
{
	return range_at(martians, sizeof(martians) / sizeof(*martians), index, prefix);
}

bool conf_special_range4(size_t index, struct conf_prefix4 *prefix)
{
	return range_at(special, sizeof(special) / sizeof(*special), index, prefix);
}

bool conf_special_is_martian4(struct in_addr address)
{
	return is_in(ntohl(address.s_addr), martians, sizeof(martians) / sizeof(*martians));
}

bool conf_special_is_tailnet_resolver(const char *server)
{
	return strcmp(server, CONF_TAILNET_RESOLVER) == 0 || strcmp(server, CONF_TAILNET_RESOLVER6) == 0;
}

bool conf_special_is_of_tailnet(const struct conf_address *address)
{
	const struct conf_prefix4 tailnet4 = conf_special_shared_space();
	const struct conf_prefix6 tailnet6 = conf_special_tailnet6();

	return address->family == AF_INET ? conf_prefix4_contains(&tailnet4, address->v4) :
					    conf_prefix6_contains(&tailnet6, &address->v6);
}

bool conf_special_is_loopback(const struct conf_address *address)
{
	if (address->family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address->v6);
	return ntohl(address->v4.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

bool conf_special_is_link_local4(struct in_addr address)
{
	return ntohl(address.s_addr) >> 16 == LINK_LOCAL >> 16;
}

bool conf_special_is_global4(struct in_addr address)
{
	uint32_t value = ntohl(address.s_addr);

	return is_in(value, reachable, sizeof(reachable) / sizeof(*reachable)) ||
	       !is_in(value, special, sizeof(special) / sizeof(*special));
}

bool conf_special_is_martian6(const struct in6_addr *address)
{
	static const uint8_t well_known[4] = {0x00, 0x64, 0xff, 0x9b};

	if (address->s6_addr[0] == 0)
		return memcmp(address, well_known, sizeof(well_known)) != 0;
	return IN6_IS_ADDR_MULTICAST(address) || IN6_IS_ADDR_LINKLOCAL(address);
}
