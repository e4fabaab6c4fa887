/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet core against any octets.
 *
 * One translator a run; the input is a list of frames: an octet of setting bits, then frames, each behind its length in two
 * octets. Whatever comes out is read by the independent reader of the unit tests: lengths, header checksums and virtio
 * headers are right, no frame lies outside the buffers the core may use, and no drop goes without a reason. Transport checksums
 * are held against packets that the core makes itself, and against those that came with a right one: a wrong one is carried as it
 * came. One bit of the settings has right checksums put into the packets, which no mutation would find. */
#include "conf/settings.h"
#include "nat64/core/maps.h"
#include "nat64/core/translate.h"
#include "tests/unit/nat64/core/packet-check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VNET        sizeof(struct virtio_net_hdr)
#define FRAME_START (NAT64_HEADROOM + 6)

static struct nat64_context context;
static struct nat64_maps maps;
static struct conf_settings settings;
static struct conf_nat64_prefix prefixes[2];
static struct conf_map explicit_map;
static struct conf_split_domain domain;
static struct conf_prefix4 allowed;
static bool repairs; /* checksums that stand before everything else are made right */

/* Clients 2001:db8::/120, by their last octet. */
static enum nat64_reason lease_of(void *unused, const struct in6_addr *client, unsigned prefix, bool assign,
				  struct in_addr *address)
{
	(void)unused;
	(void)prefix;
	if (client->s6_addr[0] != 0x20 || client->s6_addr[14])
		return assign ? NAT64_REASON_POOL_EXHAUSTED : NAT64_REASON_SOURCE_UNMAPPED;
	address->s_addr = htonl(0xc0a8f000 | client->s6_addr[15]);
	return NAT64_REASON_NONE;
}

static bool client_of(void *unused, struct in_addr address, struct in6_addr *client, unsigned *prefix)
{
	(void)unused;
	*prefix = ntohl(address.s_addr) & 1;
	inet_pton(AF_INET6, "2001:db8::", client);
	client->s6_addr[15] = (uint8_t)ntohl(address.s_addr);
	return !(ntohl(address.s_addr) & 0x0f00);
}

static void setup(uint8_t bits)
{
	static const unsigned mtus[] = {65535, 1500, 1280, 576};

	nat64_maps_clear(&maps);
	memset(&context, 0, sizeof(context));
	inet_pton(AF_INET6, "fd64::", &prefixes[0].prefix.address);
	prefixes[0].prefix.length = bits & 1 ? 96 : 64;
	inet_pton(AF_INET6, "64:ff9b::", &prefixes[1].prefix.address);
	prefixes[1].prefix.length = 96;
	inet_pton(AF_INET6, "2001:db8:1::", &explicit_map.v6.address);
	explicit_map.v6.length = 120;
	explicit_map.v4 = (struct conf_prefix4){{htonl(0x0a010200)}, 24};
	allowed = (struct conf_prefix4){{htonl(0xc0000000)}, 2};
	settings = (struct conf_settings){
		.common.prefixes = prefixes,
		.common.prefix_count = 2,
		.translation.dynamic_pool = {{htonl(0xc0a8f000)}, 20},
		.translation.has_dynamic_pool = !(bits & 2),
		.translation.ipv4_address = {htonl(0xc0a8f001)},
		.translation.device_address = {htonl(0xc0a8f002)},
		.translation.maps = &explicit_map,
		.translation.map_count = 1,
		.dns.split_domains = &domain,
		.dns.split_domain_count = bits >> 2 & 1,
		.common.allowed_destinations.v4 = &allowed,
		.common.allowed_destinations.count4 = bits >> 2 & 1,
		.translation.udp_checksum = (enum conf_udp_checksum)((bits >> 3 & 3) % 3),
		.translation.offlink_mtu = 1280,
		.common.well_known_strict = bits & 1,
	};
	inet_pton(AF_INET6, "fd64::c0a8:f001", &settings.translation.ipv6_address);
	context.settings = &settings;
	context.maps = &maps;
	context.mtu = mtus[bits >> 5 & 3];
	repairs = bits & 0x80;
	if (nat64_maps_init(&maps, &settings, (struct nat64_leases){lease_of, client_of, NULL}, NULL))
		abort();
}

static void complain(const char *what, const struct nat64_result *result)
{
	fprintf(stderr, "expected right frames, got a wrong %s (verdict %d, %s)\n", what, result->verdict,
		nat64_reason_name(result->reason));
	abort();
}

static bool is_inside(const struct iovec *frame, const void *buffer, size_t size)
{
	uintptr_t start = (uintptr_t)buffer, at = (uintptr_t)frame->iov_base;

	return at >= start && frame->iov_len <= size && at + frame->iov_len <= start + size;
}

/* Does a translated ICMP error quote what the translator never sends: a transport of one family alone, or a packet to
 * 127.0.0.0/8? Read by hand: padding and extensions may stand behind the quote. */
