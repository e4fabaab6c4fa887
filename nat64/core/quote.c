/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP errors: the packet they quote is translated as well.
 *
 *     outer IP | ICMP, 8 octets | quoted IP | start of its transport ... | padding | RFC 4884 extensions
 *
 * A quote is believed when the translator could have sent that packet: its transport, both its endpoints, and whose error it is.
 *
 * RFC 7915 sections 4.3 and 5.3 (quoted packets; only one level deep), RFC 4884 section 4 (the length of the quote in
 * octet 5 of ICMPv4, in units of four, in octet 4 of ICMPv6, in units of eight; padded to 128 octets at least; the
 * extensions themselves mean the same in both). Any number of octets of the quoted transport will do: RFC 792 asks for eight.
 * A result is no longer than 576 octets of IPv4 (RFC 1812 section 4.3.2.3) or 1280 of IPv6 (RFC 4443 section 2.4 c).
 * The error is made anew in the scratch; its checksum was right before, or it is dropped. */
#include "nat64/core/header.h"
#include "nat64/core/icmp.h"
#include "nat64/core/offload.h"
#include "nat64/core/policy.h"
#include "nat64/core/sender.h"
#include "nat64/core/transport.h"

#include <netinet/icmp6.h>

#define MESSAGE_HEADER 8
#define IPV4_ERROR_MAX 576
#define IPV6_ERROR_MAX 1280
#define QUOTE_LEAST    128 /* octets, with extensions behind it */

struct body { /* of an ICMP error */
	uint8_t *quote;
	uint32_t quote_length;
	const uint8_t *extensions;
	uint32_t extensions_length;
};

static bool is_checksum_right(const struct nat64_packet *packet)
{
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)packet->data;
	uint64_t sum = nat64_sum(nat64_packet_transport(packet), packet->payload, 0);

	if (packet->version == 6)
		sum = nat64_sum(&ip6->ip6_src, 2 * sizeof(ip6->ip6_src), sum) +
		      nat64_sum_pseudo(packet->payload, IPPROTO_ICMPV6);
	return nat64_sum_fold(sum) == UINT16_MAX;
}

static bool has_length_field(const struct nat64_packet *packet, uint8_t type)
{
	if (packet->version == 6)
		return type == ICMP6_DST_UNREACH || type == ICMP6_TIME_EXCEEDED;
	return true; /* the types that get this far: 3, 11 and 12 */
}

/* Tell quote and extensions apart. A length that cannot be right is as good as none. */
static struct body split(const struct nat64_packet *packet)
{
	uint8_t *message = nat64_packet_transport(packet);
	uint32_t length = packet->payload - MESSAGE_HEADER;
	uint32_t quote = packet->version == 4 ? message[5] * 4U : message[4] * 8U;
	struct body body = {.quote = message + MESSAGE_HEADER, .quote_length = length};

	if (!has_length_field(packet, message[0]) || quote < QUOTE_LEAST || quote >= length)
		return body;
	body.quote_length = quote;
	body.extensions = body.quote + quote;
	body.extensions_length = length - quote;
	return body;
}

