/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The laboratory of the packet tests. */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static enum nat64_reason lease_of(void *context, const struct in6_addr *client, unsigned prefix, bool assign,
				  struct in_addr *address)
{
	struct in6_addr one = address6(CLIENT), two = address6(OTHER);
	struct lab *lab = context;

	(void)prefix;
	lab->assigned += assign;
	if (IN6_ARE_ADDR_EQUAL(client, &one))
		*address = address4(CLIENT4);
	else if (IN6_ARE_ADDR_EQUAL(client, &two))
		*address = address4(OTHER4);
	else
		return assign ? NAT64_REASON_POOL_EXHAUSTED : NAT64_REASON_SOURCE_UNMAPPED;
	return NAT64_REASON_NONE;
}

static bool client_of(void *context, struct in_addr address, struct in6_addr *client, unsigned *prefix)
{
	(void)context;
	*prefix = 0;
	if (address.s_addr == inet_addr(CLIENT4))
		*client = address6(CLIENT);
	else if (address.s_addr == inet_addr(OTHER4))
		*client = address6(OTHER);
	else
		return false;
	return true;
}

struct lab *lab_open(void)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	assert_non_null(lab);
	lab->prefixes[0].prefix = (struct conf_prefix6){address6("fd64::"), 96};
	lab->settings = (struct conf_settings){
		.common.prefixes = lab->prefixes,
		.common.prefix_count = 1,
		.translation.dynamic_pool = {address4("192.168.240.0"), 20},
		.translation.has_dynamic_pool = true,
		.translation.ipv4_address = address4(OWN4),
		.translation.ipv6_address = address6(OWN),
		.translation.device_address = address4("192.168.240.2"),
		.translation.offlink_mtu = 1280,
		.common.well_known_strict = true,
	};
	lab->context.settings = &lab->settings;
	lab->context.maps = &lab->maps;
	lab->context.mtu = 65535;
	lab->context.identification.key[0] = 0x0123456789abcdef;
	lab->frame = lab->octets + NAT64_HEADROOM + 6;
	lab->packet = lab->frame + sizeof(struct virtio_net_hdr);
	assert_int_equal(
		nat64_maps_init(&lab->maps, &lab->settings, (struct nat64_leases){lease_of, client_of, lab}, NULL), 0);
	return lab;
}

struct lab *lab_open_relay(void)
{
	static struct conf_prefix6 sources = {.length = 32};
	static struct conf_prefix4 allowed = {.length = 8}, denied = {.length = 32};
	struct lab *lab = lab_open();

	sources.address = address6("2001:db8::");
	allowed.address = address4("198.0.0.0");
	denied.address = address4("198.51.100.100");
	lab->settings.dns.split_domains = &lab->domain;
	lab->settings.dns.split_domain_count = 1;
	lab->settings.translation.allowed_sources.v6 = &sources;
	lab->settings.translation.allowed_sources.count6 = 1;
	lab->settings.common.allowed_destinations.v4 = &allowed;
	lab->settings.common.allowed_destinations.count4 = 1;
	lab->settings.common.denied_destinations.v4 = &denied;
	lab->settings.common.denied_destinations.count4 = 1;
	return lab;
}

void lab_add_map(struct lab *lab, const struct conf_map *map)
{
	struct nat64_leases leases = lab->maps.leases;
	size_t count = lab->settings.translation.map_count;

	lab->settings.translation.maps = realloc(lab->settings.translation.maps, (count + 1) * sizeof(*map));
	assert_non_null(lab->settings.translation.maps);
	lab->settings.translation.maps[lab->settings.translation.map_count++] = *map;
	nat64_maps_clear(&lab->maps);
	assert_int_equal(nat64_maps_init(&lab->maps, &lab->settings, leases, NULL), 0);
}

void lab_close(struct lab *lab)
{
	nat64_maps_clear(&lab->maps);
	free(lab->settings.translation.maps);
	free(lab);
}

void (*lab_translator)(struct lab *lab);

void lab_translate(struct lab *lab)
{
	if (lab_translator)
		lab_translator(lab);
	else
		nat64_translate(&lab->context, lab->frame, sizeof(struct virtio_net_hdr) + lab->length, &lab->result);
}

struct packet_shape lab_frame(const struct lab *lab, size_t index, bool checksums)
{
	struct packet_shape shape;
	const char *error;

	assert_in_range(index, 0, lab->result.count - 1);
	error = packet_check(lab->result.frames[index].iov_base, lab->result.frames[index].iov_len, checksums, &shape);
	if (error)
		fail_msg("expected a right frame, got a wrong %s", error);
	return shape;
}

struct packet_shape lab_expect(struct lab *lab, enum nat64_verdict verdict)
{
	lab_translate(lab);
	assert_string_equal(nat64_reason_name(lab->result.reason), verdict == NAT64_REPLY_ECHO ? "own-echo" : "none");
	assert_int_equal(lab->result.verdict, verdict);
	assert_int_equal(lab->result.count, 1);
	return lab_frame(lab, 0, true);
}

void lab_expect_drop(struct lab *lab, enum nat64_reason reason)
{
	lab_translate(lab);
	assert_string_equal(nat64_reason_name(lab->result.reason), nat64_reason_name(reason));
	assert_int_equal(lab->result.verdict, NAT64_DROP);
	assert_int_equal(lab->result.count, 0);
}

struct packet_shape lab_expect_error(struct lab *lab, enum nat64_reason reason, unsigned type, unsigned code, uint32_t word)
{
	struct packet_shape shape;
	uint32_t got;

	lab_translate(lab);
	assert_string_equal(nat64_reason_name(lab->result.reason), nat64_reason_name(reason));
	assert_int_equal(lab->result.verdict, NAT64_REPLY_ERROR);
	assert_int_equal(lab->result.count, 1);
	shape = lab_frame(lab, 0, true);
	assert_int_equal(shape.protocol, shape.version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	assert_int_equal(shape.transport[0], type);
	assert_int_equal(shape.transport[1], code);
	memcpy(&got, shape.transport + 4, sizeof(got));
	assert_int_equal(ntohl(got), word);
	return shape;
}

struct packet_shape lab_quote(const struct packet_shape *error)
{
	struct packet_shape shape;
	const char *wrong;

	assert_true(error->size >= 8);
	wrong = packet_check_quote(error->transport + 8, error->size - 8, &shape);
	if (wrong)
		fail_msg("expected a right quoted packet, got a wrong %s", wrong);
	return shape;
}
