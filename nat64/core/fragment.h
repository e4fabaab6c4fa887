/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting IPv4 packets without DF so that they fit an IPv6 path. */
#ifndef NAT64_CORE_FRAGMENT_H
#define NAT64_CORE_FRAGMENT_H

#include "nat64/core/packet_context.h"

/* Send the IPv4 packet as IPv6 fragments of at most limit octets (1280 or more). NAT64_REASON_TOO_BIG when the
 * scratch cannot hold them. */
enum nat64_reason nat64_fragment_packet(struct nat64_packet_context *job, uint32_t limit);

/* Send a UDP super-packet as datagrams, each fragmented when it is longer than limit. */
enum nat64_reason nat64_fragment_datagrams(struct nat64_packet_context *job, uint32_t limit);

#endif
