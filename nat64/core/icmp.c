/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP types and codes.
 *
 * RFC 7915 section 4.2 (ICMPv4 to ICMPv6, pointer table of its figure 3) and section 5.2 (back, figure 6). MTU: RFC 1191
 * section 7.1 guesses it for routers that say none; no IPv6 host takes less than 1280 (RFC 8201 section 4), and none has
 * to, since IPv4 packets that came of up to 1280 octets of IPv6 have no DF. Left out on purpose, as the RFC asks:
 * everything of one link only (router and neighbour discovery, MLD, redirect), timestamps, address masks, source quench.
 *
 * Fragmented echo requests and replies.
 *
 * ICMPv6 has the length of the whole message in its checksum, ICMPv4 has not. Who adjusts the checksum, which stands in
 * the first fragment, needs that length, which the last fragment tells. So RFC 7915 section 1.1 leaves fragmented ICMP
 * out; here the first fragment waits for the last one, and all others pass at once, for order does not matter to who
 * puts them together. Should the last fragment come first, its word is kept for the first one.
 *
 * Model: a few slots a thread, each for one message (source, destination, identification); the oldest is taken over
 * when all are in use, so that no clock is needed. Limits: a first fragment of 9 kB; what else does not fit is dropped.
 * ICMP errors are never fragmented. The kernel hands all fragments of a packet to one queue of the device.
 */
#include "nat64/core/icmp.h"

#include "nat64/core/echo.h"
#include "nat64/core/rules.h"
#include "nat64/core/transport.h"
#include "nat64/core/packet_context.h"
#include "nat64/core/reason.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#define NO_POINTER 0xff
#define GROWTH     20 /* octets: an IPv6 header is that much longer than an IPv4 header */

/* The largest of the plateaus below the length of the packet that did not pass (RFC 1191 section 7.1). */
static uint32_t guess_mtu(uint32_t length)
{
	static const uint16_t plateaus[] = {65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};

	for (size_t i = 0; i < sizeof(plateaus) / sizeof(*plateaus); i++)
		if (plateaus[i] < length)
			return plateaus[i];
	return 68;
}

static uint32_t mtu_to6(const uint8_t *message, unsigned nat64d_device_mtu, uint32_t quoted)
{
	uint32_t mtu = (uint32_t)message[6] << 8 | message[7];

	mtu = (mtu ? mtu : guess_mtu(quoted)) + GROWTH;
	if (mtu > nat64d_device_mtu)
		mtu = nat64d_device_mtu;
	return mtu < NAT64_IPV6_LEAST_MTU ? NAT64_IPV6_LEAST_MTU : mtu;
}

static bool unreachable_to6(const uint8_t *message, unsigned mtu, uint32_t quoted, struct nat64_icmp_error *error)
{
	error->type = ICMP6_DST_UNREACH;
	error->extensible = true;
	switch (message[1]) {
	case ICMP_UNREACH_NET:
	case ICMP_UNREACH_HOST:
	case ICMP_UNREACH_SRCFAIL:
	case ICMP_UNREACH_NET_UNKNOWN:
	case ICMP_UNREACH_HOST_UNKNOWN:
	case ICMP_UNREACH_ISOLATED:
	case ICMP_UNREACH_TOSNET:
	case ICMP_UNREACH_TOSHOST:
		error->code = ICMP6_DST_UNREACH_NOROUTE;
		return true;
	case ICMP_UNREACH_PORT:
		error->code = ICMP6_DST_UNREACH_NOPORT;
		return true;
	case ICMP_UNREACH_NET_PROHIB:
	case ICMP_UNREACH_HOST_PROHIB:
	case ICMP_UNREACH_FILTER_PROHIB:
	case ICMP_UNREACH_PRECEDENCE_CUTOFF:
		error->code = ICMP6_DST_UNREACH_ADMIN;
		return true;
	case ICMP_UNREACH_PROTOCOL:
		*error = (struct nat64_icmp_error){ICMP6_PARAM_PROB, ICMP6_PARAMPROB_NEXTHEADER,
						   htonl(offsetof(struct ip6_hdr, ip6_nxt)), false};
		return true;
	case ICMP_UNREACH_NEEDFRAG:
		*error = (struct nat64_icmp_error){ICMP6_PACKET_TOO_BIG, 0, htonl(mtu_to6(message, mtu, quoted)), false};
		return true;
	default:
		return false;
	}
}

static bool parameter_to6(const uint8_t *message, struct nat64_icmp_error *error)
{
	static const uint8_t pointers[20] = {0,          1, 4,  4,          NO_POINTER, NO_POINTER, NO_POINTER,
					     NO_POINTER, 7, 6,  NO_POINTER, NO_POINTER, 8,          8,
					     8,          8, 24, 24,         24,         24};
	uint8_t pointer = message[4] < sizeof(pointers) ? pointers[message[4]] : NO_POINTER;

	*error = (struct nat64_icmp_error){ICMP6_PARAM_PROB, ICMP6_PARAMPROB_HEADER, htonl(pointer), false};
	return message[1] != ICMP_PARAMPROB_OPTABSENT && message[1] <= 2 && pointer != NO_POINTER;
}

