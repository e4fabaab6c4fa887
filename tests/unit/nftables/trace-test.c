/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trace of nf_tables: its table as messages, events as the kernel sends them, packets and connections; no kernel, no root. */
#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/canon.h"
#include "nftables/connection.h"
#include "nftables/journey.h"
#include "nftables/trace.h"
#include "relay/conflict/packet.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const beginnings[] = {"ufw", NULL};
static const struct nftables_trace trace = {.table = "t", .mark = {1, 2, 3, 4, 5, 6, 7, 8}, .beginnings = beginnings};

/* An event of the packet with this id; verdict INT32_MIN: none. */
struct event {
	uint32_t id;
	const char *table, *chain;
	uint32_t type;
	int32_t verdict;
	const char *target; /* of a jump */
	uint64_t handle;
	bool marked;
};

static void take(struct nftables_walk *walk, const struct event *event)
{
	char buffer[1024] = {0};
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));
	uint8_t header[20] = {0};
	struct nlattr *nest;

	memcpy(header + NFTABLES_TRACE_TCP, trace.mark, NFTABLES_TRACE_MARK);
	message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE;
	fixed->nfgen_family = NFPROTO_INET;
	mnl_attr_put_u32(message, NFTA_TRACE_ID, htonl(event->id));
	mnl_attr_put_u32(message, NFTA_TRACE_TYPE, htonl(event->type));
	mnl_attr_put_strz(message, NFTA_TRACE_TABLE, event->table);
	mnl_attr_put_strz(message, NFTA_TRACE_CHAIN, event->chain);
	if (event->handle)
		mnl_attr_put_u64(message, NFTA_TRACE_RULE_HANDLE, htobe64(event->handle));
	if (event->type == NFT_TRACETYPE_POLICY) {
		mnl_attr_put_u32(message, NFTA_TRACE_POLICY, htonl((uint32_t)event->verdict));
	} else {
		nest = mnl_attr_nest_start(message, NFTA_TRACE_VERDICT);
		mnl_attr_put_u32(message, NFTA_VERDICT_CODE, htonl((uint32_t)event->verdict));
		if (event->target)
			mnl_attr_put_strz(message, NFTA_VERDICT_CHAIN, event->target);
		mnl_attr_nest_end(message, nest);
	}
	if (event->marked)
		mnl_attr_put(message, NFTA_TRACE_TRANSPORT_HEADER, sizeof(header), header);
	nftables_trace_read(&trace, walk, message);
}

static struct nftables_walk walk_of(const struct event *events, size_t count)
{
	struct nftables_walk walk = {.begun = false};

	for (size_t i = 0; i < count; i++)
		take(&walk, &events[i]);
	return walk;
}

#define WALK(...)                                                                                                      \
	walk_of((const struct event[]){__VA_ARGS__}, sizeof((const struct event[]){__VA_ARGS__}) / sizeof(struct event))
#define BEGIN                                                                                                          \
	{                                                                                                              \
		7, "t", "prerouting", NFT_TRACETYPE_RULE, NFT_CONTINUE, NULL, 1, true                                  \
	}
#define OWN(chain)                                                                                                     \
	{                                                                                                              \
		7, "t", chain, NFT_TRACETYPE_POLICY, NF_ACCEPT, NULL, 0, false                                         \
	}

static void test_a_rule_behind_a_jump_is_named_with_its_base_chain(void **state)
{
	struct nftables_walk walk = WALK(BEGIN, OWN("forward"),
					 {7, "filter", "FORWARD", NFT_TRACETYPE_RULE, NFT_JUMP, "ufw-before", 3, false},
					 {7, "filter", "ufw-before", NFT_TRACETYPE_RULE, NF_DROP, NULL, 9, false});

	(void)state;
	assert_true(walk.over);
	assert_int_equal(walk.fate, NFTABLES_DROPPED);
	assert_string_equal(walk.obstacle.table, "filter");
	assert_string_equal(walk.obstacle.base, "FORWARD");
	assert_string_equal(walk.obstacle.chain, "ufw-before");
	assert_int_equal(walk.obstacle.handle, 9);
	assert_int_equal(walk.obstacle.known, 1);
}

