/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program in the kernel gives the packet core's answer, octet by octet but for the IPv4 identification, to every plain packet; and leaves every other
 * packet to nat64d as it is. Random packets, and each kind that is not plain, between endpoints that the program knows.
 *
 * usage: plain-test [SEED]; NAT64_PACKETS in the environment: how many random packets in each direction
 */
#include <setjmp.h>
#include <stdarg.h>

#include "odd-packets.h"
#include "ways.h"

#include "nat64/core/rules.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PACKETS 20000
#define SIZES   500 /* packets between two changes of the MTU */
#define LEASE   5   /* of the pool: any */

static unsigned long seed = 6146, packets = PACKETS;
static struct ways *ways;

/* The endpoints of make_ends(), in both directions. */
static void learn(struct lab *lab)
{
	for (int is6 = 0; is6 < 2; is6++) {
		make_ends(lab, is6, IPPROTO_UDP);
		put_udp(lab, 1, 2, 3);
		seal(lab);
		ways_learn(ways, lab);
	}
}

/* What is random of a packet, as far as it decides about the way. */
struct facts {
	bool is6, dont_fragment, right_header;
	unsigned protocol, hop_limit, segment, transport_header;
};

static size_t pick_size(void)
{
	static const unsigned near[] = {1200, 1232, 1240, 1260, 1280, 1420, 1460, 1480, 1500, 8972, 9000};

	switch (below(8)) {
	case 0:
		return below(3);
	case 1:
		return below(9000);
	case 2:
	case 3:
		return near[below(sizeof(near) / sizeof(*near))] - below(70);
	case 4:
		return below(16) ? below(1500) : below(65000);
	default:
		return below(200);
	}
}

static void put_tcp_options(struct lab *lab, size_t data)
{
	unsigned words = 5 + below(11);
	uint8_t header[60];

	for (size_t i = 0; i < sizeof(header); i++)
		header[i] = (uint8_t)below(256);
	header[12] = (uint8_t)(words << 4 | below(16));
	put(lab, header, words * 4);
	put_pattern(lab, data);
}

/* A transport with random contents, checksums right, wrong or partial. */
static void put_transport(struct lab *lab, struct facts *facts)
{
	size_t at = lab->length, size = pick_size();
	bool super = !below(8) &&
		     (facts->protocol == IPPROTO_TCP || (facts->protocol == IPPROTO_UDP && ways_cut_datagrams(ways)));

	if (super)
		size = 3000 + below(58000);
	if (facts->protocol == IPPROTO_TCP)
		put_tcp_options(lab, size);
	else if (facts->protocol == IPPROTO_UDP)
		put_udp(lab, below(65536), below(65536), size);
	else {
		put_icmp(lab, facts->is6 ? 128 + below(2) : below(2) * 8, 0, (uint32_t)random());
		put_pattern(lab, size);
	}
	facts->transport_header = facts->protocol == IPPROTO_TCP ? (lab->packet[at + 12] >> 4) * 4U : 8;
	if (size > 4)
		memset(lab->packet + lab->length - 4, (int)below(256), 1 + below(3));
	if (super) {
		facts->segment = facts->protocol == IPPROTO_TCP ? 500 + below(1400) : 1000 + below(300);
		seal_partial(lab, (uint16_t)facts->segment);
	} else if (facts->protocol != IPPROTO_ICMP && !below(3))
		seal_partial(lab, 0);
	else
		seal(lab);
}

static void make_random(struct lab *lab, struct facts *facts)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP};

	facts->protocol = protocols[below(3)];
	facts->segment = 0;
	facts->hop_limit = below(8) ? 2 + below(254) : below(4);
	facts->dont_fragment = below(2);
	facts->right_header = facts->is6 || below(16);
	make_ends(lab, facts->is6, facts->protocol);
	put_transport(lab, facts);
	if (facts->is6) {
		uint32_t flow = htonl(6U << 28 | ((unsigned)random() & 0xfffffff));

		memcpy(lab->packet, &flow, sizeof(flow));
		lab->packet[7] = (uint8_t)facts->hop_limit;
		return;
	}
	lab->packet[1] = (uint8_t)below(256);
	lab->packet[4] = (uint8_t)below(256);
	lab->packet[6] = facts->dont_fragment ? 0x40 : 0;
	lab->packet[8] = (uint8_t)facts->hop_limit;
	seal_ipv4(lab);
	if (!facts->right_header)
		lab->packet[10 + below(2)] ^= (uint8_t)(1 + below(255));
}

/* Plain, by what nat64d(8) says of it. */
static bool is_plain(const struct lab *lab, const struct facts *facts)
{
	unsigned mtu = lab->context.mtu, offlink = lab->settings.translation.offlink_mtu;
	size_t payload = lab->length - (facts->is6 ? 40 : 20),
	       longest = facts->segment ? facts->segment + facts->transport_header : payload;

	if (facts->hop_limit < 2 || !facts->right_header)
		return false;
	if (facts->is6)
		return true;
	return 40 + longest <= (facts->dont_fragment || mtu < offlink ? mtu : offlink);
}

