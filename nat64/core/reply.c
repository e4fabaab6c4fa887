/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The translator's own ICMP messages.
 *
 * RFC 4443 section 2.4 and RFC 1812 section 4.3.2 (when an error may be sent, and how much it quotes), RFC 7915 sections
 * 4.1 (3/5, 3/4), 4.4, 5.1 (4/0) and 5.4; RFC 4443 section 4.2, RFC 792 (echo). Errors are never about ICMP errors or
 * non-initial fragments, nor about the second half of a hairpin; sources that are no hosts were dropped as martians before. How often is the caller's business.
 * Left out on purpose: echo requests to the translator that come as fragments. */
#include "nat64/core/reply.h"
#include "nat64/core/header.h"
#include "nat64/core/offload.h"

#include "conf/settings.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#define MESSAGE_HEADER 8
#define HOP_LIMIT      64

struct error {
	uint8_t type, code;
	enum { NO_ERROR, PLAIN, MTU, POINTER, NEXT_HEADER } kind;
};

static struct error error_for_ipv6(enum nat64_reason reason)
{
	static const struct error errors[NAT64_REASON_COUNT] = {
		[NAT64_REASON_SOURCE_UNMAPPED] = {ICMP6_DST_UNREACH, 5, PLAIN},
		[NAT64_REASON_POOL_EXHAUSTED] = {ICMP6_DST_UNREACH, 5, PLAIN},
		[NAT64_REASON_CLIENT_QUOTA] = {ICMP6_DST_UNREACH, 5, PLAIN},
		[NAT64_REASON_DESTINATION_UNMAPPED] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE, PLAIN},
		[NAT64_REASON_NOT_GLOBAL] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE, PLAIN},
		[NAT64_REASON_DESTINATION_DENIED] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN, PLAIN},
		[NAT64_REASON_HAIRPIN] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN, PLAIN},
		[NAT64_REASON_HOP_LIMIT] = {ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT, PLAIN},
		[NAT64_REASON_TOO_BIG] = {ICMP6_PACKET_TOO_BIG, 0, MTU},
		[NAT64_REASON_ROUTING_HEADER] = {ICMP6_PARAM_PROB, ICMP6_PARAMPROB_HEADER, POINTER},
		[NAT64_REASON_OWN_PROTOCOL] = {ICMP6_PARAM_PROB, ICMP6_PARAMPROB_NEXTHEADER, NEXT_HEADER},
	};

	return errors[reason];
}

static struct error error_for_ipv4(enum nat64_reason reason)
{
	static const struct error errors[NAT64_REASON_COUNT] = {
		[NAT64_REASON_SOURCE_UNMAPPED] = {ICMP_DEST_UNREACH, ICMP_UNREACH_HOST_PROHIB, PLAIN}, /* maps alone: TAYGA's code */
		[NAT64_REASON_DESTINATION_UNMAPPED] = {ICMP_DEST_UNREACH, ICMP_UNREACH_HOST, PLAIN},
		[NAT64_REASON_NOT_GLOBAL] = {ICMP_DEST_UNREACH, ICMP_UNREACH_HOST_PROHIB, PLAIN},
		[NAT64_REASON_DESTINATION_DENIED] = {ICMP_DEST_UNREACH, ICMP_UNREACH_FILTER_PROHIB, PLAIN},
		[NAT64_REASON_UDP_CHECKSUM_ZERO] = {ICMP_DEST_UNREACH, ICMP_UNREACH_FILTER_PROHIB, PLAIN},
		[NAT64_REASON_HOP_LIMIT] = {ICMP_TIME_EXCEEDED, ICMP_TIMXCEED_INTRANS, PLAIN},
		[NAT64_REASON_TOO_BIG] = {ICMP_DEST_UNREACH, ICMP_UNREACH_NEEDFRAG, MTU},
		[NAT64_REASON_SOURCE_ROUTE] = {ICMP_DEST_UNREACH, ICMP_UNREACH_SRCFAIL, PLAIN},
		[NAT64_REASON_OWN_PROTOCOL] = {ICMP_DEST_UNREACH, ICMP_UNREACH_PROTOCOL, PLAIN},
	};

	return errors[reason];
}

static void write_ipv6(struct nat64_packet_context *job, uint8_t *at, uint32_t length)
{
	const struct ip6_hdr *from = (const struct ip6_hdr *)job->packet.data;
	struct ip6_hdr *ip6 = (struct ip6_hdr *)at;

	*ip6 = (struct ip6_hdr){.ip6_src = job->context->settings->translation.ipv6_address, .ip6_dst = from->ip6_src};
	ip6->ip6_flow = htonl(UINT32_C(6) << 28);
	ip6->ip6_plen = htons((uint16_t)(length - sizeof(*ip6)));
	ip6->ip6_nxt = IPPROTO_ICMPV6;
	ip6->ip6_hlim = HOP_LIMIT;
}

static void write_ipv4(struct nat64_packet_context *job, uint8_t *at, uint32_t length)
{
	const struct ip *from = (const struct ip *)job->packet.data;
	struct ip *ip = (struct ip *)at;

	*ip = (struct ip){.ip_hl = sizeof(*ip) / 4,
			  .ip_v = 4,
			  .ip_len = htons((uint16_t)length),
			  .ip_ttl = HOP_LIMIT,
			  .ip_id = nat64_identification_next(&job->context->identification),
			  .ip_p = IPPROTO_ICMP,
			  .ip_src = job->context->settings->translation.ipv4_address,
			  .ip_dst = from->ip_src};
	ip->ip_sum = (uint16_t)~nat64_sum_fold(nat64_sum(ip, sizeof(*ip), 0));
}