static void test_a_policy_has_no_handle(void **state)
{
	struct nftables_walk walk = WALK(BEGIN, OWN("forward"),
					 {7, "one", "a", NFT_TRACETYPE_RULE, NF_ACCEPT, NULL, 3, false},
					 {7, "site", "passing", NFT_TRACETYPE_RULE, NFT_CONTINUE, NULL, 4, false},
					 {7, "site", "passing", NFT_TRACETYPE_POLICY, NF_DROP, NULL, 0, false});

	(void)state;
	assert_int_equal(walk.fate, NFTABLES_DROPPED);
	assert_string_equal(walk.obstacle.table, "site");
	assert_string_equal(walk.obstacle.base, "passing");
	assert_int_equal(walk.obstacle.handle, 0);
}

static void test_a_drop_by_the_guard_is_nobodys_conflict(void **state)
{
	struct nftables_walk walk = WALK(BEGIN, OWN("forward"),
					 {7, "nat64-relay", "forward", NFT_TRACETYPE_RULE, NF_DROP, NULL, 3, false});

	(void)state;
	assert_int_equal(walk.fate, NFTABLES_OURS);
}

static void test_our_last_chain_ends_the_way(void **state)
{
	struct nftables_walk walk = WALK(BEGIN, OWN("prerouting-end"), OWN("postrouting"),
					 {7, "t", "postrouting-end", NFT_TRACETYPE_RULE, NF_DROP, NULL, 3, false});

	(void)state;
	assert_true(walk.over);
	assert_int_equal(walk.fate, NFTABLES_PASSES);
}

static void test_a_packet_is_lost_in_a_hook_or_between_two(void **state)
{
	struct nftables_walk inside = WALK(BEGIN, OWN("prerouting-end"), OWN("forward")),
			     between = WALK(BEGIN, OWN("prerouting-end"));

	(void)state;
	assert_false(inside.over || between.over);
	assert_true(inside.begun && inside.in_hook);
	assert_string_equal(inside.hook, "forward");
	assert_false(between.in_hook);
}

static void test_a_program_keeps_the_packet_until_it_goes_on(void **state)
{
	struct nftables_walk kept = WALK(BEGIN, OWN("forward"),
					 {7, "site", "a", NFT_TRACETYPE_RULE, NF_QUEUE | 7 << 16, NULL, 5, false});
	struct nftables_walk back = WALK(BEGIN, OWN("forward"),
					 {7, "site", "a", NFT_TRACETYPE_RULE, NF_QUEUE | 7 << 16, NULL, 5, false},
					 OWN("forward-end"));

	(void)state;
	assert_true(kept.kept);
	assert_int_equal(kept.obstacle.handle, 5);
	assert_false(back.kept);
}

static void test_other_packets_are_passed_over(void **state)
{
	struct nftables_walk walk = WALK({6, "site", "a", NFT_TRACETYPE_RULE, NF_DROP, NULL, 5, false}, BEGIN,
					 {6, "site", "a", NFT_TRACETYPE_RULE, NF_DROP, NULL, 5, false});

	(void)state;
	assert_true(walk.begun);
	assert_false(walk.over);
	assert_int_equal(walk.id, 7);
}

/* Eight chains; two rules, for TCP and UDP, trace at the first, and drop at the two last. */
static void test_the_table_matches_our_octets_alone(void **state)
{
	struct nftables_canon canon = {.table = "t"};
	struct nftables_batch batch;
	unsigned rules = 0, drops = 0;

	(void)state;
	nftables_trace_build(trace.table, trace.mark, &batch);
	assert_false(batch.failed);
	assert_int_equal(nftables_canon_add_batch(&canon, &batch), 0);
	for (size_t i = 0; i < canon.count; i++) {
		const char *text = canon.lines[i].text;

		if (!strstr(text, "[ payload load 7b @ transport header"))
			continue;
		rules++;
		drops += strstr(text, "drop") ? 1 : 0;
		assert_non_null(strstr(text, "cmp eq reg 1 0x04030201"));
	}
	assert_int_equal(rules, 6);
	assert_int_equal(drops, 4);
	nftables_canon_clear(&canon);
	nftables_batch_clear(&batch);
}

