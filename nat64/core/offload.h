/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio header: vetted when a packet comes in, written when one goes out. */
#ifndef NAT64_CORE_OFFLOAD_H
#define NAT64_CORE_OFFLOAD_H

#include "nat64/core/packet.h"

struct nat64_packet_context;

/* Hold the virtio header against the packet, which has been parsed; sets partial and segment. Partial checksums of
 * other protocols than TCP and UDP are completed here. NAT64_REASON_OFFLOAD_HEADER when the header fits no such packet. */
enum nat64_reason nat64_offload_check(struct nat64_packet *packet);

/* Complete a partial checksum, and forget that it was one. */
void nat64_offload_complete(struct nat64_packet *packet);

/* Octets of the TCP or UDP header of a packet with offload. */
uint32_t nat64_offload_transport_header(const struct nat64_packet *packet);

/* The virtio header of the packet's translation, whose IP header has `header` octets in the other family. */
struct virtio_net_hdr nat64_offload_translate(const struct nat64_packet *packet, uint32_t header);

/* Write the virtio header before the IP packet of length octets, and add this frame to the result. */
void nat64_offload_emit(struct nat64_packet_context *job, uint8_t *data, size_t length, const struct virtio_net_hdr *vnet);

/* Room for a frame whose IP packet has length octets; returns where the packet goes, or NULL when there is none. */
uint8_t *nat64_offload_room(struct nat64_packet_context *job, size_t length);

#endif
