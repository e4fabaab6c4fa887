/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet of either family, read once: everything the translation asks for, bounds checked. */
#ifndef NAT64_CORE_PACKET_H
#define NAT64_CORE_PACKET_H

#include "nat64/core/reason.h"

#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4 /* Linux 6.2; the headers of Debian 12 are older than the kernels it may run on */
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define NAT64_IPV4_HEADER     sizeof(struct ip)
#define NAT64_IPV6_HEADER     sizeof(struct ip6_hdr)
#define NAT64_FRAGMENT_HEADER sizeof(struct ip6_frag)

struct nat64_packet {
	struct virtio_net_hdr vnet; /* nat64_offload_check has vetted it */
	uint8_t *data;              /* the IP header */
	uint32_t header;            /* octets before the transport header */
	uint32_t payload;           /* octets behind them, as the IP header says */
	uint32_t present;           /* how many of these are there; payload, but in a quote */
	uint8_t version;            /* 4 or 6 */
	uint8_t protocol;
	uint8_t hop_limit;
	uint8_t traffic_class;
	uint32_t identification; /* host order */
	uint32_t offset;         /* octets, of a fragment */
	bool more;
	bool dont_fragment;
	bool has_fragment_header; /* IPv6 */
	bool partial;             /* the transport checksum is partial */
	uint16_t segment;         /* octets of payload a segment of a super-packet carries; 0: none */
	bool source_routed;       /* an IPv4 source route option */
	uint32_t segments_left;   /* where the routing header with segments left says so; 0: nowhere */
};

static inline bool nat64_packet_is_fragment(const struct nat64_packet *packet)
{
	return packet->offset || packet->more;
}

static inline uint8_t *nat64_packet_transport(const struct nat64_packet *packet)
{
	return packet->data + packet->header;
}

/* Read the headers of length octets at data. quoted: inside an ICMP error, where the end may be missing and no
 * checksum counts. Everything but vnet, partial and segment is filled in. */
enum nat64_reason nat64_packet_parse(struct nat64_packet *packet, uint8_t *data, size_t length, bool quoted);

/* False for a transport of one family alone: IGMP, the other family's ICMP, and in IPv4 the numbers of IPv6's extension headers. No
 * such packet leaves the translator, so no ICMP error can quote one (RFC 7915 sections 4, 4.2, 5 and 5.2). */
bool nat64_packet_is_translatable(const struct nat64_packet *packet);

/* True for an ICMP or ICMPv6 error message, and for a redirect: never answered by an error. */
bool nat64_packet_is_icmp_error(const struct nat64_packet *packet);

#endif
