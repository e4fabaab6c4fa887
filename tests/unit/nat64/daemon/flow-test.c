/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64/daemon/flow.c: both directions of a flow have one queue, flows are spread, what shows no ports has the first one. */
#include "nat64/daemon/flow.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define OTHER 77

struct datagram {
	struct ip ip;
	uint16_t ports[2];
};

static struct datagram datagram(uint8_t protocol, uint32_t source, uint32_t target, uint16_t from, uint16_t to)
{
	return (struct datagram){
		.ip = {.ip_v = 4, .ip_hl = 5, .ip_p = protocol, .ip_src.s_addr = htonl(source), .ip_dst.s_addr = htonl(target)},
		.ports = {htons(from), htons(to)},
	};
}

static unsigned queue_of(const struct datagram *datagram, unsigned count)
{
	return nat64d_flow_queue((const uint8_t *)datagram, sizeof(*datagram), count, OTHER);
}

static void both_directions_agree(void **state)
{
	(void)state;
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP};
	for (unsigned i = 0; i < 3000; i++) {
		uint8_t protocol = protocols[i % 3];
		struct datagram out = datagram(protocol, 0xc0a8f003 + i, 0x64400003, (uint16_t)(30000 + i), 443);
		struct datagram back = datagram(protocol, 0x64400003, 0xc0a8f003 + i, 443, (uint16_t)(30000 + i));
		assert_int_equal(queue_of(&out, 7), queue_of(&back, 7));
		assert_in_range(queue_of(&out, 7), 0, 6);
	}
}

/* A thousand connections to one port, and a thousand between equal ports: no queue of four stays below half of its share. */
static void flows_are_spread(void **state)
{
	(void)state;
	unsigned connections[4] = {0}, equals[4] = {0};
	for (uint16_t i = 0; i < 1000; i++) {
		struct datagram connection = datagram(IPPROTO_TCP, 0xc0a8f003, 0x64400003, 32768 + i, 443);
		struct datagram equal = datagram(IPPROTO_UDP, 0xc0a8f003, 0x64400003, 1000 + i, 1000 + i);
		connections[queue_of(&connection, 4)]++;
		equals[queue_of(&equal, 4)]++;
	}
	for (unsigned queue = 0; queue < 4; queue++) {
		assert_in_range(connections[queue], 125, 500);
		assert_in_range(equals[queue], 125, 500);
	}
}

/* Only the first fragment shows its ports, so none counts them. */
static void fragments_stay_together(void **state)
{
	(void)state;
	for (uint16_t port = 1; port < 100; port++) {
		struct datagram first = datagram(IPPROTO_UDP, 1, 2, port, 53),
				later = datagram(IPPROTO_UDP, 1, 2, 9999, port);
		first.ip.ip_off = htons(IP_MF);
		later.ip.ip_off = htons(185);
		assert_int_equal(queue_of(&first, 64), 0);
		assert_int_equal(queue_of(&later, 64), 0);
	}
}

static void others_stay_where_they_are(void **state)
{
	(void)state;
	struct datagram tcp = datagram(IPPROTO_TCP, 1, 2, 3, 4);
	const uint8_t *octets = (const uint8_t *)&tcp;
	uint8_t six[40] = {0x60};
	assert_int_equal(nat64d_flow_queue(six, sizeof(six), 4, OTHER), OTHER);
	for (size_t length = 0; length < sizeof(tcp.ip); length++)
		assert_int_equal(nat64d_flow_queue(octets, length, 4, OTHER), OTHER);
	for (size_t length = sizeof(tcp.ip); length < sizeof(tcp); length++) /* ports cut off */
		assert_int_equal(nat64d_flow_queue(octets, length, 4, OTHER), 0);
	tcp.ip.ip_hl = 15; /* options that are not there */
	assert_int_equal(queue_of(&tcp, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_agree),
		cmocka_unit_test(flows_are_spread),
		cmocka_unit_test(fragments_stay_together),
		cmocka_unit_test(others_stay_where_they_are),
	};
	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
