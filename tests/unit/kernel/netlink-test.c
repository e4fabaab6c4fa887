/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel: messages built and read back, the lists of /proc/net; no root, no network. */
#include "conf/report.h"
#include "kernel/address.h"
#include "kernel/link.h"
#include "kernel/listeners.h"
#include "kernel/netlink.h"
#include "kernel/route.h"
#include "kernel/rule.h"
#include "kernel/tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* An attribute that no kernel of today sends: readers skip it. */
#define UNKNOWN_ATTRIBUTE 0x3ff0

static struct conf_prefix to(const char *text)
{
	struct conf_prefix destination;

	assert_int_equal(conf_prefix_parse(text, &destination), 0);
	return destination;
}

static void test_routes_come_back_as_they_were_built(void **state)
{
	static const char *const prefixes[] = {"192.168.240.0/20", "fd64:9929::/96", "0.0.0.0/0", "::/0", "192.0.2.1/32"};
	char buffer[KERNEL_NETLINK_ROOM] = "", text[CONF_PREFIX_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		const struct kernel_route built = {.to = to(prefixes[i]),
						   .table = 1052,
						   .type = RTN_UNICAST,
						   .protocol = KERNEL_PROTOCOL,
						   .metric = 7,
						   .mtu = 1380,
						   .index = 3,
						   .source.s_addr = htonl(0xc0a8f002)};
		struct nlmsghdr *message = kernel_route_build(buffer, RTM_NEWROUTE, &built);
		struct kernel_route read;

		assert_true(message->nlmsg_flags & NLM_F_EXCL);
		mnl_attr_put_u32(message, UNKNOWN_ATTRIBUTE, 1);
		assert_int_equal(kernel_route_parse(message, &read), 0);
		assert_string_equal(conf_prefix_print(&read.to, text), prefixes[i]);
		assert_int_equal(read.table, built.table);
		assert_int_equal(read.type, built.type);
		assert_int_equal(read.protocol, built.protocol);
		assert_int_equal(read.metric, built.metric);
		assert_int_equal(read.mtu, built.mtu);
		assert_int_equal(read.index, built.index);
		assert_int_equal(read.source.s_addr, built.source.s_addr);
	}
}

/* The first hop of a multipath route is its device. */
static void test_a_multipath_route_has_a_device(void **state)
{
	char buffer[KERNEL_NETLINK_ROOM] = "";
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));
	const struct rtnexthop hops[2] = {{.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = 5},
					  {.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = 6}};
	struct kernel_route route;

	(void)state;
	message->nlmsg_type = RTM_NEWROUTE;
	fixed->rtm_family = AF_INET;
	mnl_attr_put(message, RTA_MULTIPATH, sizeof(hops), hops);
	assert_int_equal(kernel_route_parse(message, &route), 0);
	assert_int_equal(route.index, 5);
}

static void test_rules_come_back_as_they_were_built(void **state)
{
	static const char *const prefixes[] = {"192.168.240.0/20", "fd64:9929::/96"};
	char buffer[KERNEL_NETLINK_ROOM] = "", text[CONF_PREFIX_TEXT];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct kernel_rule built = {.to = to(prefixes[i]),
						  .table = RT_TABLE_MAIN,
						  .priority = KERNEL_RULE_PRIORITY,
						  .protocol = KERNEL_PROTOCOL,
						  .plain = true};
		struct nlmsghdr *message = kernel_rule_build(buffer, RTM_NEWRULE, &built);
		struct kernel_rule read;

		mnl_attr_put_u32(message, FRA_SUPPRESS_PREFIXLEN, UINT32_MAX); /* as the kernel lists it */
		assert_int_equal(kernel_rule_parse(message, &read), 0);
		assert_string_equal(conf_prefix_print(&read.to, text), prefixes[i]);
		assert_int_equal(read.table, built.table);
		assert_int_equal(read.priority, built.priority);
		assert_int_equal(read.protocol, built.protocol);
		assert_true(read.plain);
		assert_int_equal(read.mark, 0);
		mnl_attr_put_u32(message, FRA_FWMARK, 0x80000);
		assert_int_equal(kernel_rule_parse(message, &read), 0);
		assert_false(read.plain);
	}
}

