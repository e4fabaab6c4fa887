/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Datagrams of one flow that leave the translator as one super-packet.
 *
 * What a datagram costs is the system call that hands it to the kernel, and its way there through routing, conntrack and
 * the firewall. A kernel that can cut UDP (USO, Linux 6.2) takes up to 64 datagrams in one call, and routes them once. So those of
 * one flow that were read in one round are put together here, as the kernel's own receive offload does it: headers
 * equal but for length, identification and checksum; payloads of one size, and only the last may be smaller. Whoever gets
 * the super-packet cuts it into the same datagrams again, in the same order.
 *
 * A checksum is made anew where the cut is done, so a datagram with a wrong one must not get here: its error would be
 * hidden. One that is partial, or was checked already, is the kernel's own word; any other is summed up here.
 *
 * Nothing waits for company: the caller takes what is there when its queue is empty. IPv4 identifications of the
 * datagrams count up from the first one's; they matter only for those without DF.
 */
#include "nat64/merge.h"

#include "nat64/checksum.h"
#include "nat64/packet.h"

#include <netinet/udp.h>

#define VNET sizeof(struct virtio_net_hdr)
#define START 2      /* of the frame in octets: the IP header is aligned to 4 */
#define COUNT_MAX 64 /* datagrams; what the kernel's own offload makes at most */

/* Octets before the UDP header, by the version in the IP header's first octet. */
static size_t header_octets(const uint8_t *ip)
{
	return ip[0] >> 4 == 4 ? NAT64_IPV4_HEADER : NAT64_IPV6_HEADER;
}

static bool holds_datagrams(uint8_t protocol)
{
	return protocol == IPPROTO_UDP || protocol == IPPROTO_FRAGMENT;
}

/* FIT: UDP right behind the IP header, and nothing cut off or cut up. */
static enum nat64_merge_kind kind_of_header(const uint8_t *ip, size_t length)
{
	struct ip ip4;
	struct ip6_hdr ip6;

	if (ip[0] >> 4 == 4) {
		memcpy(&ip4, ip, sizeof ip4);
		if (ip4.ip_p != IPPROTO_UDP)
			return NAT64_MERGE_NEVER;
		return ip4.ip_hl == sizeof ip4 / 4 && ntohs(ip4.ip_len) == length && !(ip4.ip_off & htons(IP_MF | IP_OFFMASK)) ?
			       NAT64_MERGE_FIT : NAT64_MERGE_ALONE;
	}
	if (length < sizeof ip6)
		return NAT64_MERGE_NEVER;
	memcpy(&ip6, ip, sizeof ip6);
	if (!holds_datagrams(ip6.ip6_nxt))
		return NAT64_MERGE_NEVER;
	return ip6.ip6_nxt == IPPROTO_UDP && ntohs(ip6.ip6_plen) + sizeof ip6 == length ? NAT64_MERGE_FIT : NAT64_MERGE_ALONE;
}

/* The sum of both addresses and of what else the pseudo-header holds. */
static uint64_t pseudo_sum(const uint8_t *ip, size_t udp_octets)
{
	uint64_t sum = nat64_sum_pseudo((uint32_t)udp_octets, IPPROTO_UDP);

	if (ip[0] >> 4 == 4)
		return nat64_sum(ip + offsetof(struct ip, ip_src), 2 * sizeof(struct in_addr), sum);
	return nat64_sum(ip + offsetof(struct ip6_hdr, ip6_src), 2 * sizeof(struct in6_addr), sum);
}

static bool checksum_is_right(const struct virtio_net_hdr *vnet, const uint8_t *ip, size_t header, size_t udp_octets)
{
	if (vnet->flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID))
		return true;
	return nat64_sum_fold(nat64_sum(ip + header, udp_octets, pseudo_sum(ip, udp_octets))) == UINT16_MAX;
}