static bool quotes_a_stranger(const struct packet_shape *shape)
{
	static const uint8_t well_known[] = {0, 0x64, 0xff, 0x9b};
	bool is4 = shape->version == 4;
	const uint8_t *error = shape->transport, *quote = error + 8;
	unsigned protocol;

	if (shape->is_fragment || shape->protocol != (is4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) || shape->size < 8)
		return false;
	if (is4 ? error[0] != 3 && error[0] != 11 && error[0] != 12 : error[0] >= 128)
		return false;
	if (shape->size < 8 + (is4 ? 20 : 40))
		return true;
	protocol = quote[is4 ? 9 : 6];
	if (!is4 && protocol == IPPROTO_FRAGMENT && shape->size >= 8 + 48)
		protocol = quote[40];
	if (protocol == IPPROTO_IGMP || protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	    protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_DSTOPTS ||
	    protocol == (is4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return true;
	return is4 ? quote[16] == 127 : !memcmp(quote + 24, well_known, sizeof(well_known)) && quote[36] == 127;
}

static void check(const struct nat64_result *result, const uint8_t *buffer, size_t size, bool right)
{
	bool checksums = right || result->verdict == NAT64_REPLY_ERROR;
	struct packet_shape shape;
	const char *error;

	if (result->count > NAT64_FRAMES || (result->verdict == NAT64_DROP) != (result->count == 0))
		complain("count", result);
	if (result->verdict >= NAT64_REPLY_ECHO ? !result->reason : (result->verdict == NAT64_DROP) != !!result->reason)
		complain("reason", result);
	for (size_t i = 0; i < result->count; i++) {
		const struct iovec *frame = &result->frames[i];

		if (!is_inside(frame, buffer, size) && !is_inside(frame, context.scratch, sizeof(context.scratch)) &&
		    !is_inside(frame, &context.fragments, sizeof(context.fragments)))
			complain("place", result);
		error = packet_check(frame->iov_base, frame->iov_len, checksums, &shape);
		/* an echo reply keeps the options and extension headers that the request had */
		if (error && result->verdict != NAT64_REPLY_ECHO)
			complain(error, result);
		if (!error && result->verdict < NAT64_REPLY_ECHO && quotes_a_stranger(&shape))
			complain("quote", result);
	}
}

static void put_sum(uint8_t *at, uint32_t sum, const uint8_t *from, size_t length)
{
	at[0] = at[1] = 0;
	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? from[i] : (uint32_t)from[i] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	at[0] = (uint8_t)(~sum >> 8);
	at[1] = (uint8_t)~sum;
}

static size_t checksum_offset(unsigned protocol)
{
	return protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
}

/* A transport of length octets; sum is that of the pseudo-header's addresses. */
static void repair_transport(uint8_t *at, size_t length, unsigned protocol, uint32_t sum)
{
	size_t offset = checksum_offset(protocol);

	if (length < offset + 2 || (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_ICMP &&
				    protocol != IPPROTO_ICMPV6))
		return;
	if (protocol != IPPROTO_ICMP)
		sum += (uint32_t)length + protocol;
	at[offset] = at[offset + 1] = 0;
	put_sum(at + offset, sum, at, length);
}

static uint32_t sum_of(const uint8_t *from, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum += (uint32_t)from[i] << 8 | from[i + 1];
	return sum;
}

/* Make the checksums of an IPv4 header and of the transport right, which no mutation would find. */
static void repair(uint8_t *ip, size_t length)
{
	size_t header = (ip[0] & 15U) * 4;

	if (length >= 24 && ip[0] >> 4 == 4 && header >= 20 && header + 4 <= length) {
		put_sum(ip + 10, 0, ip, header);
		repair_transport(ip + header, length - header, ip[9], ip[9] == IPPROTO_ICMP ? 0 : sum_of(ip + 12, 8));
	} else if (length >= 44 && ip[0] >> 4 == 6) {
		repair_transport(ip + 40, length - 40, ip[6], sum_of(ip + 8, 32));
	}
}

/* True when all of a frame is right, and the reader knows of a checksum over its transport. */
static bool is_right(const uint8_t *frame, size_t length)
{
	struct packet_shape shape;

	if (packet_check(frame, length, true, &shape) || shape.is_fragment || shape.size < 8)
		return false;
	if (shape.protocol == IPPROTO_UDP)
		return shape.transport[6] || shape.transport[7];
	return shape.protocol == IPPROTO_TCP || shape.protocol == (shape.version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static void translate(const uint8_t *frame, size_t length)
{
	static struct nat64_result result;
	void *memory;
	bool right;
	uint8_t *exact; /* as long as the frame, so that a sanitizer sees the first octet beyond it */

	if (posix_memalign(&memory, 16, FRAME_START + length))
		abort();
	exact = memory;
	memcpy(exact + FRAME_START, frame, length);
	if (repairs && length > VNET)
		repair(exact + FRAME_START + VNET, length - VNET);
	right = is_right(exact + FRAME_START, length);
	nat64_translate(&context, exact + FRAME_START, length, &result);
	check(&result, exact, FRAME_START + length, right);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length;

	if (size < 1)
		return 0;
	setup(data[0]);
	data++;
	size--;
	while (size >= 2) {
		length = (size_t)data[0] << 8 | data[1];
		data += 2;
		size -= 2;
		if (length > size)
			length = size;
		translate(data, length);
		data += length;
		size -= length;
	}
	return 0;
}