/* Octets 4 to 7 of the message. */
static uint32_t error_word(const struct nat64_packet_context *job, const struct error *error)
{
	switch (error->kind) {
	case MTU:
	case POINTER:
		return htonl(job->value);
	case NEXT_HEADER:
		return htonl(offsetof(struct ip6_hdr, ip6_nxt));
	default:
		return 0;
	}
}

static void write_checksum(const struct nat64_packet_context *job, const uint8_t *ip, uint8_t *message, uint32_t length)
{
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)ip;
	uint64_t sum = 0;
	uint16_t checksum;

	if (job->packet.version == 6)
		sum = nat64_sum(&ip6->ip6_src, 2 * sizeof(ip6->ip6_src), nat64_sum_pseudo(length, IPPROTO_ICMPV6));
	checksum = (uint16_t)~nat64_sum_fold(nat64_sum(message, length, sum));
	memcpy(message + 2, &checksum, sizeof(checksum));
}

static bool send_error(struct nat64_packet_context *job, const struct error *error)
{
	static const struct virtio_net_hdr plain;
	const struct nat64_packet *packet = &job->packet;
	bool is_ipv6 = packet->version == 6;
	uint32_t header = is_ipv6 ? NAT64_IPV6_HEADER : NAT64_IPV4_HEADER;
	uint32_t most = (is_ipv6 ? 1280 : 576) - header - MESSAGE_HEADER;
	uint32_t quoted = packet->header + packet->payload < most ? packet->header + packet->payload : most;
	uint8_t *out = nat64_offload_room(job, header + MESSAGE_HEADER + quoted), *message;
	uint32_t word = error_word(job, error);

	if (!out)
		return false;
	message = out + header;
	memset(message, 0, MESSAGE_HEADER);
	message[0] = error->type;
	message[1] = error->code;
	memcpy(message + 4, &word, sizeof(word));
	memcpy(message + MESSAGE_HEADER, packet->data, quoted);
	if (is_ipv6)
		write_ipv6(job, out, header + MESSAGE_HEADER + quoted);
	else
		write_ipv4(job, out, header + MESSAGE_HEADER + quoted);
	write_checksum(job, out, message, MESSAGE_HEADER + quoted);
	nat64_offload_emit(job, out, header + MESSAGE_HEADER + quoted, &plain);
	return true;
}

void nat64_reply_error(struct nat64_packet_context *job, enum nat64_reason reason)
{
	struct error error = job->packet.version == 6 ? error_for_ipv6(reason) : error_for_ipv4(reason);

	job->result->reason = reason;
	job->result->verdict = NAT64_DROP;
	job->result->count = 0;
	if (error.kind != NO_ERROR && !job->hairpin_second && !job->packet.offset &&
	    !nat64_packet_is_icmp_error(&job->packet) && send_error(job, &error))
		job->result->verdict = NAT64_REPLY_ERROR;
}

static void swap_ends(const struct nat64_packet *packet)
{
	struct ip *ip = (struct ip *)packet->data;
	struct ip6_hdr *ip6 = (struct ip6_hdr *)packet->data;
	struct in6_addr source6;
	struct in_addr source4;

	if (packet->version == 6) {
		source6 = ip6->ip6_src;
		ip6->ip6_src = ip6->ip6_dst;
		ip6->ip6_dst = source6;
		ip6->ip6_hlim = HOP_LIMIT;
		return;
	}
	source4 = ip->ip_src;
	ip->ip_src = ip->ip_dst;
	ip->ip_dst = source4;
	ip->ip_ttl = HOP_LIMIT;
	ip->ip_sum = 0;
	ip->ip_sum = (uint16_t)~nat64_sum_fold(nat64_sum(ip, packet->header, 0));
}

/* In place: the endpoints change places, so that the pseudo-header's sum stays; request becomes reply. */
static void reply_echo(struct nat64_packet_context *job)
{
	static const struct virtio_net_hdr plain;
	const struct nat64_packet *packet = &job->packet;
	uint8_t *message = nat64_packet_transport(packet);
	uint16_t before, after, checksum;

	memcpy(&before, message, sizeof(before));
	message[0] = packet->version == 6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
	memcpy(&after, message, sizeof(after));
	memcpy(&checksum, message + 2, sizeof(checksum));
	checksum = nat64_checksum_adjust(checksum, before, after);
	memcpy(message + 2, &checksum, sizeof(checksum));
	swap_ends(packet);
	nat64_offload_emit(job, packet->data, packet->header + packet->payload, &plain);
	job->result->verdict = NAT64_REPLY_ECHO;
	job->result->reason = NAT64_REASON_OWN_ECHO;
}

void nat64_reply_own(struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;
	bool is_icmp = packet->protocol == (packet->version == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	uint8_t request = packet->version == 6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;

	if (!is_icmp)
		nat64_reply_error(job, NAT64_REASON_OWN_PROTOCOL);
	else if (packet->payload >= MESSAGE_HEADER && !nat64_packet_is_fragment(packet) && !packet->segments_left &&
		 !packet->source_routed && *nat64_packet_transport(packet) == request)
		reply_echo(job);
	else
		*job->result = (struct nat64_result){.verdict = NAT64_DROP, .reason = NAT64_REASON_OWN_PROTOCOL};
}
