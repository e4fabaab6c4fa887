/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of one flow that leave the translator as one super-packet.
 *
 * What a small packet costs is the system call that hands it to the kernel, and its way there through routing, conntrack and
 * the firewall. The kernel takes up to 64 KiB in one call, and routes them once, when the virtio header says where to
 * cut. So those of one flow that were read in one round are put together here, as the kernel's own receive offload does it:
 * headers equal but for length, identification, checksum and TCP's sequence number, which must go on without a gap; of one size,
 * and only the last may be smaller. The receiver of the super-packet cuts it into the same packets again, in the same order.
 *
 * A checksum is made anew where the cut is done, so a packet with a wrong one must not get here: its error would be
 * hidden. One that is partial, or was checked already, is the kernel's own word; any other is summed up here.
 *
 * Nothing waits for company: the caller takes what is there when its queue is empty. IPv4 identifications of the
 * segments count up from the first one's; they matter only for those without DF.
 */
#include "nat64/core/merge.h"

#include "nat64/core/checksum.h"
#include "nat64/core/packet.h"

#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#define VNET      sizeof(struct virtio_net_hdr)
#define START     2  /* of the frame in octets: the IP header is aligned to 4 */
#define COUNT_MAX 64 /* datagrams; what the kernel's own offload makes at most */

static uint16_t read16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return ntohs(value);
}

static uint32_t read32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return ntohl(value);
}

static const uint8_t *segment_ip(const struct nat64_segment *segment)
{
	return segment->frame + VNET;
}

static size_t segment_data(const struct nat64_segment *segment)
{
	return segment->length - segment->before;
}

static size_t checksum_offset(const struct nat64_segment *segment)
{
	return segment->protocol == IPPROTO_TCP ? offsetof(struct tcphdr, th_sum) : offsetof(struct udphdr, uh_sum);
}

/* The sum of both addresses and of what else the pseudo-header holds, for a packet of so many octets. */
static uint64_t pseudo_sum(const struct nat64_segment *segment, const uint8_t *ip, size_t length)
{
	uint64_t sum = nat64_sum_pseudo((uint32_t)(length - segment->header), segment->protocol);

	if (segment->header == NAT64_IPV4_HEADER)
		return nat64_sum(ip + offsetof(struct ip, ip_src), 2 * sizeof(struct in_addr), sum);
	return nat64_sum(ip + offsetof(struct ip6_hdr, ip6_src), 2 * sizeof(struct in6_addr), sum);
}

static bool checksum_is_right(const struct nat64_segment *segment, const struct virtio_net_hdr *vnet)
{
	const uint8_t *ip = segment_ip(segment);
	size_t length = segment->length - VNET;

	if (vnet->flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID))
		return true;
	return nat64_sum_fold(nat64_sum(ip + segment->header, length - segment->header, pseudo_sum(segment, ip, length))) ==
	       UINT16_MAX;
}

/* The last octets of both addresses and of the ports, which lie side by side in both families. */
static unsigned slot_of(const struct nat64_segment *segment)
{
	const uint8_t *transport = segment_ip(segment) + segment->header;
	size_t address = segment->header == NAT64_IPV4_HEADER ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	uint32_t ends = read32(transport) ^ read32(transport - sizeof(ends)) ^ read32(transport - address - sizeof(ends));

	return ends * UINT32_C(2654435769) / (UINT32_MAX / NAT64_MERGE_SLOTS + 1);
}

/* IP header and protocol. False when nothing that follows can be read. */
static bool ip_examine(struct nat64_segment *segment)
{
	const uint8_t *ip = segment_ip(segment);
	size_t length = segment->length - VNET;
	bool whole;

	if (ip[0] >> 4 == 4) {
		segment->header = NAT64_IPV4_HEADER;
		segment->protocol = ip[offsetof(struct ip, ip_p)];
		whole = !(read16(ip + offsetof(struct ip, ip_off)) & (IP_MF | IP_OFFMASK));
		return whole && ip[0] == 0x45 && read16(ip + offsetof(struct ip, ip_len)) == length;
	}
	if (length < NAT64_IPV6_HEADER)
		return false;
	segment->header = NAT64_IPV6_HEADER;
	segment->protocol = ip[offsetof(struct ip6_hdr, ip6_nxt)];
	return read16(ip + offsetof(struct ip6_hdr, ip6_plen)) + NAT64_IPV6_HEADER == length;
}

