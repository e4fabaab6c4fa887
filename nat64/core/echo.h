/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The echo of ICMP and ICMPv6 in the other family (RFC 7915 sections 4.2 and 5.2), once for the packet core and for the program in the kernel. */
#ifndef NAT64_CORE_ECHO_H
#define NAT64_CORE_ECHO_H

#include "nat64/core/rules.h"

/* The type of an echo in the other family; -1: it is none. */
static inline int nat64_echo_type(bool is6, uint8_t type)
{
	if (is6)
		return type == 128 ? 8 : type == 129 ? 0 : -1;
	return type == 8 ? 128 : type == 0 ? 129 : -1;
}

/* What a checksum loses and gains, as sums of words. */
struct nat64_exchange {
	uint64_t removed, added;
};

/* Of an echo: the word with the type, and the pseudo-header that ICMPv6 has and ICMP has not (sections 4.2 and 5.2). addresses: the sum of those of IPv6. */
static inline struct nat64_exchange nat64_echo_exchange(bool is_to4, uint64_t addresses, uint32_t length,
							uint16_t before, uint16_t after)
{
	uint64_t pseudo = addresses + nat64_sum_pseudo(length, NAT64_ICMPV6);

	return is_to4 ? (struct nat64_exchange){pseudo + before, after} : (struct nat64_exchange){before, pseudo + after};
}

#endif
