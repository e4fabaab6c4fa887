/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the headers of a packet.
 *
 * RFC 791 section 3.1, RFC 8200 sections 3 and 4; source routes of RFC 7915 section 4.1, routing headers of its 5.1.
 * IPv6 extension headers that say nothing to an IPv4 host are skipped, also behind the Fragment header of a whole
 * packet. Left out on purpose: in a real fragment, extension headers behind the Fragment header. Taking them away would
 * move the offsets of all other fragments, so such fragments are dropped, as RFC 7915 section 5.1.1 asks, and so is AH
 * there. ESP, HIP, and AH elsewhere are transports to us. */
#include "nat64/core/packet.h"
#include "nat64/core/checksum.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#define DATAGRAM_MAX          (UINT16_MAX - 20) /* octets of payload in the largest IPv4 packet */
#define EXTENSION_HEADERS_MAX 8                 /* no real packet has more (RFC 8504 section 5.3 allows a limit) */

/* RFC 1858 and RFC 3128: a first fragment holds the transport header, and the others do not reach back into it. */
static enum nat64_reason check_fragment(const struct nat64_packet *packet)
{
	if (!nat64_packet_is_fragment(packet))
		return NAT64_REASON_NONE;
	if (!packet->payload || (packet->more && packet->payload % 8) || packet->offset + packet->payload > DATAGRAM_MAX)
		return NAT64_REASON_FRAGMENT_LENGTH;
	if (packet->protocol == IPPROTO_TCP && packet->offset && packet->offset < 20)
		return NAT64_REASON_OVERLAPPING_FRAGMENT;
	return NAT64_REASON_NONE;
}

/* A source route whose pointer has not passed its end: there are hosts left to visit (RFC 791 section 3.1). */
static bool is_unexpired_route(const uint8_t *option)
{
	return (option[0] == IPOPT_LSRR || option[0] == IPOPT_SSRR) && option[1] > 2 && option[2] <= option[1];
}

/* Find a source route among the options (RFC 791 section 3.1). False when they are malformed. */
static bool read_options(struct nat64_packet *packet, const uint8_t *option, size_t length)
{
	while (length) {
		size_t size = 1;

		if (option[0] == IPOPT_EOL)
			break;
		if (option[0] != IPOPT_NOP) {
			if (length < 2 || option[1] < 2 || option[1] > length)
				return false;
			packet->source_routed |= is_unexpired_route(option);
			size = option[1];
		}
		option += size;
		length -= size;
	}
	return true;
}

static enum nat64_reason parse4(struct nat64_packet *packet, size_t length, bool quoted)
{
	const struct ip *ip = (const struct ip *)packet->data;
	uint32_t total, flags;

	if (length < sizeof(*ip))
		return NAT64_REASON_TRUNCATED;
	total = ntohs(ip->ip_len);
	flags = ntohs(ip->ip_off);
	packet->header = ip->ip_hl * 4U;
	if (packet->header < sizeof(*ip) || packet->header > length || total < packet->header)
		return NAT64_REASON_TRUNCATED;
	if (!quoted && total > length)
		return NAT64_REASON_TRUNCATED;
	if (!quoted && nat64_sum_fold(nat64_sum(ip, packet->header, 0)) != UINT16_MAX)
		return NAT64_REASON_HEADER_CHECKSUM;
	if (!read_options(packet, packet->data + sizeof(*ip), packet->header - sizeof(*ip)))
		return NAT64_REASON_EXTENSION_HEADERS;
	packet->payload = total - packet->header;
	packet->protocol = ip->ip_p;
	packet->hop_limit = ip->ip_ttl;
	packet->traffic_class = ip->ip_tos;
	packet->identification = ntohs(ip->ip_id);
	packet->offset = (flags & IP_OFFMASK) * 8;
	packet->more = flags & IP_MF;
	packet->dont_fragment = flags & IP_DF;
	return NAT64_REASON_NONE;
}

