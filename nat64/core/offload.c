/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio header (virtio 1.2 section 5.1.6, as Linux' TUN fills it in host byte order).
 *
 * A super-packet stays one packet: gso_size and the payload are what they were, only the family of gso_type, hdr_len and
 * csum_start change. Nothing of the header is believed: it has to fit what the packet's own headers say.
 *
 * Segments that become too long for the way behind us (IPv6 adds 20 octets) need no work here: the kernel holds the
 * length of the segments of a super-packet against the MTU of the link it leaves by (skb_gso_validate_network_len), and
 * answers with packet too big, which comes back through us as fragmentation needed. So gso_size is kept, as the sender
 * with DF wants to be told. Only IPv4 without DF is cut here: nat64/core/to6.c.
 *
 * Left out on purpose: UFO (VIRTIO_NET_HDR_GSO_UDP, not negotiated, gone from Linux) and tunnel types. */
#include "nat64/core/offload.h"
#include "nat64/core/packet_context.h"

#include <netinet/tcp.h>
#include <netinet/udp.h>

#define FRAME_ALIGNMENT 8

/* Where TCP and UDP have their checksum; 0 for the others. */
static uint16_t checksum_offset(uint8_t protocol)
{
	if (protocol == IPPROTO_TCP)
		return offsetof(struct tcphdr, th_sum);
	return protocol == IPPROTO_UDP ? offsetof(struct udphdr, uh_sum) : 0;
}

uint32_t nat64_offload_transport_header(const struct nat64_packet *packet)
{
	const struct tcphdr *tcp = (const struct tcphdr *)nat64_packet_transport(packet);

	return packet->protocol == IPPROTO_TCP ? tcp->th_off * 4U : (uint32_t)sizeof(struct udphdr);
}

/* A checksum over what is behind csum_start, of any protocol: tunnels put it far inside (virtio 1.2 section 5.1.6.2). */
static bool complete(struct nat64_packet *packet)
{
	size_t end = packet->header + packet->payload;
	size_t start = packet->vnet.csum_start, at = start + packet->vnet.csum_offset;
	uint16_t checksum;

	if (start < packet->header || at + sizeof(checksum) > end)
		return false;
	checksum = (uint16_t)~nat64_sum_fold(nat64_sum(packet->data + start, end - start, 0));
	if (!checksum && packet->vnet.csum_offset == offsetof(struct udphdr, uh_sum))
		checksum = UINT16_MAX;
	memcpy(packet->data + at, &checksum, sizeof(checksum));
	packet->partial = false;
	packet->vnet = (struct virtio_net_hdr){0};
	return true;
}

void nat64_offload_complete(struct nat64_packet *packet)
{
	if (packet->partial)
		complete(packet);
}

/* The sum of the pseudo-header into the checksum field: for a super-packet that came without. */
static void make_partial(struct nat64_packet *packet)
{
	const struct ip *ip = (const struct ip *)packet->data;
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)packet->data;
	uint64_t sum = nat64_sum_pseudo(packet->payload, packet->protocol);
	uint16_t folded;

	if (packet->version == 4)
		sum = nat64_sum(&ip->ip_src, 2 * sizeof(ip->ip_src), sum);
	else
		sum = nat64_sum(&ip6->ip6_src, 2 * sizeof(ip6->ip6_src), sum);
	folded = nat64_sum_fold(sum);
	memcpy(nat64_packet_transport(packet) + checksum_offset(packet->protocol), &folded, sizeof(folded));
}

static bool is_whole_header(const struct nat64_packet *packet)
{
	uint32_t least = packet->protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
	uint32_t header;

	if (packet->payload < least)
		return false;
	header = nat64_offload_transport_header(packet);
	return header >= least && header <= packet->payload;
}

/* A super-packet: type, family and protocol agree, and there is something to cut. */
static bool check_segments(struct nat64_packet *packet)
{
	uint8_t type = packet->vnet.gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
	uint8_t tcp = packet->version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
	bool fits = packet->protocol == IPPROTO_TCP ? type == tcp : packet->vnet.gso_type == VIRTIO_NET_HDR_GSO_UDP_L4;

	if (!fits || !checksum_offset(packet->protocol) || !packet->vnet.gso_size || nat64_packet_is_fragment(packet) ||
	    !is_whole_header(packet))
		return false;
	packet->segment = packet->vnet.gso_size;
	if (!(packet->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		make_partial(packet);
	else if (packet->vnet.csum_start != packet->header || packet->vnet.csum_offset != checksum_offset(packet->protocol))
		return false;
	packet->partial = true;
	return true;
}

enum nat64_reason nat64_offload_check(struct nat64_packet *packet)
{
	const struct virtio_net_hdr *vnet = &packet->vnet;
	bool ok = true;

	if (vnet->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		ok = check_segments(packet);
	else if (vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		packet->partial = checksum_offset(packet->protocol) && is_whole_header(packet) &&
				  vnet->csum_start == packet->header &&
				  vnet->csum_offset == checksum_offset(packet->protocol);
		if (nat64_packet_is_fragment(packet))
			ok = false;
		else if (!packet->partial)
			ok = complete(packet);
	}
	return ok ? NAT64_REASON_NONE : NAT64_REASON_OFFLOAD_HEADER;
}

struct virtio_net_hdr nat64_offload_translate(const struct nat64_packet *packet, uint32_t header)
{
	struct virtio_net_hdr vnet = {.flags = packet->vnet.flags & VIRTIO_NET_HDR_F_DATA_VALID};

	if (!packet->partial)
		return vnet;
	vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	vnet.csum_start = (uint16_t)header;
	vnet.csum_offset = checksum_offset(packet->protocol);
	if (!packet->segment)
		return vnet;
	vnet.gso_size = packet->segment;
	vnet.hdr_len = (uint16_t)(header + nat64_offload_transport_header(packet));
	if (packet->protocol == IPPROTO_UDP)
		vnet.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
	else
		vnet.gso_type = (packet->version == 6 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6) |
				(packet->vnet.gso_type & VIRTIO_NET_HDR_GSO_ECN);
	return vnet;
}

void nat64_offload_emit(struct nat64_packet_context *job, uint8_t *data, size_t length, const struct virtio_net_hdr *vnet)
{
	struct iovec *frame = &job->result->frames[job->result->count++];

	frame->iov_base = memcpy(data - sizeof(*vnet), vnet, sizeof(*vnet));
	frame->iov_len = sizeof(*vnet) + length;
}

uint8_t *nat64_offload_room(struct nat64_packet_context *job, size_t length)
{
	size_t start = job->scratch_used + FRAME_ALIGNMENT * 2; /* the virtio header goes before it */
	size_t end = (start + length + FRAME_ALIGNMENT - 1) / FRAME_ALIGNMENT * FRAME_ALIGNMENT;

	if (end > sizeof(job->context->scratch) || job->result->count == NAT64_FRAMES)
		return NULL;
	job->scratch_used = end;
	return job->context->scratch + start;
}
