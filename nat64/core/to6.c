/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 to IPv6.
 *
 * RFC 7915 section 4: the new header, 20 or 28 octets longer, is written right before the transport header, into the room
 * before the packet. What becomes too long for the limit: with DF it is answered with fragmentation needed, without DF
 * it is fragmented. Super-packets are judged by the length of their segments, and those without DF are cut finer: TCP by
 * a smaller gso_size (segments may be cut anywhere), UDP by telling the datagrams apart (nat64/core/fragment.c).
 * Left out on purpose: hop-by-hop options for IPv4 options, multicast, IGMP. */
#include "conf/settings.h"
#include "nat64/core/fragment.h"
#include "nat64/core/header.h"
#include "nat64/core/icmp.h"
#include "nat64/core/offload.h"
#include "nat64/core/policy.h"
#include "nat64/core/transport.h"

static enum nat64_reason check_way(const struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;

	if (packet->source_routed)
		return NAT64_REASON_SOURCE_ROUTE;
	if (packet->hop_limit <= 1)
		return NAT64_REASON_HOP_LIMIT;
	if (!nat64_packet_is_translatable(packet))
		return NAT64_REASON_PROTOCOL;
	return nat64_transport_check(job);
}

/* The longest IPv6 packet that this one becomes on its way: a segment of a super-packet, or all of it. */
static uint32_t length_on_the_way(const struct nat64_packet *packet)
{
	uint32_t header = packet->segment ? nat64_offload_transport_header(packet) : 0;

	return nat64_header_octets6(packet) + nat64_longest_payload(packet->payload, packet->segment, header);
}

static enum nat64_reason send_whole(struct nat64_packet_context *job)
{
	struct nat64_packet *packet = &job->packet;
	uint32_t header = nat64_header_octets6(packet);
	uint8_t *out = nat64_packet_transport(packet) - header;
	struct virtio_net_hdr vnet;
	enum nat64_reason reason = nat64_icmp_or_transport(job);

	if (reason)
		return reason;
	vnet = nat64_offload_translate(packet, header);
	nat64_header_write6(out, packet, &job->endpoints, packet->hop_limit - 1, packet->payload);
	nat64_offload_emit(job, out, header + packet->payload, &vnet);
	return NAT64_REASON_NONE;
}

/* An IPv4 packet without DF that is too long for limit. */
static enum nat64_reason send_cut(struct nat64_packet_context *job, uint32_t limit)
{
	struct nat64_packet *packet = &job->packet;

	if (!packet->segment)
		return nat64_fragment_packet(job, limit);
	if (packet->protocol == IPPROTO_UDP)
		return nat64_fragment_datagrams(job, limit);
	packet->segment = (uint16_t)(limit - NAT64_IPV6_HEADER - nat64_offload_transport_header(packet));
	return send_whole(job);
}

static enum nat64_reason send_packet(struct nat64_packet_context *job)
{
	struct nat64_packet *packet = &job->packet;
	unsigned mtu = job->context->mtu < NAT64_IPV6_LEAST_MTU ? NAT64_IPV6_LEAST_MTU : job->context->mtu;
	unsigned offlink = job->context->settings->translation.offlink_mtu;

	if (nat64_ipv6_fits(length_on_the_way(packet), packet->dont_fragment, mtu, offlink))
		return send_whole(job);
	if (packet->dont_fragment) {
		job->value = mtu - (nat64_header_octets6(packet) - (uint32_t)NAT64_IPV4_HEADER);
		return NAT64_REASON_TOO_BIG;
	}
	return send_cut(job, offlink < mtu ? offlink : mtu);
}

enum nat64_reason nat64_to6(struct nat64_packet_context *job)
{
	struct nat64_packet *packet = &job->packet;
	enum nat64_reason reason = nat64_policy_endpoints_of_ipv4(job);

	if (!reason)
		reason = check_way(job);
	if (!reason)
		reason = nat64_icmp_check(job);
	if (reason)
		return reason;
	if (packet->protocol == IPPROTO_ICMP && nat64_packet_is_icmp_error(packet))
		return nat64_icmp_error(job);
	return send_packet(job);
}
