/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 (RFC 791) or IPv6 (RFC 8200); TCP (RFC 9293), UDP (RFC 768) or an echo request of ICMP or ICMPv6 (RFC 792, RFC 4443 section 4.1). TCP carries the mark as its sequence
 * and acknowledgement numbers, the others as their data.
 */
#include "relay/conflict/packet.h"

#include "nftables/trace.h"
#include "relay/ask/echo.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

enum { HOPS = 64, WINDOW = 64240 };

static size_t transport_build(uint8_t *buffer, const struct relay_packet *packet)
{
	struct tcphdr tcp = {.th_sport = htons(packet->source_port),
			     .th_dport = htons(packet->destination_port),
			     .th_off = sizeof(tcp) / 4,
			     .th_flags = packet->answers ? TH_ACK : TH_SYN,
			     .th_win = htons(WINDOW)};
	struct udphdr udp = {.uh_sport = htons(packet->source_port),
			     .uh_dport = htons(packet->destination_port),
			     .uh_ulen = htons(sizeof(udp) + NFTABLES_TRACE_MARK)};
	struct icmp6_hdr echo = {.icmp6_type = packet->protocol == IPPROTO_ICMP ? ICMP_ECHO : ICMP6_ECHO_REQUEST};

	echo.icmp6_id = htons(packet->source_port);
	echo.icmp6_seq = htons(1);
	if (packet->protocol == IPPROTO_TCP) {
		memcpy(buffer, &tcp, sizeof(tcp));
		memcpy(buffer + NFTABLES_TRACE_TCP, packet->mark, NFTABLES_TRACE_MARK);
		return sizeof(tcp);
	}
	if (packet->protocol == IPPROTO_ICMPV6 || packet->protocol == IPPROTO_ICMP) /* their headers are alike */
		memcpy(buffer, &echo, sizeof(echo));
	else
		memcpy(buffer, &udp, sizeof(udp));
	memcpy(buffer + NFTABLES_TRACE_UDP, packet->mark, NFTABLES_TRACE_MARK);
	return sizeof(udp) + NFTABLES_TRACE_MARK; /* an echo request's header is as long */
}

static size_t network_build(uint8_t *buffer, const struct relay_packet *packet, size_t length)
{
	struct ip ip = {.ip_v = IPVERSION,
			.ip_hl = sizeof(ip) / 4,
			.ip_len = htons((uint16_t)(sizeof(ip) + length)),
			.ip_off = htons(IP_DF),
			.ip_ttl = HOPS,
			.ip_p = packet->protocol};
	struct ip6_hdr ip6 = {.ip6_flow = htonl(6U << 28)};

	if (packet->source.family == AF_INET) {
		ip.ip_src = packet->source.v4;
		ip.ip_dst = packet->destination.v4;
		ip.ip_sum = relay_checksum_end(relay_checksum_add(0, &ip, sizeof(ip)));
		memcpy(buffer, &ip, sizeof(ip));
		return sizeof(ip);
	}
	ip6.ip6_plen = htons((uint16_t)length);
	ip6.ip6_nxt = packet->protocol;
	ip6.ip6_hlim = HOPS;
	ip6.ip6_src = packet->source.v6;
	ip6.ip6_dst = packet->destination.v6;
	memcpy(buffer, &ip6, sizeof(ip6));
	return sizeof(ip6);
}

static size_t checksum_offset(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? offsetof(struct tcphdr, th_sum) :
	       protocol == IPPROTO_UDP ? offsetof(struct udphdr, uh_sum) :
					 offsetof(struct icmp6_hdr, icmp6_cksum);
}

/* ICMP has none. */
static uint32_t pseudo_header_add(const struct relay_packet *packet, size_t length, size_t address)
{
	uint32_t sum = relay_checksum_add((uint32_t)(packet->protocol + length), &packet->source.v6, address);

	return relay_checksum_add(sum, &packet->destination.v6, address);
}

size_t relay_packet_build(uint8_t buffer[RELAY_PACKET_ROOM], const struct relay_packet *packet)
{
	size_t header = packet->source.family == AF_INET ? sizeof(struct ip) : sizeof(struct ip6_hdr);
	size_t address = packet->source.family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	size_t length;
	uint16_t checksum;
	uint32_t sum;

	memset(buffer, 0, RELAY_PACKET_ROOM);
	length = transport_build(buffer + header, packet);
	network_build(buffer, packet, length);
	sum = packet->protocol == IPPROTO_ICMP ? 0 : pseudo_header_add(packet, length, address);
	checksum = relay_checksum_end(relay_checksum_add(sum, buffer + header, length));
	memcpy(buffer + header + checksum_offset(packet->protocol), &checksum, sizeof(checksum));
	return header + length;
}
