/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fragments of ICMP messages: the first waits until the length of the message is known. */
#ifndef NAT64_CORE_ICMP_FRAGMENT_H
#define NAT64_CORE_ICMP_FRAGMENT_H

#include "nat64/core/reason.h"

struct nat64_packet_context;

/* The packet is a fragment of an ICMP message. NAT64_REASON_NONE: go on, icmp_length is filled in where it is
 * asked for, and its `released` is a held frame to be translated after this one. _FRAGMENT_HELD: it is kept. */
enum nat64_reason nat64_icmp_fragment(struct nat64_packet_context *job);

#endif
