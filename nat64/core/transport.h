/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transport headers: checked, and their checksums moved to the other family's pseudo-header. */
#ifndef NAT64_CORE_TRANSPORT_H
#define NAT64_CORE_TRANSPORT_H

#include "nat64/core/packet_context.h"

/* The transport header of the packet is whole and may be translated; asks udp-cksum-mode. */
enum nat64_reason nat64_transport_check(const struct nat64_packet_context *job);

/* Adjust the checksum in the transport header for a packet of the other family between the same endpoints. */
void nat64_transport_adjust(const struct nat64_packet_context *job, const struct nat64_packet *packet,
			    const struct nat64_endpoints *endpoints);

#endif
