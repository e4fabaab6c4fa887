/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a packet takes in the core, without any I/O: small and large, both ways.
 *
 * usage: translate-bench [ROW PACKETS]
 *
 * Nanoseconds of every row: each the best of many short rounds, so that a busy machine matters little. A packet is
 * copied into place before each call, as a read from the device would; what the copy alone takes is taken off.
 * With ROW, from 0 on, it is translated so many times and nothing is measured: tests/bench/instructions counts from outside.
 * Prints the row's name, or nothing behind the last one. */
#include "conf/settings.h"
#include "nat64/core/maps.h"
#include "nat64/core/translate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS  200
#define PACKETS 10000
#define HEADERS 128 /* octets that are copied into place: the core changes no further */
#define VNET    10

struct row {
	const char *name;
	int version;
	uint8_t protocol;
	uint32_t payload; /* octets behind the IP header */
	uint16_t segment;
	size_t maps; /* explicit maps of hosts; the client is the first one's */
};

static struct nat64_context context;
static struct nat64_maps maps;
static struct conf_settings settings;
static struct conf_nat64_prefix prefix;
static struct conf_split_domain domain;
static struct conf_prefix6 source;
static struct conf_prefix4 destination, denied;

static enum nat64_reason lease_of(void *unused, const struct in6_addr *client, unsigned index, bool assign,
				  struct in_addr *address)
{
	(void)unused;
	(void)client;
	(void)index;
	(void)assign;
	address->s_addr = htonl(0xc0a8f020);
	return NAT64_REASON_NONE;
}

static bool client_of(void *unused, struct in_addr address, struct in6_addr *client, unsigned *index)
{
	(void)unused;
	(void)address;
	*index = 0;
	*client = source.address;
	client->s6_addr[15] = 1;
	return true;
}

/* So many maps of a host each, the client's the first. */
static void setup_maps(size_t count)
{
	free(settings.translation.maps);
	settings.translation.maps = calloc(count + 1, sizeof(*settings.translation.maps));
	settings.translation.map_count = count;
	nat64_maps_clear(&maps);
	if (!settings.translation.maps)
		abort();
	for (size_t i = 0; i < count; i++) {
		struct conf_map *map = &settings.translation.maps[i];

		*map = (struct conf_map){.v4 = {{htonl(0xc0a8f020 + (uint32_t)i)}, 32}, .v6 = {source.address, 128}};
		map->v6.address.s6_addr32[3] = htonl((uint32_t)i + 1);
	}
	if (nat64_maps_init(&maps, &settings, (struct nat64_leases){lease_of, client_of, NULL}, NULL))
		abort();
}

static void setup(void) /* a relay, with one entry in each list */
{
	inet_pton(AF_INET6, "fd64::", &prefix.prefix.address);
	inet_pton(AF_INET6, "fd7a:115c:a1e0::", &source.address);
	prefix.prefix.length = 96;
	source.length = 48;
	destination = (struct conf_prefix4){{htonl(0x64400000)}, 10};
	denied = (struct conf_prefix4){{htonl(0x64646464)}, 32};
	settings = (struct conf_settings){
		.common.prefixes = &prefix,
		.common.prefix_count = 1,
		.translation.dynamic_pool = {{htonl(0xc0a8f000)}, 20},
		.translation.has_dynamic_pool = true,
		.translation.ipv4_address = {htonl(0xc0a8f001)},
		.dns.split_domains = &domain,
		.dns.split_domain_count = 1,
		.translation.allowed_sources.v6 = &source,
		.translation.allowed_sources.count6 = 1,
		.common.allowed_destinations.v4 = &destination,
		.common.allowed_destinations.count4 = 1,
		.common.denied_destinations.v4 = &denied,
		.common.denied_destinations.count4 = 1,
		.translation.offlink_mtu = 1280,
	};
	inet_pton(AF_INET6, "fd64::c0a8:f001", &settings.translation.ipv6_address);
	context.settings = &settings;
	context.maps = &maps;
	context.mtu = 65535;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_header_checksum(uint8_t *ip)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, (uint16_t) ~(sum + (sum >> 16)));
}

static size_t make_ip(uint8_t *ip, const struct row *row)
{
	struct in6_addr client = source.address, server;

	if (row->version == 6) {
		client.s6_addr[15] = 1;
		inet_pton(AF_INET6, "fd64::6465:6667", &server);
		ip[0] = 0x60;
		put16(ip + 4, row->payload);
		ip[6] = row->protocol;
		ip[7] = 64;
		memcpy(ip + 8, &client, 16);
		memcpy(ip + 24, &server, 16);
		return 40;
	}
	ip[0] = 0x45;
	put16(ip + 2, row->payload + 20);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = row->protocol;
	memcpy(ip + 12, (const uint8_t[8]){100, 101, 102, 103, 192, 168, 240, 32}, 8);
	put_header_checksum(ip);
	return 20;
}