static void change_sizes(struct lab *lab)
{
	static const unsigned mtus[] = {1280, 1400, 1500, 9000, 65535}, offlinks[] = {1280, 1300, 1500};

	lab->context.mtu = mtus[below(5)];
	lab->settings.translation.offlink_mtu = offlinks[below(3)];
	ways_change(ways, lab);
	learn(lab);
}

static void random_packets(bool is6)
{
	struct lab *lab = lab_open();
	struct facts facts = {.is6 = is6};
	unsigned plain = 0, sent = 0;

	for (unsigned long i = 0; i < packets; i++) {
		enum way way;

		if (i % SIZES == 0)
			change_sizes(lab);
		make_random(lab, &facts);
		way = is_plain(lab, &facts) ? WAY_KERNEL : WAY_DEVICE;
		plain += way == WAY_KERNEL;
		if (ways_try(ways, lab) != way)
			fail_msg("packet %lu of seed %lu: protocol %u, hop limit %u, %zu octets, segments of %u: not by the %s",
				 i, seed, facts.protocol, facts.hop_limit, lab->length, facts.segment,
				 way == WAY_KERNEL ? "kernel" : "device");
		sent++;
	}
	printf("# %u of %u packets are plain\n", plain, sent);
	assert_true(plain > packets / 3 && plain < packets);
	lab_close(lab);
}

static void random_packets_to_ipv4(void **state)
{
	(void)state;
	random_packets(true);
}

static void random_packets_to_ipv6(void **state)
{
	(void)state;
	random_packets(false);
}

static void odd_packets_are_left_to_nat64d(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	ways_change(ways, lab);
	learn(lab);
	for (size_t kind = 0; kind < ODD_KINDS; kind++)
		for (unsigned i = 0; i < 200; i++) {
			odd_kinds[kind].make(lab, i % 2);
			if (ways_try(ways, lab) != WAY_DEVICE)
				fail_msg("seed %lu: %s in IPv%d was not left to nat64d", seed, odd_kinds[kind].name,
					 i % 2 ? 6 : 4);
			make_whole(lab, i % 2, IPPROTO_UDP);
			seal(lab);
			assert_int_equal(ways_try(ways, lab), WAY_KERNEL);
		}
	lab_close(lab);
}

/* Any octet of the headers is another one: what the program translates at all, it translates as the core does. */
static void damaged_packets_are_no_exception(void **state)
{
	struct lab *lab = lab_open();
	struct facts facts;
	unsigned translated = 0;

	(void)state;
	ways_change(ways, lab);
	learn(lab);
	for (unsigned long i = 0; i < packets; i++) {
		unsigned changes = 1 + below(3);

		facts.is6 = below(2);
		make_random(lab, &facts);
		while (changes--)
			lab->packet[below(lab->length < 80 ? (unsigned)lab->length : 80)] = (uint8_t)below(256);
		if (below(4))
			seal_ipv4(lab);
		translated += ways_try(ways, lab) == WAY_KERNEL;
	}
	assert_true(translated > packets / 20);
	lab_close(lab);
}

static enum way try_plain(struct lab *lab, bool is6)
{
	make_whole(lab, is6, IPPROTO_TCP);
	seal(lab);
	return ways_try(ways, lab);
}

static void learn_by(struct lab *lab, bool is6, const struct plain_rule *rule)
{
	make_whole(lab, is6, IPPROTO_TCP);
	seal(lab);
	ways_learn_by(ways, lab, rule);
}

/* What the program has counted for a lease, in all stripes. */
static uint64_t carried_of(const struct nat64_leases_shared *leases, uint32_t lease)
{
	uint64_t octets = 0;

	for (unsigned i = 0; i < leases->stripes; i++) {
		const struct plain_use *use = &leases->uses[i * leases->count + lease];

		octets += use->out_bytes + use->in_bytes;
		assert_true(!use->out_bytes == !use->out_packets && !use->in_bytes == !use->in_packets);
		assert_true(use->last_used || !(use->out_packets + use->in_packets));
	}
	return octets;
}

/* A lease that has ended, other settings, a closed path: nothing that was known holds. */
static void what_is_outdated_is_left_to_nat64d(void **state)
{
	struct lab *lab = lab_open();
	struct nat64_leases_shared leases = fastpath_leases(ways_fastpath(ways));
	struct plain_lease *lease = &leases.entries[LEASE];

	(void)state;
	ways_change(ways, lab);
	for (int is6 = 0; is6 < 2; is6++) {
		struct plain_rule rule = {.out = is6 ? LEASE : PLAIN_NO_LEASE, .in = is6 ? PLAIN_NO_LEASE : LEASE};
		uint64_t carried = carried_of(&leases, LEASE);

		rule.out_generation = rule.in_generation = lease->generation;
		assert_int_equal(try_plain(lab, is6), WAY_DEVICE);
		learn_by(lab, is6, &rule);
		assert_int_equal(try_plain(lab, is6), WAY_KERNEL);
		assert_int_equal(carried_of(&leases, LEASE) - carried, (is6 ? 40 : 20) + 32 + 30);
		lease->generation++;
		assert_int_equal(try_plain(lab, is6), WAY_DEVICE);
		rule.out_generation = rule.in_generation = lease->generation;
		learn_by(lab, is6, &rule);
		assert_int_equal(try_plain(lab, is6), WAY_KERNEL);
		ways_change(ways, lab);
		assert_int_equal(try_plain(lab, is6), WAY_DEVICE);
		learn(lab);
		assert_int_equal(try_plain(lab, is6), WAY_KERNEL);
		fastpath_pause(ways_fastpath(ways));
		assert_int_equal(try_plain(lab, is6), WAY_DEVICE);
		ways_change(ways, lab);
	}
	lab_close(lab);
}