/* A whole datagram that has a checksum. */
static bool udp_fits(const struct nat64_segment *segment, const struct virtio_net_hdr *vnet)
{
	const uint8_t *udp = segment_ip(segment) + segment->header;

	return read16(udp + offsetof(struct udphdr, uh_ulen)) == segment->length - VNET - segment->header &&
	       (read16(udp + offsetof(struct udphdr, uh_sum)) || vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
}

/* A segment of data with nothing to say but that. */
static bool tcp_fits(const struct nat64_segment *segment)
{
	const uint8_t *tcp = segment_ip(segment) + segment->header;

	return (tcp[offsetof(struct tcphdr, th_flags)] & ~TH_PUSH) == TH_ACK;
}

/* The octets of the transport's header; 0 when it is cut off, or there is none that can be merged. */
static size_t transport_octets(const struct nat64_segment *segment)
{
	size_t present = segment->length - VNET - segment->header, octets;

	if (segment->protocol == IPPROTO_UDP)
		return present >= sizeof(struct udphdr) ? sizeof(struct udphdr) : 0;
	if (segment->protocol != IPPROTO_TCP || present < sizeof(struct tcphdr))
		return 0;
	octets = (size_t)(segment_ip(segment)[segment->header + 12] >> 4) * 4;
	return octets >= sizeof(struct tcphdr) && octets <= present ? octets : 0;
}

struct nat64_segment nat64_merge_compare(const uint8_t *frame, size_t length, bool datagrams)
{
	struct nat64_segment segment = {.frame = frame, .length = length, .slot = NAT64_MERGE_NONE};
	struct virtio_net_hdr vnet;
	size_t transport = 0, data;

	if (length >= VNET + NAT64_IPV4_HEADER && ip_examine(&segment))
		transport = transport_octets(&segment);
	if (segment.protocol == IPPROTO_TCP || segment.protocol == IPPROTO_UDP || segment.protocol == IPPROTO_FRAGMENT)
		segment.slot = NAT64_MERGE_ANY;
	if (!transport)
		return segment;
	memcpy(&vnet, frame, sizeof(vnet));
	segment.slot = slot_of(&segment);
	segment.before = (uint16_t)(VNET + segment.header + transport);
	data = segment_data(&segment);
	segment.fits = vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE && data > 0 &&
		       segment.before - VNET + 2 * data <= UINT16_MAX &&
		       (segment.protocol == IPPROTO_UDP ? datagrams && udp_fits(&segment, &vnet) : tcp_fits(&segment)) &&
		       checksum_is_right(&segment, &vnet);
	return segment;
}

static bool range_agrees(const uint8_t *a, const uint8_t *b, size_t from, size_t to)
{
	return !memcmp(a + from, b + from, to - from);
}

/* Equal but for what each packet has of its own: length, identification and checksum. */
static bool ip_agrees(const uint8_t *a, const uint8_t *b, size_t header)
{
	if (a[0] != b[0])
		return false;
	if (header == NAT64_IPV6_HEADER)
		return range_agrees(a, b, 0, offsetof(struct ip6_hdr, ip6_plen)) &&
		       range_agrees(a, b, offsetof(struct ip6_hdr, ip6_nxt), header);
	return range_agrees(a, b, 0, offsetof(struct ip, ip_len)) &&
	       range_agrees(a, b, offsetof(struct ip, ip_off), offsetof(struct ip, ip_sum)) &&
	       range_agrees(a, b, offsetof(struct ip, ip_src), header);
}

/* Everything but the checksum, PSH, and the sequence number, which goes on where the other's data end. */
static bool tcp_agrees(const uint8_t *a, const uint8_t *b, size_t header, size_t data)
{
	size_t flags = offsetof(struct tcphdr, th_flags);

	return range_agrees(a, b, 0, offsetof(struct tcphdr, th_seq)) &&
	       read32(a + offsetof(struct tcphdr, th_seq)) + (uint32_t)data == read32(b + offsetof(struct tcphdr, th_seq)) &&
	       range_agrees(a, b, offsetof(struct tcphdr, th_ack), flags) &&
	       range_agrees(a, b, flags + 1, offsetof(struct tcphdr, th_sum)) &&
	       range_agrees(a, b, offsetof(struct tcphdr, th_urp), header);
}

/* The segment goes on where those that wait end. */
static bool segment_follows(const struct nat64_merge *merge, const struct nat64_segment *segment)
{
	const struct nat64_segment *first = &merge->first;
	const uint8_t *own = segment_ip(first), *other = segment_ip(segment);
	size_t header = first->header;

	if (segment->protocol != first->protocol || segment->header != header || segment->before != first->before ||
	    !ip_agrees(own, other, header))
		return false;
	own += header;
	other += header;
	if (segment->protocol == IPPROTO_UDP)
		return range_agrees(own, other, 0, offsetof(struct udphdr, uh_ulen));
	return tcp_agrees(own, other, first->before - VNET - header, merge->length - first->before);
}

/* PSH ends what TCP hands over, and what waits here. */
static bool segment_pushes(const struct nat64_segment *segment)
{
	return segment->protocol == IPPROTO_TCP &&
	       segment_ip(segment)[segment->header + offsetof(struct tcphdr, th_flags)] & TH_PUSH;
}

static void merge_begin(struct nat64_merge *merge, const struct nat64_segment *segment)
{
	merge->first = *segment;
	merge->first.frame = merge->octets + START;
	memcpy(merge->octets + START, segment->frame, segment->length);
	merge->length = segment->length;
	merge->count = 1;
	merge->segment = (uint16_t)segment_data(segment);
	merge->ended = segment_pushes(segment);
}

bool nat64_merge_add(struct nat64_merge *merge, const struct nat64_segment *segment)
{
	size_t data = segment_data(segment);

	if (!merge->count) {
		merge_begin(merge, segment);
		return true;
	}
	if (merge->ended || merge->count == COUNT_MAX || data > merge->segment ||
	    merge->length - VNET + data > UINT16_MAX || !segment_follows(merge, segment))
		return false;
	memcpy(merge->octets + START + merge->length, segment->frame + segment->before, data);
	merge->length += data;
	merge->count++;
	merge->ended = data < merge->segment || segment_pushes(segment);
	if (segment_pushes(segment))
		merge->octets[START + VNET + segment->header + offsetof(struct tcphdr, th_flags)] |= TH_PUSH;
	return true;
}

static uint8_t gso_type(const struct nat64_segment *segment)
{
	if (segment->protocol == IPPROTO_UDP)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return segment->header == NAT64_IPV4_HEADER ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
}

static void ip_length_write(uint8_t *ip, size_t header, size_t length)
{
	struct ip *ip4 = (struct ip *)ip;

	if (header == NAT64_IPV6_HEADER) {
		((struct ip6_hdr *)ip)->ip6_plen = htons((uint16_t)(length - header));
		return;
	}
	ip4->ip_len = htons((uint16_t)length);
	ip4->ip_sum = 0;
	ip4->ip_sum = (uint16_t)~nat64_sum_fold(nat64_sum(ip, header, 0));
}

/* The headers of the super-packet: one length, one partial checksum. */
static void headers_write(struct nat64_merge *merge)
{
	const struct nat64_segment *first = &merge->first;
	uint8_t *ip = merge->octets + START + VNET, *transport = ip + first->header;
	size_t length = merge->length - VNET;
	struct virtio_net_hdr vnet = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = gso_type(first),
		.gso_size = merge->segment,
		.hdr_len = (uint16_t)(first->before - VNET),
		.csum_start = first->header,
		.csum_offset = (uint16_t)checksum_offset(first),
	};
	uint16_t sum = nat64_sum_fold(pseudo_sum(first, ip, length));

	memcpy(merge->octets + START, &vnet, sizeof(vnet));
	memcpy(transport + vnet.csum_offset, &sum, sizeof(sum));
	if (first->protocol == IPPROTO_UDP)
		((struct udphdr *)transport)->uh_ulen = htons((uint16_t)(length - first->header));
	ip_length_write(ip, first->header, length);
}

struct iovec nat64_merge_append(struct nat64_merge *merge)
{
	struct iovec taken = {.iov_base = merge->octets + START, .iov_len = merge->count ? merge->length : 0};

	if (merge->count > 1)
		headers_write(merge);
	merge->count = 0;
	return taken;
}