/* The transport of the quoted packet, as far as it is there. */
static enum nat64_reason translate_transport(const struct nat64_packet_context *job, const struct nat64_packet *quote,
					     const struct nat64_endpoints *endpoints)
{
	bool is_icmp = quote->protocol == (quote->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	if (!is_icmp) {
		nat64_transport_adjust(job, quote, endpoints);
		return NAT64_REASON_NONE;
	}
	return quote->offset || !quote->present ? NAT64_REASON_NONE : nat64_icmp_echo(quote, endpoints, quote->payload);
}

/* Write the quoted packet in the other family to out, at most room octets. Returns how many, 0 when it cannot be. */
static uint32_t translate_quote(const struct nat64_packet_context *job, const struct nat64_packet *quote, uint8_t *out,
				uint32_t room)
{
	uint32_t header = quote->version == 4 ? nat64_header_octets6(quote) : (uint32_t)NAT64_IPV4_HEADER;
	uint32_t copied = quote->present < room - header ? quote->present : room - header;
	struct nat64_endpoints endpoints;

	if (quote->segments_left || !nat64_packet_is_translatable(quote) ||
	    quote->payload > UINT16_MAX - NAT64_IPV4_HEADER ||
	    !nat64_policy_endpoints_of_quote(job, quote, &endpoints) || translate_transport(job, quote, &endpoints))
		return 0;
	if (quote->version == 4)
		nat64_header_write6(out, quote, &endpoints, quote->hop_limit, quote->payload);
	else
		nat64_header_write4(out, quote, &endpoints, quote->hop_limit, quote->payload, 0);
	memcpy(out + header, nat64_packet_transport(quote), copied);
	return header + copied;
}

/* Pad or cut the quote of length octets at out, append the extensions, and return the length of both. */
static uint32_t append_extensions(uint8_t *out, uint32_t length, uint32_t room, const struct body *body, unsigned unit,
				  uint8_t *length_field)
{
	uint32_t most = (room - body->extensions_length) / unit * unit;
	uint32_t padded = (length + unit - 1) / unit * unit;

	padded = padded < QUOTE_LEAST ? QUOTE_LEAST : padded > most ? most : padded;
	if (length < padded)
		memset(out + length, 0, padded - length);
	memcpy(out + padded, body->extensions, body->extensions_length);
	*length_field = (uint8_t)(padded / unit);
	return padded + body->extensions_length;
}

/* Everything behind the outer IP header, checksum included. Returns its length, 0 when the quote cannot be translated. */
static uint32_t write_message(const struct nat64_packet_context *job, const struct nat64_packet *quote,
			      const struct body *body, const struct nat64_icmp_error *error, uint8_t *message,
			      uint32_t room)
{
	bool to6 = job->packet.version == 4;
	uint32_t length = translate_quote(job, quote, message + MESSAGE_HEADER, room - MESSAGE_HEADER);
	uint16_t checksum;
	uint64_t sum = 0;

	if (!length)
		return 0;
	memset(message, 0, MESSAGE_HEADER);
	message[0] = error->type;
	message[1] = error->code;
	memcpy(message + 4, &error->word, sizeof(error->word));
	if (error->extensible && body->extensions && body->extensions_length + QUOTE_LEAST <= room - MESSAGE_HEADER)
		length = append_extensions(message + MESSAGE_HEADER, length, room - MESSAGE_HEADER, body, to6 ? 8 : 4,
					   message + (to6 ? 4 : 5));
	length += MESSAGE_HEADER;
	if (to6)
		sum = nat64_endpoints_sum6(&job->endpoints) + nat64_sum_pseudo(length, IPPROTO_ICMPV6);
	checksum = (uint16_t)~nat64_sum_fold(nat64_sum(message, length, sum));
	memcpy(message + 2, &checksum, sizeof(checksum));
	return length;
}

static bool map_error(const struct nat64_packet_context *job, const struct nat64_packet *quote,
		      struct nat64_icmp_error *error)
{
	const uint8_t *message = nat64_packet_transport(&job->packet);

	if (job->packet.version == 4)
		return nat64_icmp_error_to6(message, job->context->mtu, quote->header + quote->payload, error);
	return nat64_icmp_error_to4(message, job->context->mtu, error);
}

enum nat64_reason nat64_icmp_error(struct nat64_packet_context *job)
{
	static const struct virtio_net_hdr plain;
	struct nat64_packet *packet = &job->packet, quote;
	bool to6 = packet->version == 4;
	uint32_t header = to6 ? NAT64_IPV6_HEADER : NAT64_IPV4_HEADER, length;
	uint32_t room = to6 ? IPV6_ERROR_MAX : IPV4_ERROR_MAX;
	struct nat64_icmp_error error;
	struct body body;
	uint8_t *out;

	if (packet->payload < MESSAGE_HEADER || nat64_packet_is_fragment(packet))
		return NAT64_REASON_TRANSPORT_HEADER;
	if (!is_checksum_right(packet))
		return NAT64_REASON_ICMP_CHECKSUM;
	body = split(packet);
	if (nat64_packet_parse(&quote, body.quote, body.quote_length, true) || quote.version != packet->version)
		return NAT64_REASON_ICMP_QUOTE;
	if (!nat64_sender_may_report(job, &quote))
		return NAT64_REASON_ICMP_SENDER;
	if (!map_error(job, &quote, &error))
		return NAT64_REASON_ICMP_TYPE;
	out = nat64_offload_room(job, room);
	length = out ? write_message(job, &quote, &body, &error, out + header, room - header) : 0;
	if (!length)
		return NAT64_REASON_ICMP_QUOTE;
	if (to6)
		nat64_header_write6(out, packet, &job->endpoints, packet->hop_limit - 1, length);
	else
		nat64_header_write4(out, packet, &job->endpoints, packet->hop_limit - 1, length,
				    nat64_identification_next(&job->context->identification));
	nat64_offload_emit(job, out, header + length, &plain);
	return NAT64_REASON_NONE;
}
