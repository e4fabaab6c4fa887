/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fragmented echo requests and replies.
 *
 * ICMPv6 has the length of the whole message in its checksum, ICMPv4 has not. Who adjusts the checksum, which stands in
 * the first fragment, needs that length, which the last fragment tells. So RFC 7915 section 1.1 leaves fragmented ICMP
 * out; here the first fragment waits for the last one, and all others pass at once, for order does not matter to who
 * puts them together. Should the last fragment come first, its word is kept for the first one.
 *
 * Model: a few slots a thread, each for one message (source, destination, identification); the oldest is taken over
 * when all are in use, so that no clock is needed. Limits: a first fragment of 9 kB; what else does not fit is dropped.
 * ICMP errors are never fragmented. The kernel hands all fragments of a packet to one queue of the device. */
#include "nat64/core/icmp_fragment.h"
#include "nat64/core/packet_context.h"

static struct nat64_fragment_key key_of(const struct nat64_packet *packet)
{
	const struct ip *ip = (const struct ip *)packet->data;
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)packet->data;
	struct nat64_fragment_key key = {.identification = packet->identification};

	if (packet->version == 6) {
		key.source = ip6->ip6_src;
		key.destination = ip6->ip6_dst;
		return key;
	}
	key.source.s6_addr32[2] = key.destination.s6_addr32[2] = htonl(UINT16_MAX);
	key.source.s6_addr32[3] = ip->ip_src.s_addr;
	key.destination.s6_addr32[3] = ip->ip_dst.s_addr;
	return key;
}

static bool is_same(const struct nat64_fragment_key *a, const struct nat64_fragment_key *b)
{
	return a->identification == b->identification && IN6_ARE_ADDR_EQUAL(&a->source, &b->source) &&
	       IN6_ARE_ADDR_EQUAL(&a->destination, &b->destination);
}

/* The slot of a message; a fresh one when it has none. */
static struct nat64_fragment_slot *slot_of(struct nat64_fragment_queue *queue, const struct nat64_fragment_key *key)
{
	struct nat64_fragment_slot *slot;

	for (unsigned i = 0; i < NAT64_FRAGMENT_SLOTS; i++) {
		slot = &queue->slots[i];
		if ((slot->total || slot->length) && is_same(&slot->key, key))
			return slot;
	}
	slot = &queue->slots[queue->next++ % NAT64_FRAGMENT_SLOTS];
	slot->key = *key;
	slot->total = 0;
	slot->length = 0;
	return slot;
}

static enum nat64_reason keep_first(struct nat64_packet_context *job, struct nat64_fragment_slot *slot)
{
	const struct nat64_packet *packet = &job->packet;
	size_t length = sizeof(packet->vnet) + packet->header + packet->payload;

	if (slot->total) {
		job->icmp_length = slot->total;
		slot->total = 0;
		return NAT64_REASON_NONE;
	}
	if (length > sizeof(slot->octets) - NAT64_FRAGMENT_HEADROOM)
		return NAT64_REASON_FRAGMENT_LENGTH;
	memcpy(nat64_fragment_frame(slot), packet->data - sizeof(packet->vnet), length);
	memset(nat64_fragment_frame(slot), 0, sizeof(packet->vnet));
	slot->length = (uint32_t)length;
	return NAT64_REASON_FRAGMENT_HELD;
}

enum nat64_reason nat64_icmp_fragment(struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;
	struct nat64_fragment_key key = key_of(packet);
	struct nat64_fragment_slot *slot;

	if (job->icmp_length || (packet->offset && packet->more))
		return NAT64_REASON_NONE;
	slot = slot_of(&job->context->fragments, &key);
	if (!packet->offset)
		return keep_first(job, slot);
	slot->total = packet->offset + packet->payload;
	if (slot->length)
		job->released = slot;
	return NAT64_REASON_NONE;
}