static size_t make_frame(uint8_t *frame, const struct row *row)
{
	size_t header = make_ip(frame + VNET, row);
	uint8_t *transport = frame + VNET + header;
	uint16_t words[4] = {(uint16_t)(header + 20), row->segment, (uint16_t)header, 16};

	if (row->protocol == IPPROTO_ICMP || row->protocol == IPPROTO_ICMPV6) {
		transport[0] = row->protocol == IPPROTO_ICMP ? 8 : 128; /* an echo request */
		return VNET + header + row->payload;
	}
	put16(transport + (row->protocol == 6 ? 16 : 6), 0x1234);
	if (row->protocol == 6)
		transport[12] = 0x50;
	else
		put16(transport + 4, row->payload);
	if (row->segment) {
		frame[0] = 1;
		frame[1] = row->version == 6 ? 4 : 1;
		memcpy(frame + 2, words, sizeof(words));
	}
	return VNET + header + row->payload;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds a packet of one round; translate: false measures the copy alone. */
static double run(const uint8_t *model, size_t length, unsigned packets, bool translate)
{
	static _Alignas(64) uint8_t buffer[NAT64_HEADROOM + 6 + NAT64_FRAME_MAX];
	static struct nat64_result result;
	uint8_t *frame = buffer + NAT64_HEADROOM + 6;
	size_t copied = length < HEADERS ? length : HEADERS;
	double start = now();

	for (unsigned i = 0; i < packets; i++) {
		memcpy(frame, model, copied);
		__asm__ volatile("" ::"r"(frame) : "memory");
		if (!translate)
			continue;
		nat64_translate(&context, frame, length, &result);
		if (result.count == 0) {
			fprintf(stderr, "expected a translation, got %s\n", nat64_reason_name(result.reason));
			exit(1);
		}
	}
	return (now() - start) / packets;
}

static const struct row rows[] = {
	{"UDP 64 octets of IP payload, 6 to 4", 6, 17, 64, 0, 0},
	{"UDP 64 octets of IP payload, 4 to 6", 4, 17, 64, 0, 0},
	{"TCP 1220 octets of IP payload, 6 to 4", 6, 6, 1220, 0, 0},
	{"TCP 1220 octets of IP payload, 4 to 6", 4, 6, 1220, 0, 0},
	{"TCP super-packet 64 KiB, 6 to 4", 6, 6, 65000, 1220, 0},
	{"TCP super-packet 64 KiB, 4 to 6", 4, 6, 65000, 1220, 0},
	{"ICMP echo 64 octets, 6 to 4", 6, IPPROTO_ICMPV6, 64, 0, 0},
	{"ICMP echo 64 octets, 4 to 6", 4, IPPROTO_ICMP, 64, 0, 0},
	{"UDP 1400 octets cut in two, 4 to 6", 4, 17, 1400, 0, 0},
	{"UDP 64 octets, 1 map, 6 to 4", 6, 17, 64, 0, 1},
	{"UDP 64 octets, 1 map, 4 to 6", 4, 17, 64, 0, 1},
	{"UDP 64 octets, 10,000 maps, 6 to 4", 6, 17, 64, 0, 10000},
	{"UDP 64 octets, 10,000 maps, 4 to 6", 4, 17, 64, 0, 10000},
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static size_t make_model(uint8_t *model, const struct row *row)
{
	size_t length;

	setup_maps(row->maps);
	memset(model, 0, NAT64_FRAME_MAX);
	length = make_frame(model, row);
	if (row->version == 4 && row->payload == 1400) {
		model[VNET + 6] = 0; /* without DF */
		model[VNET + 10] = model[VNET + 11] = 0;
		put_header_checksum(model + VNET);
	}
	return length;
}

static void measure_all(void)
{
	static uint8_t model[NAT64_FRAME_MAX];

	for (size_t i = 0; i < ROWS; i++) {
		size_t length = make_model(model, &rows[i]);
		double best = 1e9, copy = 1e9, took;

		for (unsigned round = 0; round < ROUNDS; round++) {
			took = run(model, length, PACKETS, false);
			copy = took < copy ? took : copy;
			took = run(model, length, PACKETS, true);
			best = took < best ? took : best;
		}
		printf("%-38s %6.1f ns\n", rows[i].name, best - copy);
	}
}

int main(int count, char **words)
{
	static uint8_t model[NAT64_FRAME_MAX];
	size_t row = count == 3 ? strtoul(words[1], NULL, 10) : 0;

	setup();
	if (count != 3) {
		measure_all();
		return 0;
	}
	if (row < ROWS) {
		run(model, make_model(model, &rows[row]), (unsigned)strtoul(words[2], NULL, 10), true);
		puts(rows[row].name);
	}
	return 0;
}