/* A datagram of at least one octet, in the length that its own header says. */
static bool datagram_fits(const struct virtio_net_hdr *vnet, const uint8_t *ip, size_t length)
{
	size_t header = header_octets(ip), before = header + sizeof(struct udphdr);
	struct udphdr udp;

	if (vnet->gso_type != VIRTIO_NET_HDR_GSO_NONE || length <= before || before + 2 * (length - before) > UINT16_MAX)
		return false;
	memcpy(&udp, ip + header, sizeof udp);
	if (ntohs(udp.uh_ulen) != length - header)
		return false;
	if (udp.uh_sum == 0 && !(vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) /* it came without one, and leaves without */
		return false;
	return checksum_is_right(vnet, ip, header, length - header);
}

enum nat64_merge_kind nat64_merge_kind(const uint8_t *frame, size_t length)
{
	const uint8_t *ip = frame + VNET;
	struct virtio_net_hdr vnet;
	enum nat64_merge_kind kind;

	if (length < VNET + NAT64_IPV4_HEADER)
		return NAT64_MERGE_NEVER;
	length -= VNET;
	kind = kind_of_header(ip, length);
	if (kind != NAT64_MERGE_FIT)
		return kind;
	memcpy(&vnet, frame, sizeof vnet);
	return datagram_fits(&vnet, ip, length) ? NAT64_MERGE_FIT : NAT64_MERGE_ALONE;
}

/* A few bits of the ends of both addresses and of the ports, which lie side by side in both families. */
unsigned nat64_merge_slot(const uint8_t *frame)
{
	const uint8_t *ip = frame + VNET;
	size_t header = header_octets(ip);
	size_t address = ip[0] >> 4 == 4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	uint32_t source, destination, ports;

	memcpy(&destination, ip + header - sizeof destination, sizeof destination);
	memcpy(&source, ip + header - address - sizeof source, sizeof source);
	memcpy(&ports, ip + header, sizeof ports);
	return (source ^ destination ^ ports) * UINT32_C(2654435769) / (UINT32_MAX / NAT64_MERGE_SLOTS + 1);
}

/* Equal but for what each datagram has of its own: length, identification and checksums. */
static bool headers_agree(const uint8_t *ip, const uint8_t *other)
{
	size_t header = header_octets(ip);

	if (memcmp(ip + header, other + header, 2 * sizeof(uint16_t))) /* the ports; and, with the header, both versions */
		return false;
	if (header == NAT64_IPV6_HEADER)
		return !memcmp(ip, other, offsetof(struct ip6_hdr, ip6_plen)) &&
		       !memcmp(ip + offsetof(struct ip6_hdr, ip6_nxt), other + offsetof(struct ip6_hdr, ip6_nxt),
			       header - offsetof(struct ip6_hdr, ip6_nxt));
	return !memcmp(ip, other, offsetof(struct ip, ip_len)) &&
	       !memcmp(ip + offsetof(struct ip, ip_off), other + offsetof(struct ip, ip_off),
		       offsetof(struct ip, ip_sum) - offsetof(struct ip, ip_off)) &&
	       !memcmp(ip + offsetof(struct ip, ip_src), other + offsetof(struct ip, ip_src),
		       header - offsetof(struct ip, ip_src));
}

bool nat64_merge_add(struct nat64_merge *merge, const uint8_t *frame, size_t length)
{
	size_t before = VNET + header_octets(frame + VNET) + sizeof(struct udphdr), payload = length - before;
	uint8_t *own = merge->octets + START;

	if (!merge->count) {
		memcpy(own, frame, length);
		merge->length = length;
		merge->count = 1;
		merge->segment = (uint16_t)payload;
		merge->ended = false;
		return true;
	}
	if (merge->ended || merge->count == COUNT_MAX || payload > merge->segment ||
	    merge->length - VNET + payload > UINT16_MAX || !headers_agree(frame + VNET, own + VNET))
		return false;
	memcpy(own + merge->length, frame + before, payload);
	merge->length += payload;
	merge->count++;
	merge->ended = payload < merge->segment;
	return true;
}

/* The headers of the super-packet: one length, one partial checksum. */
static void headers_write(struct nat64_merge *merge)
{
	uint8_t *frame = merge->octets + START, *ip = frame + VNET;
	size_t length = merge->length - VNET, header = header_octets(ip);
	struct virtio_net_hdr vnet = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4,
		.gso_size = merge->segment,
		.hdr_len = (uint16_t)(header + sizeof(struct udphdr)),
		.csum_start = (uint16_t)header,
		.csum_offset = offsetof(struct udphdr, uh_sum),
	};
	struct udphdr *udp = (struct udphdr *)(ip + header);

	memcpy(frame, &vnet, sizeof vnet);
	udp->uh_ulen = htons((uint16_t)(length - header));
	udp->uh_sum = nat64_sum_fold(pseudo_sum(ip, length - header));
	if (header == NAT64_IPV6_HEADER) {
		((struct ip6_hdr *)ip)->ip6_plen = udp->uh_ulen;
		return;
	}
	((struct ip *)ip)->ip_len = htons((uint16_t)length);
	((struct ip *)ip)->ip_sum = 0;
	((struct ip *)ip)->ip_sum = (uint16_t)~nat64_sum_fold(nat64_sum(ip, header, 0));
}

struct iovec nat64_merge_take(struct nat64_merge *merge)
{
	struct iovec taken = { .iov_base = merge->octets + START, .iov_len = merge->count ? merge->length : 0 };

	if (merge->count > 1)
		headers_write(merge);
	merge->count = 0;
	return taken;
}