/* "fwmark 0x7/0xff", and "not fwmark 0x7/0xff", which is for all packets but these. */
static void test_a_rule_for_a_mark(void **state)
{
	const struct kernel_rule built = {.to = to("10.0.0.0/8"), .table = 100, .priority = 5199};
	char buffer[KERNEL_NETLINK_ROOM] = "";
	struct nlmsghdr *message = kernel_rule_build(buffer, RTM_NEWRULE, &built);
	struct fib_rule_hdr *fixed = mnl_nlmsg_get_payload(message);
	struct kernel_rule read;

	(void)state;
	mnl_attr_put_u32(message, FRA_FWMARK, 0x7);
	mnl_attr_put_u32(message, FRA_FWMASK, 0xff);
	assert_int_equal(kernel_rule_parse(message, &read), 0);
	assert_int_equal(read.mark, 0x7);
	assert_int_equal(read.mask, 0xff);
	fixed->flags |= FIB_RULE_INVERT;
	assert_int_equal(kernel_rule_parse(message, &read), 0);
	assert_int_equal(read.mark, 0);
	assert_false(read.plain);
}

static void test_addresses_come_back_as_they_were_built(void **state)
{
	char buffer[KERNEL_NETLINK_ROOM] = "";
	struct kernel_address built = {.address.family = AF_INET, .length = 32, .protocol = KERNEL_PROTOCOL, .index = 4},
			      read;
	struct nlmsghdr *message;

	(void)state;
	inet_pton(AF_INET, "192.168.240.2", &built.address.v4);
	message = kernel_address_build(buffer, RTM_NEWADDR, &built);
	assert_int_equal(kernel_address_parse(message, &read), 0);
	assert_int_equal(read.address.v4.s_addr, built.address.v4.s_addr);
	assert_int_equal(read.length, 32);
	assert_int_equal(read.protocol, KERNEL_PROTOCOL);
	assert_int_equal(read.index, 4);
	built.address.family = AF_INET6;
	inet_pton(AF_INET6, "fd7a:115c:a1e0::1", &built.address.v6);
	message = kernel_address_build(buffer, RTM_NEWADDR, &built);
	assert_int_equal(kernel_address_parse(message, &read), 0);
	assert_memory_equal(&read.address.v6, &built.address.v6, sizeof(built.address.v6));
}

/* A message as the kernel lists a TUN device. */
static struct nlmsghdr *tun_message(char *buffer, uint8_t type, uint8_t queues, uint8_t header)
{
	struct nlmsghdr *message = kernel_link_build(buffer, 9, 65535);
	struct nlattr *info, *data;

	mnl_attr_put_strz(message, IFLA_IFNAME, "nat64");
	mnl_attr_put_u32(message, UNKNOWN_ATTRIBUTE, 1);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "tun");
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	mnl_attr_put_u8(message, IFLA_TUN_TYPE, type);
	mnl_attr_put_u8(message, IFLA_TUN_PI, 0);
	mnl_attr_put_u8(message, IFLA_TUN_VNET_HDR, header);
	mnl_attr_put_u8(message, IFLA_TUN_MULTI_QUEUE, queues);
	mnl_attr_put_u8(message, IFLA_TUN_PERSIST, 1);
	mnl_attr_put_u32(message, IFLA_TUN_OWNER, 990);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, info);
	return message;
}

static void test_links_are_told_apart(void **state)
{
	static const struct {
		uint8_t type, queues, header;
		int result;
	} cases[] = {{1, 1, 1, 0}, {2, 1, 1, -1}, {1, 0, 1, -1}, {1, 1, 0, -1}};
	char buffer[KERNEL_NETLINK_ROOM] = "";
	struct kernel_link link;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf_report report = {0};

		assert_int_equal(
			kernel_link_parse(tun_message(buffer, cases[i].type, cases[i].queues, cases[i].header), &link), 0);
		assert_string_equal(link.name, "nat64");
		assert_int_equal(link.index, 9);
		assert_int_equal(link.mtu, 65535);
		assert_int_equal(kernel_tun_check(&link, &report), cases[i].result);
		assert_int_equal(report.count, cases[i].result ? 1 : 0);
		assert_true(kernel_tun_is_ready(&link, 990));
		assert_false(kernel_tun_is_ready(&link, 991));
		conf_report_clear(&report);
	}
}

static void test_messages_of_another_type_are_refused(void **state)
{
	char buffer[KERNEL_NETLINK_ROOM] = "";
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct kernel_address address;
	struct kernel_route route;
	struct kernel_rule rule;
	struct kernel_link link;

	(void)state;
	message->nlmsg_type = NLMSG_NOOP;
	assert_int_equal(kernel_route_parse(message, &route), -1);
	assert_int_equal(kernel_rule_parse(message, &rule), -1);
	assert_int_equal(kernel_address_parse(message, &address), -1);
	assert_int_equal(kernel_link_parse(message, &link), -1);
	message->nlmsg_type = RTM_NEWROUTE; /* the right type, and cut short */
	assert_int_equal(kernel_route_parse(message, &route), -1);
}

