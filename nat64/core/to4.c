/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 to IPv4.
 *
 * RFC 7915 section 5: the new header is written right before the transport header, over what ends there, so that payload
 * stays where it is. Order: addresses and lists, routing header, hop limit, transport, then the lease: a packet that is
 * dropped anyway makes none. Fragments stay fragments; nothing is fragmented here, the kernel does that to IPv4 packets
 * without DF. Left out on purpose: super-packets of more than 65515 octets of payload, which no Linux makes. */
#include "nat64/core/header.h"
#include "nat64/core/icmp.h"
#include "nat64/core/offload.h"
#include "nat64/core/policy.h"
#include "nat64/core/transport.h"

static enum nat64_reason check_way(struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;

	if (packet->segments_left) {
		job->value = packet->segments_left;
		return NAT64_REASON_ROUTING_HEADER;
	}
	if (packet->hop_limit <= 1)
		return NAT64_REASON_HOP_LIMIT;
	if (!nat64_packet_is_translatable(packet))
		return NAT64_REASON_PROTOCOL;
	if (NAT64_IPV4_HEADER + packet->payload > UINT16_MAX) {
		job->value = UINT16_MAX + NAT64_IPV6_HEADER - NAT64_IPV4_HEADER;
		return NAT64_REASON_TOO_BIG;
	}
	return nat64_transport_check(job);
}

enum nat64_reason nat64_to4(struct nat64_packet_context *job)
{
	struct nat64_packet *packet = &job->packet;
	uint8_t *out = nat64_packet_transport(packet) - NAT64_IPV4_HEADER;
	struct virtio_net_hdr vnet;
	enum nat64_reason reason = nat64_policy_endpoints_of_ipv6(job);

	if (!reason)
		reason = check_way(job);
	if (!reason)
		reason = nat64_icmp_check(job);
	if (!reason)
		reason = nat64_policy_lease(job);
	if (reason)
		return reason;
	if (packet->protocol == IPPROTO_ICMPV6 && nat64_packet_is_icmp_error(packet))
		return nat64_icmp_error(job);
	reason = nat64_icmp_or_transport(job);
	if (reason)
		return reason;
	vnet = nat64_offload_translate(packet, NAT64_IPV4_HEADER);
	nat64_header_write4(out, packet, &job->endpoints, packet->hop_limit - 1, packet->payload,
			    nat64_identification_next(&job->context->identification));
	nat64_offload_emit(job, out, NAT64_IPV4_HEADER + packet->payload, &vnet);
	return NAT64_REASON_NONE;
}
