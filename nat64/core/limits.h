/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes that decide about a packet, for the packet core and for the program in the kernel (nat64/bpf), which has no C library. */
#ifndef NAT64_CORE_LIMITS_H
#define NAT64_CORE_LIMITS_H

#include <stdint.h>

#define NAT64_DF_ABOVE 1260 /* octets: longer IPv4 packets carry DF (RFC 7915 section 5.1) */

/* Octets behind the IP header of the longest packet on the wire: segment is a super-packet's gso_size or 0, header its transport header. */
static inline uint32_t nat64_longest_payload(uint32_t payload, uint32_t segment, uint32_t header)
{
	return segment && segment + header < payload ? segment + header : payload;
}

#endif