bool nat64_icmp_error_to6(const uint8_t *message, unsigned mtu, uint32_t quoted, struct nat64_icmp_error *error)
{
	*error = (struct nat64_icmp_error){0};
	switch (message[0]) {
	case ICMP_DEST_UNREACH:
		return unreachable_to6(message, mtu, quoted, error);
	case ICMP_TIME_EXCEEDED:
		*error = (struct nat64_icmp_error){ICMP6_TIME_EXCEEDED, message[1], 0, true};
		return true;
	case ICMP_PARAMETERPROB:
		return parameter_to6(message, error);
	default:
		return false;
	}
}

static uint32_t read_word(const uint8_t *message)
{
	uint32_t word;

	memcpy(&word, message + 4, sizeof(word));
	return ntohl(word);
}

static bool unreachable_to4(const uint8_t *message, struct nat64_icmp_error *error)
{
	static const uint8_t codes[] = {
		[ICMP6_DST_UNREACH_NOROUTE] = ICMP_UNREACH_HOST,
		[ICMP6_DST_UNREACH_ADMIN] = ICMP_UNREACH_HOST_PROHIB,
		[ICMP6_DST_UNREACH_BEYONDSCOPE] = ICMP_UNREACH_HOST,
		[ICMP6_DST_UNREACH_ADDR] = ICMP_UNREACH_HOST,
		[ICMP6_DST_UNREACH_NOPORT] = ICMP_UNREACH_PORT,
	};

	if (message[1] >= sizeof(codes))
		return false;
	*error = (struct nat64_icmp_error){ICMP_DEST_UNREACH, codes[message[1]], 0, true};
	return true;
}

static uint32_t mtu_to4(const uint8_t *message, unsigned nat64d_device_mtu)
{
	uint32_t mtu = read_word(message);

	if (mtu > nat64d_device_mtu)
		mtu = nat64d_device_mtu;
	return (mtu < NAT64_IPV6_LEAST_MTU ? NAT64_IPV6_LEAST_MTU : mtu) - GROWTH;
}

static bool parameter_to4(const uint8_t *message, struct nat64_icmp_error *error)
{
	static const uint8_t pointers[8] = {0, 1, NO_POINTER, NO_POINTER, 2, 2, 9, 8};
	uint32_t from = read_word(message);
	uint32_t pointer = from < 8 ? pointers[from] : from < 24 ? 12 : from < 40 ? 16 : NO_POINTER;

	if (message[1] == ICMP6_PARAMPROB_NEXTHEADER) {
		*error = (struct nat64_icmp_error){ICMP_DEST_UNREACH, ICMP_UNREACH_PROTOCOL, 0, false};
		return true;
	}
	*error = (struct nat64_icmp_error){ICMP_PARAMETERPROB, 0, htonl(pointer << 24), false};
	return message[1] == ICMP6_PARAMPROB_HEADER && pointer != NO_POINTER;
}

bool nat64_icmp_error_to4(const uint8_t *message, unsigned mtu, struct nat64_icmp_error *error)
{
	switch (message[0]) {
	case ICMP6_DST_UNREACH:
		return unreachable_to4(message, error);
	case ICMP6_PACKET_TOO_BIG:
		*error = (struct nat64_icmp_error){ICMP_DEST_UNREACH, ICMP_UNREACH_NEEDFRAG,
						   htonl(mtu_to4(message, mtu)), false};
		return true;
	case ICMP6_TIME_EXCEEDED:
		*error = (struct nat64_icmp_error){ICMP_TIME_EXCEEDED, message[1], 0, true};
		return true;
	case ICMP6_PARAM_PROB:
		return parameter_to4(message, error);
	default:
		return false;
	}
}

/* ICMPv6 has a pseudo-header in its checksum, ICMPv4 has none. */
enum nat64_reason nat64_icmp_echo(const struct nat64_packet *packet, const struct nat64_endpoints *endpoints, uint32_t length)
{
	uint8_t *message = nat64_packet_transport(packet);
	bool is_to4 = packet->version == 6;
	int type = nat64_echo_type(is_to4, message[0]);
	struct nat64_exchange exchange;
	uint16_t before, after, checksum;

	if (type < 0)
		return NAT64_REASON_ICMP_TYPE;
	memcpy(&before, message, sizeof(before));
	message[0] = (uint8_t)type;
	if (packet->present < 4)
		return NAT64_REASON_NONE;
	memcpy(&after, message, sizeof(after));
	memcpy(&checksum, message + 2, sizeof(checksum));
	exchange = nat64_echo_exchange(is_to4, nat64_endpoints_sum6(endpoints), length, before, after);
	checksum = nat64_checksum_adjust(checksum, exchange.removed, exchange.added);
	memcpy(message + 2, &checksum, sizeof(checksum));
	return NAT64_REASON_NONE;
}