static uint16_t sum_of(uint32_t sum, const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i += 2)
		sum += (uint32_t)(data[i] << 8 | (i + 1 < length ? data[i + 1] : 0));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The sum over what a checksum covers, and itself, is 0xffff (RFC 1071). */
static void test_packets_have_right_checksums(void **state)
{
	struct relay_packet packet = {
		.protocol = IPPROTO_TCP, .source_port = 40000, .destination_port = 443, .mark = trace.mark};
	uint8_t buffer[RELAY_PACKET_ROOM];
	size_t length;

	(void)state;
	packet.source.family = packet.destination.family = AF_INET;
	inet_pton(AF_INET, "192.168.241.2", &packet.source.v4);
	inet_pton(AF_INET, "100.64.0.3", &packet.destination.v4);
	length = relay_packet_build(buffer, &packet);
	assert_int_equal(length, 40);
	assert_int_equal(sum_of(0, buffer, 20), 0xffff);
	assert_int_equal(sum_of(IPPROTO_TCP + 20, buffer + 12, length - 12), 0xffff);
	assert_memory_equal(buffer + 20 + NFTABLES_TRACE_TCP, trace.mark, NFTABLES_TRACE_MARK);
	packet.protocol = IPPROTO_UDP;
	packet.source.family = packet.destination.family = AF_INET6;
	inet_pton(AF_INET6, "fd7a:115c:a1e0::2", &packet.source.v6);
	inet_pton(AF_INET6, "fd7a:115c:a1e0::1", &packet.destination.v6);
	length = relay_packet_build(buffer, &packet);
	assert_int_equal(length, 56);
	assert_int_equal(sum_of(IPPROTO_UDP + 16, buffer + 8, length - 8), 0xffff);
	assert_memory_equal(buffer + 40 + NFTABLES_TRACE_UDP, trace.mark, NFTABLES_TRACE_MARK);
}

static void test_a_connection_fits_and_ends_by_itself(void **state)
{
	struct nftables_connection connection = {.client_port = 40000, .server_port = 443};
	char buffer[NFTABLES_CONNECTION_ROOM];
	struct nlmsghdr *message;

	(void)state;
	connection.client.family = connection.server.family = AF_INET6;
	message = nftables_connection_build(buffer, &connection);
	assert_true(message->nlmsg_len < sizeof(buffer));
	assert_true(mnl_nlmsg_ok(message, (int)sizeof(buffer)));
}

static void test_a_connection_is_read_back(void **state)
{
	struct nftables_connection connection = {.client_port = 40000, .server_port = 443};
	struct nftables_connection4 read = {0};
	char buffer[NFTABLES_CONNECTION_ROOM];
	struct nlmsghdr *message;

	(void)state;
	connection.client.family = connection.server.family = AF_INET;
	inet_pton(AF_INET, "192.168.240.1", &connection.client.v4);
	inet_pton(AF_INET, "100.64.0.3", &connection.server.v4);
	message = nftables_connection_build(buffer, &connection);
	assert_int_equal(nftables_connection_parse4(message, &read), 0);
	assert_int_equal(read.source.s_addr, connection.client.v4.s_addr);
	assert_int_equal(read.destination.s_addr, connection.server.v4.s_addr);
	assert_int_equal(read.protocol, IPPROTO_TCP);
	assert_int_equal(read.destination_port, 443);
	message->nlmsg_len = NLMSG_HDRLEN + sizeof(struct nfgenmsg) - 1;
	assert_int_equal(nftables_connection_parse4(message, &read), -1);
	connection.client.family = connection.server.family = AF_INET6;
	assert_int_equal(nftables_connection_parse4(nftables_connection_build(buffer, &connection), &read), -1);
}