/* Attributes of a wrong size are not taken. */
static void test_values_have_their_size(void **state)
{
	char buffer[KERNEL_NETLINK_ROOM] = "", text[4];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	uint32_t value = 7;

	(void)state;
	mnl_attr_put_u8(message, 1, 9);
	mnl_attr_put_str(message, 2, "longer than that");
	assert_false(kernel_netlink_value(kernel_netlink_attribute(message, 0, 1), &value, sizeof(value)));
	assert_int_equal(value, 7);
	assert_null(kernel_netlink_attribute(message, 0, 3));
	kernel_netlink_text(kernel_netlink_attribute(message, 0, 2), text, sizeof(text));
	assert_string_equal(text, "lon");
}

/* --- /proc/net --- */

struct sample {
	const char *line;
	int family;
	bool tcp;
	int result;
	unsigned port;
	const char *address;
	unsigned long inode;
};

/* The kernel writes each word of an address as a number of its machine; the samples are of a little endian one. */
static void line_as_here(const char *sample, char *line, size_t size)
{
	char *at;

	snprintf(line, size, "%s", sample);
	if (htonl(1) != 1)
		return;
	at = strstr(line, ": ");
	for (at = at ? at + 2 : line; strspn(at, "0123456789ABCDEF") >= 8; at += 8)
		for (unsigned i = 0; i < 4; i += 2) {
			char octet[2] = {at[i], at[i + 1]};

			memcpy(at + i, at + 6 - i, sizeof(octet));
			memcpy(at + 6 - i, octet, sizeof(octet));
		}
}

static void test_listeners_are_read(void **state)
{
	static const struct sample samples[] = {
		{"   0: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   102        0 21234 1 0 100 0 0 10 0",
		 AF_INET, true, 1, 53, "127.0.0.53", 21234},
		{"   1: 0100007F:0035 0100007F:D1F2 01 00000000:00000000 00:00000000 00000000     0        0 4711 1 0",
		 AF_INET, true, 0, 53, "127.0.0.1", 4711},
		{" 1234: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   102        0 99 2 0 0",
		 AF_INET, false, 1, 53, "0.0.0.0", 99},
		{"   9: 0100007F:0035 0100007F:0001 01 00000000:00000000 00:00000000 00000000   102        0 98 2 0 0",
		 AF_INET, false, 0, 53, "127.0.0.1", 98},
		{"   3: 5C117AFD0000E0A10000000001000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 77 2 0 0",
		 AF_INET6, false, 1, 53, "fd7a:115c:a1e0::1", 77},
		{"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
		 AF_INET, true, -1, 0, NULL, 0},
		{"", AF_INET, true, -1, 0, NULL, 0},
		{"   0: 3500007F:0035", AF_INET, true, -1, 0, NULL, 0},
		{"   0: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   102        0 21234",
		 AF_INET6, true, -1, 0, NULL, 0},
	};
	struct kernel_listener listener;

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *sample = &samples[i];
		char text[INET6_ADDRSTRLEN], line[256];
		int result;

		line_as_here(sample->line, line, sizeof(line));
		result = kernel_listener_parse(line, sample->family, sample->tcp, &listener);

		if (result != sample->result)
			fail_msg("expected %d, got %d for: %s", sample->result, result, sample->line);
		if (result < 0)
			continue;
		assert_int_equal(listener.port, sample->port);
		assert_int_equal(listener.inode, sample->inode);
		assert_int_equal(listener.tcp, sample->tcp);
		assert_string_equal(inet_ntop(sample->family, &listener.address.v4, text, sizeof(text)), sample->address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routes_come_back_as_they_were_built),
		cmocka_unit_test(test_a_multipath_route_has_a_device),
		cmocka_unit_test(test_rules_come_back_as_they_were_built),
		cmocka_unit_test(test_a_rule_for_a_mark),
		cmocka_unit_test(test_addresses_come_back_as_they_were_built),
		cmocka_unit_test(test_links_are_told_apart),
		cmocka_unit_test(test_messages_of_another_type_are_refused),
		cmocka_unit_test(test_values_have_their_size),
		cmocka_unit_test(test_listeners_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