static bool is_extension_header(uint8_t protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_FRAGMENT;
}

/* Step over one extension header; at is its first octet. False when it is cut off or stands where it may not. */
static bool skip_extension_header(struct nat64_packet *packet, size_t length)
{
	const uint8_t *at = packet->data + packet->header;
	const struct ip6_frag *fragment = (const struct ip6_frag *)at;
	size_t size = 8;

	if (length < packet->header + size)
		return false;
	if (packet->protocol == IPPROTO_FRAGMENT) {
		if (packet->has_fragment_header || at[0] == IPPROTO_AH)
			return false;
		packet->has_fragment_header = true;
		packet->identification = ntohl(fragment->ip6f_ident);
		packet->offset = ntohs(fragment->ip6f_offlg & IP6F_OFF_MASK);
		packet->more = fragment->ip6f_offlg & IP6F_MORE_FRAG;
	} else {
		if (nat64_packet_is_fragment(packet))
			return false;
		size = (at[1] + 1U) * 8;
		if (packet->protocol == IPPROTO_ROUTING && at[3] && !packet->segments_left)
			packet->segments_left = packet->header + 3;
	}
	packet->protocol = at[0];
	packet->header += (uint32_t)size;
	return packet->header <= length;
}

static enum nat64_reason parse6(struct nat64_packet *packet, size_t length, bool quoted)
{
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)packet->data;
	uint32_t total;

	if (length < sizeof(*ip6))
		return NAT64_REASON_TRUNCATED;
	total = (uint32_t)sizeof(*ip6) + ntohs(ip6->ip6_plen);
	if (!quoted && total > length)
		return NAT64_REASON_TRUNCATED;
	if (length > total)
		length = total;
	packet->header = sizeof(*ip6);
	packet->protocol = ip6->ip6_nxt;
	packet->hop_limit = ip6->ip6_hlim;
	packet->traffic_class = (uint8_t)(ntohl(ip6->ip6_flow) >> 20);
	packet->dont_fragment = true;
	for (unsigned count = 0; is_extension_header(packet->protocol); count++)
		if (count == EXTENSION_HEADERS_MAX || !skip_extension_header(packet, length))
			return NAT64_REASON_EXTENSION_HEADERS;
	packet->payload = total - packet->header;
	return NAT64_REASON_NONE;
}

enum nat64_reason nat64_packet_parse(struct nat64_packet *packet, uint8_t *data, size_t length, bool quoted)
{
	enum nat64_reason reason;

	*packet = (struct nat64_packet){.data = data};
	packet->version = length ? data[0] >> 4 : 0;
	if (packet->version == 6)
		reason = parse6(packet, length, quoted);
	else if (packet->version == 4)
		reason = parse4(packet, length, quoted);
	else
		reason = NAT64_REASON_NOT_IP;
	if (reason)
		return reason;
	packet->present = length - packet->header < packet->payload ? (uint32_t)length - packet->header : packet->payload;
	return quoted ? NAT64_REASON_NONE : check_fragment(packet);
}

bool nat64_packet_is_translatable(const struct nat64_packet *packet)
{
	if (packet->protocol == IPPROTO_IGMP)
		return false;
	if (packet->version == 4)
		return packet->protocol != IPPROTO_ICMPV6 && !is_extension_header(packet->protocol);
	return packet->protocol != IPPROTO_ICMP; /* nat64_packet_parse() has stepped over the extension headers */
}

bool nat64_packet_is_icmp_error(const struct nat64_packet *packet)
{
	uint8_t type;

	if (packet->offset || !packet->present)
		return false;
	type = *nat64_packet_transport(packet);
	if (packet->protocol == IPPROTO_ICMPV6)
		return packet->version == 6 && (!(type & ICMP6_INFOMSG_MASK) || type == ND_REDIRECT);
	return packet->protocol == IPPROTO_ICMP && packet->version == 4 &&
	       (type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH || type == ICMP_REDIRECT ||
		type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETERPROB);
}
