/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections that conntrack is made to forget. The kernel is played here, at libmnl's sockets: no root. */
#include "conf/prefix.h"
#include "conf/report.h"
#include "nftables/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const servers[] = {"10.192.0.3", "10.191.0.3", "10.192.0.4", "10.192.0.5"};
enum { SERVERS = sizeof(servers) / sizeof(servers[0]), GONE = 2 /* ends by itself meanwhile */ };

static struct kernel {
	unsigned opened, open, deleted;
	struct nlmsghdr request; /* the last one */
	char server[INET_ADDRSTRLEN];
} kernel;

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	assert_true(bus == NETLINK_NETFILTER && flags == SOCK_CLOEXEC);
	kernel.opened++;
	kernel.open++;
	return (struct mnl_socket *)&kernel;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned groups, pid_t pid)
{
	assert_true(socket && groups == 0 && pid == MNL_SOCKET_AUTOPID);
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *socket)
{
	assert_non_null(socket);
	return -1;
}

unsigned mnl_socket_get_portid(const struct mnl_socket *socket)
{
	assert_non_null(socket);
	return 7;
}

int mnl_socket_close(struct mnl_socket *socket)
{
	assert_non_null(socket);
	kernel.open--;
	return 0;
}

static const struct nlattr *within(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	fail_msg("no attribute %u", type);
	return NULL;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *octets, size_t length)
{
	const struct nlmsghdr *request = octets;
	const struct nlattr *tuple = mnl_nlmsg_get_payload_offset(request, sizeof(struct nfgenmsg));

	assert_true(socket && length == request->nlmsg_len);
	kernel.request = *request;
	if ((request->nlmsg_type & 0xff) == IPCTNL_MSG_CT_DELETE)
		inet_ntop(AF_INET, mnl_attr_get_payload(within(within(tuple, CTA_TUPLE_IP), CTA_IP_V4_DST)),
			  kernel.server, sizeof(kernel.server));
	return (ssize_t)length;
}

static size_t connection_put(char *place, const char *server)
{
	struct nlmsghdr *message = nftables_connection_request(place, AF_INET, IPCTNL_MSG_CT_NEW,
							       NLM_F_MULTI & ~NLM_F_REQUEST);
	struct nlattr *tuple = mnl_attr_nest_start(message, CTA_TUPLE_ORIG),
		      *addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
	struct in_addr address;

	inet_pton(AF_INET, "100.64.0.2", &address);
	mnl_attr_put_u32(message, CTA_IP_V4_SRC, address.s_addr);
	inet_pton(AF_INET, server, &address);
	mnl_attr_put_u32(message, CTA_IP_V4_DST, address.s_addr);
	mnl_attr_nest_end(message, addresses);
	mnl_attr_nest_end(message, tuple);
	message->nlmsg_pid = 7;
	return message->nlmsg_len;
}

static size_t end_put(char *place, uint16_t type, int error)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(place);
	struct nlmsgerr *content = mnl_nlmsg_put_extra_header(message, sizeof(*content));

	message->nlmsg_type = type;
	message->nlmsg_seq = 1;
	message->nlmsg_pid = 7;
	content->error = error;
	content->msg = kernel.request;
	return message->nlmsg_len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *octets, size_t size)
{
	size_t length = 0;
	bool is_gone = strcmp(kernel.server, servers[GONE]) == 0;

	assert_true(socket && size >= SERVERS * 200);
	memset(octets, 0, SERVERS * 200);
	if ((kernel.request.nlmsg_type & 0xff) == IPCTNL_MSG_CT_DELETE) {
		kernel.deleted += !is_gone;
		return (ssize_t)end_put(octets, NLMSG_ERROR, is_gone ? -ENOENT : 0);
	}
	for (size_t i = 0; i < SERVERS; i++)
		length += connection_put((char *)octets + length, servers[i]);
	return (ssize_t)(length + end_put((char *)octets + length, NLMSG_DONE, 0));
}

static void connections_end_by_one_socket(void **state)
{
	struct conf_report report = {0};
	struct conf_prefix twin;

	(void)state;
	assert_int_equal(conf_prefix_parse("10.192.0.0/10", &twin), 0);
	assert_int_equal(nftables_connections_end(&twin, &report), 3);
	assert_int_equal(report.count, 0);
	assert_int_equal(kernel.deleted, 2);
	assert_int_equal(kernel.opened, 1);
	assert_int_equal(kernel.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_end_by_one_socket),
	};

	return cmocka_run_group_tests_name("nftables/connection", tests, NULL, NULL);
}
