/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transport checksums.
 *
 * RFC 7915 sections 4.5 (UDP without checksum) and 4.4, 5.4 (others): TCP, UDP, UDP-Lite and DCCP have a pseudo-header
 * checksum, which is adjusted by the difference of the addresses alone (RFC 1624): length and protocol are the same
 * in both families. Everything else is carried untouched. Payload is read only when a UDP checksum has to be made. */
#include "nat64/core/transport.h"
#include "conf/settings.h"

#include <netinet/tcp.h>
#include <netinet/udp.h>

#ifndef IPPROTO_DCCP
#define IPPROTO_DCCP 33
#endif

struct layout {
	uint8_t least;    /* octets of the header without options; 0: a transport without pseudo-header */
	uint8_t checksum; /* where it is */
};

static struct layout layout_of(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return (struct layout){sizeof(struct tcphdr), offsetof(struct tcphdr, th_sum)};
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return (struct layout){sizeof(struct udphdr), offsetof(struct udphdr, uh_sum)};
	case IPPROTO_DCCP:
		return (struct layout){12, 6};
	default:
		return (struct layout){0, 0};
	}
}

/* UDP that has a length of its own, and maybe no checksum. */
static enum nat64_reason check_udp(const struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;
	const struct udphdr *udp = (const struct udphdr *)nat64_packet_transport(packet);
	bool whole = !nat64_packet_is_fragment(packet);

	if (whole && (ntohs(udp->uh_ulen) < sizeof(*udp) || ntohs(udp->uh_ulen) > packet->payload))
		return NAT64_REASON_TRANSPORT_HEADER;
	if (udp->uh_sum || packet->partial)
		return NAT64_REASON_NONE;
	switch (job->context->settings->translation.udp_checksum) {
	case CONF_UDP_CHECKSUM_FORWARD:
		return NAT64_REASON_NONE;
	case CONF_UDP_CHECKSUM_CALCULATE:
		return whole ? NAT64_REASON_NONE : NAT64_REASON_UDP_CHECKSUM_ZERO;
	default:
		return NAT64_REASON_UDP_CHECKSUM_ZERO;
	}
}

enum nat64_reason nat64_transport_check(const struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;
	const struct tcphdr *tcp = (const struct tcphdr *)nat64_packet_transport(packet);
	enum nat64_reason short_header = packet->more ? NAT64_REASON_TINY_FRAGMENT : NAT64_REASON_TRANSPORT_HEADER;

	if (packet->offset)
		return NAT64_REASON_NONE;
	if (packet->payload < layout_of(packet->protocol).least)
		return short_header;
	if (packet->protocol == IPPROTO_UDP)
		return check_udp(job);
	if (packet->protocol == IPPROTO_TCP && tcp->th_off * 4U < sizeof(*tcp))
		return NAT64_REASON_TRANSPORT_HEADER;
	if (packet->protocol == IPPROTO_TCP && tcp->th_off * 4U > packet->payload)
		return short_header;
	return NAT64_REASON_NONE;
}

/* The checksum of a UDP packet that came without, between the new addresses. */
static uint16_t make_udp_checksum(const struct udphdr *udp, uint64_t addresses)
{
	uint32_t length = ntohs(udp->uh_ulen);
	uint64_t sum = addresses + nat64_sum_pseudo(length, IPPROTO_UDP);

	return (uint16_t)~nat64_sum_fold(nat64_sum(udp, length, sum));
}

void nat64_transport_adjust(const struct nat64_packet_context *job, const struct nat64_packet *packet,
			    const struct nat64_endpoints *endpoints)
{
	struct layout layout = layout_of(packet->protocol);
	uint8_t *transport = nat64_packet_transport(packet);
	uint64_t sum4 = nat64_endpoints_sum4(endpoints), sum6 = nat64_endpoints_sum6(endpoints);
	uint64_t removed = packet->version == 4 ? sum4 : sum6, added = packet->version == 4 ? sum6 : sum4;
	bool is_udp = packet->protocol == IPPROTO_UDP, quoted = packet != &job->packet;
	uint16_t checksum;

	if (!layout.least || packet->offset || packet->present < layout.checksum + sizeof(checksum))
		return;
	memcpy(&checksum, transport + layout.checksum, sizeof(checksum));
	if (packet->partial)
		checksum = nat64_checksum_adjust_partial(checksum, removed, added);
	else if (checksum || !is_udp)
		checksum = nat64_checksum_adjust(checksum, removed, added);
	else if (!quoted && job->context->settings->translation.udp_checksum == CONF_UDP_CHECKSUM_CALCULATE)
		checksum = make_udp_checksum((const struct udphdr *)transport, added);
	else
		return;
	if (!checksum && (is_udp || packet->protocol == IPPROTO_UDPLITE))
		checksum = UINT16_MAX; /* zero says that there is none (RFC 768), and is illegal in UDP-Lite (RFC 3828 section 3.1) */
	memcpy(transport + layout.checksum, &checksum, sizeof(checksum));
}
