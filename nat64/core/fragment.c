/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fragments for IPv6: the one path on which payload is copied.
 *
 * RFC 7915 section 4.1: a packet without DF that becomes longer than the limit is fragmented; one that is a fragment
 * already is cut further, offsets and the more flag carried on. The Fragment header's identification is IPv4's.
 * A checksum is complete before the packet is cut: the kernel completes none across fragments.
 *
 * A UDP super-packet without DF, as GRO makes of what systems without path MTU discovery for UDP send: its datagrams
 * are told apart here, each gets its own length, checksum and identification (counted up, as Linux does). */
#include "nat64/core/fragment.h"
#include "nat64/core/header.h"
#include "nat64/core/icmp.h"
#include "nat64/core/offload.h"

#include <netinet/udp.h>

#define PIECE_HEADER (NAT64_IPV6_HEADER + NAT64_FRAGMENT_HEADER)

static bool emit_fragment(struct nat64_packet_context *job, const uint8_t *from, uint32_t length, uint32_t offset, bool more)
{
	static const struct virtio_net_hdr plain;
	uint8_t *at = nat64_offload_room(job, PIECE_HEADER + length);

	if (!at)
		return false;
	nat64_header_write_fragment(at, &job->packet, &job->endpoints, length, offset, more);
	memcpy(at + PIECE_HEADER, from, length);
	nat64_offload_emit(job, at, PIECE_HEADER + length, &plain);
	return true;
}

/* Cut length octets of payload, whose checksum is that of IPv6 already. */
static bool emit_fragments(struct nat64_packet_context *job, const uint8_t *payload, uint32_t length, uint32_t limit)
{
	uint32_t most = (limit - (uint32_t)PIECE_HEADER) & ~UINT32_C(7);

	for (uint32_t at = 0; at < length; at += most) {
		bool last = length - at <= most;

		if (!emit_fragment(job, payload + at, last ? length - at : most, job->packet.offset + at,
				   !last || job->packet.more))
			return false;
	}
	return true;
}

enum nat64_reason nat64_fragment_packet(struct nat64_packet_context *job, uint32_t limit)
{
	struct nat64_packet *packet = &job->packet;
	enum nat64_reason reason;

	nat64_offload_complete(packet);
	reason = nat64_icmp_or_transport(job);
	if (reason)
		return reason;
	return emit_fragments(job, nat64_packet_transport(packet), packet->payload, limit) ? NAT64_REASON_NONE :
											     NAT64_REASON_TOO_BIG;
}

static bool emit_datagram(struct nat64_packet_context *job, const uint8_t *datagram, uint32_t length, uint32_t limit)
{
	static const struct virtio_net_hdr plain;
	uint8_t *at;

	if (NAT64_IPV6_HEADER + length > limit)
		return emit_fragments(job, datagram, length, limit);
	at = nat64_offload_room(job, NAT64_IPV6_HEADER + length);
	if (!at)
		return false;
	nat64_header_write6(at, &job->packet, &job->endpoints, job->packet.hop_limit - 1, length);
	memcpy(at + NAT64_IPV6_HEADER, datagram, length);
	nat64_offload_emit(job, at, NAT64_IPV6_HEADER + length, &plain);
	return true;
}

/* The UDP header of one datagram, written right before its payload: what stood there has been sent. */
static void write_udp(uint8_t *at, const struct udphdr *model, uint32_t length, const struct nat64_endpoints *endpoints)
{
	struct udphdr udp = {.uh_sport = model->uh_sport, .uh_dport = model->uh_dport, .uh_ulen = htons((uint16_t)length)};
	uint64_t sum = nat64_sum(at + sizeof(udp), length - sizeof(udp), nat64_sum_pseudo(length, IPPROTO_UDP));

	udp.uh_sum = (uint16_t)~nat64_sum_fold(nat64_sum(&udp, sizeof(udp), sum) + nat64_endpoints_sum6(endpoints));
	if (!udp.uh_sum)
		udp.uh_sum = UINT16_MAX;
	memcpy(at, &udp, sizeof(udp));
}

enum nat64_reason nat64_fragment_datagrams(struct nat64_packet_context *job, uint32_t limit)
{
	struct nat64_packet *packet = &job->packet;
	uint8_t *transport = nat64_packet_transport(packet);
	struct udphdr model;
	uint32_t payload = packet->payload - (uint32_t)sizeof(model), length;

	memcpy(&model, transport, sizeof(model));
	for (uint32_t at = 0; at < payload; at += packet->segment) {
		length = payload - at < packet->segment ? payload - at : packet->segment;
		length += (uint32_t)sizeof(model);
		write_udp(transport + at, &model, length, &job->endpoints);
		if (!emit_datagram(job, transport + at, length, limit))
			return NAT64_REASON_TOO_BIG;
		packet->identification = (packet->identification + 1) & UINT16_MAX;
	}
	return NAT64_REASON_NONE;
}