static bool is_icmp(const struct nat64_packet *packet)
{
	return packet->protocol == (packet->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static struct nat64_fragment_key key_of(const struct nat64_packet *packet)
{
	const struct ip *ip = (const struct ip *)packet->data;
	const struct ip6_hdr *ip6 = (const struct ip6_hdr *)packet->data;
	struct nat64_fragment_key key = {.identification = packet->identification};

	if (packet->version == 6) {
		key.source = ip6->ip6_src;
		key.destination = ip6->ip6_dst;
		return key;
	}
	key.source.s6_addr32[2] = key.destination.s6_addr32[2] = htonl(UINT16_MAX);
	key.source.s6_addr32[3] = ip->ip_src.s_addr;
	key.destination.s6_addr32[3] = ip->ip_dst.s_addr;
	return key;
}

static bool is_same(const struct nat64_fragment_key *a, const struct nat64_fragment_key *b)
{
	return a->identification == b->identification && IN6_ARE_ADDR_EQUAL(&a->source, &b->source) &&
	       IN6_ARE_ADDR_EQUAL(&a->destination, &b->destination);
}

/* The slot of a message; a fresh one when it has none. */
static struct nat64_fragment_slot *slot_of(struct nat64_fragment_queue *queue, const struct nat64_fragment_key *key)
{
	struct nat64_fragment_slot *slot;

	for (unsigned i = 0; i < NAT64_FRAGMENT_SLOTS; i++) {
		slot = &queue->slots[i];
		if ((slot->total || slot->length) && is_same(&slot->key, key))
			return slot;
	}
	slot = &queue->slots[queue->next++ % NAT64_FRAGMENT_SLOTS];
	slot->key = *key;
	slot->total = 0;
	slot->length = 0;
	return slot;
}

static enum nat64_reason keep_first(struct nat64_packet_context *job, struct nat64_fragment_slot *slot)
{
	const struct nat64_packet *packet = &job->packet;
	size_t length = sizeof(packet->vnet) + packet->header + packet->payload;

	if (slot->total) {
		job->icmp_length = slot->total;
		slot->total = 0;
		return NAT64_REASON_NONE;
	}
	if (length > sizeof(slot->octets) - NAT64_FRAGMENT_HEADROOM)
		return NAT64_REASON_FRAGMENT_LENGTH;
	memcpy(nat64_fragment_frame(slot), packet->data - sizeof(packet->vnet), length);
	memset(nat64_fragment_frame(slot), 0, sizeof(packet->vnet));
	slot->length = (uint32_t)length;
	return NAT64_REASON_FRAGMENT_HELD;
}

/* The packet is a fragment of an ICMP message. NAT64_REASON_NONE: go on, icmp_length is filled in where it is
 * asked for, and its `released` is a held frame to be translated after this one. _FRAGMENT_HELD: it is kept. */
static enum nat64_reason order_fragment(struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;
	struct nat64_fragment_key key = key_of(packet);
	struct nat64_fragment_slot *slot;

	if (job->icmp_length || (packet->offset && packet->more))
		return NAT64_REASON_NONE;
	slot = slot_of(&job->context->fragments, &key);
	if (!packet->offset)
		return keep_first(job, slot);
	slot->total = packet->offset + packet->payload;
	if (slot->length)
		job->released = slot;
	return NAT64_REASON_NONE;
}

enum nat64_reason nat64_icmp_check(struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;
	bool is_fragment = nat64_packet_is_fragment(packet);

	if (!is_icmp(packet))
		return NAT64_REASON_NONE;
	if (packet->offset)
		return order_fragment(job);
	if (packet->payload < ICMP_MINLEN)
		return is_fragment ? NAT64_REASON_TINY_FRAGMENT : NAT64_REASON_TRANSPORT_HEADER;
	if (nat64_packet_is_icmp_error(packet))
		return is_fragment ? NAT64_REASON_ICMP_QUOTE : NAT64_REASON_NONE;
	if (nat64_echo_type(packet->version == 6, *nat64_packet_transport(packet)) < 0)
		return NAT64_REASON_ICMP_TYPE;
	return is_fragment ? order_fragment(job) : NAT64_REASON_NONE;
}

enum nat64_reason nat64_icmp_or_transport(struct nat64_packet_context *job)
{
	const struct nat64_packet *packet = &job->packet;

	if (!is_icmp(packet))
		nat64_transport_adjust(job, packet, &job->endpoints);
	else if (!packet->offset)
		return nat64_icmp_echo(packet, &job->endpoints, job->icmp_length ? job->icmp_length : packet->payload);
	return NAT64_REASON_NONE;
}