/* bpf(2) itself: this test is compiled without libbpf too, and skipped. 0, or -1. */
static int bpf_call(unsigned command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

/* The descriptor of one of the program's maps, which this process has opened. */
static uint32_t map_find(const char *name)
{
	for (uint32_t descriptor = 0; descriptor < 1024; descriptor++) {
		struct bpf_map_info info = {0};
		union bpf_attr asked = {
			.info = {.bpf_fd = descriptor, .info_len = sizeof(info), .info = (uint64_t)(uintptr_t)&info}};

		if (!bpf_call(BPF_OBJ_GET_INFO_BY_FD, &asked) && !strcmp(info.name, name))
			return descriptor;
	}
	fail_msg("no map %s", name);
	return 0;
}

/* What a command on an element wants; other: its value, or the key behind it. */
static int element_call(unsigned command, uint32_t map, const void *key, void *other)
{
	union bpf_attr attributes = {.map_fd = map, .key = (uint64_t)(uintptr_t)key, .value = (uint64_t)(uintptr_t)other};

	return bpf_call(command, &attributes);
}

/* As when its place goes to another pair under the program's eyes: an octet of a pair's value is another one's, or all of it. */
static void what_belongs_to_others_is_left_to_nat64d(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	ways_change(ways, lab);
	learn(lab);
	for (int is6 = 0; is6 < 2; is6++) {
		uint32_t map = map_find(is6 ? "pairs6" : "pairs4");
		size_t size = is6 ? sizeof(struct plain_to4) : sizeof(struct plain_to6), end = is6 ? 40 : 20;
		uint8_t key[sizeof(struct plain_endpoints6)], value[sizeof(struct plain_to4) + sizeof(struct plain_to6)];

		make_whole(lab, is6, IPPROTO_TCP);
		memcpy(key, lab->packet + (is6 ? 8 : 12), is6 ? 32 : 8);
		assert_int_equal(element_call(BPF_MAP_LOOKUP_ELEM, map, key, value), 0);
		for (size_t at = 0; at < size; at++) {
			value[at] ^= 1;
			assert_int_equal(element_call(BPF_MAP_UPDATE_ELEM, map, key, value), 0);
			assert_int_equal(try_plain(lab, is6), WAY_DEVICE);
			value[at] ^= 1;
		}
		assert_int_equal(element_call(BPF_MAP_UPDATE_ELEM, map, key, value), 0);
		assert_int_equal(try_plain(lab, is6), WAY_KERNEL);
		key[is6 ? 31 : 7] ^= 1;
		assert_int_equal(element_call(BPF_MAP_UPDATE_ELEM, map, key, value), 0);
		make_whole(lab, is6, IPPROTO_TCP);
		lab->packet[end - 1] ^= 1;
		seal(lab);
		assert_int_equal(ways_try(ways, lab), WAY_DEVICE);
	}
	lab_close(lab);
}

/* Every packet that came back was counted, and none failed halfway. */
static void all_are_counted(void **state)
{
	struct lab *lab = lab_open();
	struct fastpath_counts counts;

	(void)state;
	fastpath_count(ways_fastpath(ways), &counts);
	assert_int_equal(counts.failures, 0);
	assert_int_equal(counts.to4.packets + counts.to6.packets, ways_count(ways).kernel);
	printf("# %u packets by the kernel, %u by the device\n", ways_count(ways).kernel, ways_count(ways).device);
	lab_close(lab);
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_packets_to_ipv4),
		cmocka_unit_test(random_packets_to_ipv6),
		cmocka_unit_test(odd_packets_are_left_to_nat64d),
		cmocka_unit_test(damaged_packets_are_no_exception),
		cmocka_unit_test(what_is_outdated_is_left_to_nat64d),
		cmocka_unit_test(what_belongs_to_others_is_left_to_nat64d),
		cmocka_unit_test(all_are_counted),
	};
	char reason[200];
	int failed;

	if (count > 1)
		seed = strtoul(words[1], NULL, 10);
	if (getenv("NAT64_PACKETS"))
		packets = strtoul(getenv("NAT64_PACKETS"), NULL, 10);
	printf("# seed %lu, %lu packets\n", seed, packets);
	srandom((unsigned)seed);
	ways = ways_open(reason, sizeof(reason));
	if (!ways) {
		printf("1..0 # SKIP no fast path here: %s\n", reason);
		return EXIT_SUCCESS;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ways_close(ways);
	return failed;
}