/* The first event of a base chain of a packet of the journey: with headers. */
static void journey_read(struct nftables_journey *journey, uint32_t id, uint8_t version, uint8_t type, uint64_t now)
{
	char buffer[1024] = {0};
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));
	uint8_t network[40] = {0}, transport[20] = {type};

	network[0] = (uint8_t)(version << 4 | 5);
	network[version == 6 ? 23 : 15] = type; /* the last octet of the source */
	memcpy(transport + NFTABLES_TRACE_UDP, trace.mark, NFTABLES_TRACE_MARK);
	message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE;
	mnl_attr_put_u32(message, NFTA_TRACE_ID, htonl(id));
	mnl_attr_put_u32(message, NFTA_TRACE_TYPE, htonl(NFT_TRACETYPE_POLICY));
	mnl_attr_put_u32(message, NFTA_TRACE_POLICY, htonl(NF_ACCEPT));
	mnl_attr_put_strz(message, NFTA_TRACE_TABLE, "t");
	mnl_attr_put_strz(message, NFTA_TRACE_CHAIN, "prerouting");
	mnl_attr_put(message, NFTA_TRACE_NETWORK_HEADER, version == 6 ? 40 : 20, network);
	mnl_attr_put(message, NFTA_TRACE_TRANSPORT_HEADER, sizeof(transport), transport);
	nftables_journey_read(&trace, journey, message, now);
}

static void test_a_journey_has_four_packets(void **state)
{
	static const struct {
		uint8_t version, type;
	} legs[NFTABLES_LEGS] = {{6, 128}, {4, 8}, {4, 0}, {6, 129}};
	struct nftables_journey journey = {.sent_us = 1000};

	(void)state;
	journey_read(&journey, 1, 6, 135, 1001); /* another ICMPv6 message with our octets by chance */
	for (size_t i = 0; i < NFTABLES_LEGS; i++)
		assert_false(journey.legs[i].walk.begun);
	for (uint32_t i = 0; i < NFTABLES_LEGS; i++) {
		journey_read(&journey, 10 + i, legs[i].version, legs[i].type, 1002 + i);
		assert_int_equal(nftables_journey_fate(&journey, (enum nftables_leg)i), NFTABLES_LOST);
	}
	for (uint32_t i = 0; i < NFTABLES_LEGS; i++) {
		const struct nftables_passage *leg = &journey.legs[i];
		const uint8_t *source = (const uint8_t *)&leg->source.v6;

		assert_true(leg->walk.begun && !leg->walk.over);
		assert_int_equal(leg->walk.id, 10 + i);
		assert_int_equal(leg->first_us, 2 + i);
		assert_int_equal(leg->source.family, legs[i].version == 6 ? AF_INET6 : AF_INET);
		assert_int_equal(source[legs[i].version == 6 ? 15 : 3], legs[i].type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_journey_has_four_packets),
		cmocka_unit_test(test_a_rule_behind_a_jump_is_named_with_its_base_chain),
		cmocka_unit_test(test_a_policy_has_no_handle),
		cmocka_unit_test(test_a_drop_by_the_guard_is_nobodys_conflict),
		cmocka_unit_test(test_our_last_chain_ends_the_way),
		cmocka_unit_test(test_a_packet_is_lost_in_a_hook_or_between_two),
		cmocka_unit_test(test_a_program_keeps_the_packet_until_it_goes_on),
		cmocka_unit_test(test_other_packets_are_passed_over),
		cmocka_unit_test(test_the_table_matches_our_octets_alone),
		cmocka_unit_test(test_packets_have_right_checksums),
		cmocka_unit_test(test_a_connection_fits_and_ends_by_itself),
		cmocka_unit_test(test_a_connection_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
