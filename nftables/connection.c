/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections of conntrack, by ctnetlink.
 *
 * One is made so that a packet can be traced as an answer without a question that leaves. Its end is fixed (IPS_FIXED_TIMEOUT), and nobody has to take it
 * away.
 *
 * Others are forgotten: a rule that moves addresses is asked by the first packet of a connection alone, and what it has decided holds for as long as the
 * connection does, also when the rule is gone.
 *
 * All are listed by a dump. Of each only the original direction is read: CTA_TUPLE_ORIG, in it CTA_TUPLE_IP and CTA_TUPLE_PROTO.
 */
#include "nftables/connection.h"

#include "conf/prefix.h"
#include "conf/report.h"
#include "kernel/netlink.h"
#include "nftables/transport.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void address_put(struct nlmsghdr *message, uint16_t type4, uint16_t type6, const struct conf_address *address)
{
	if (address->family == AF_INET)
		mnl_attr_put_u32(message, type4, address->v4.s_addr);
	else
		mnl_attr_put(message, type6, sizeof(address->v6), &address->v6);
}

static void tuple_put(struct nlmsghdr *message, uint16_t type, const struct nftables_connection *from)
{
	struct nlattr *tuple = mnl_attr_nest_start(message, type), *inner = mnl_attr_nest_start(message, CTA_TUPLE_IP);

	address_put(message, CTA_IP_V4_SRC, CTA_IP_V6_SRC, &from->client);
	address_put(message, CTA_IP_V4_DST, CTA_IP_V6_DST, &from->server);
	mnl_attr_nest_end(message, inner);
	inner = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(message, CTA_PROTO_NUM, IPPROTO_TCP);
	mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(from->client_port));
	mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(from->server_port));
	mnl_attr_nest_end(message, inner);
	mnl_attr_nest_end(message, tuple);
}

/* Any sequence number is right. */
static void tcp_put(struct nlmsghdr *message)
{
	const struct nf_ct_tcp_flags liberal = {IP_CT_TCP_FLAG_BE_LIBERAL, IP_CT_TCP_FLAG_BE_LIBERAL};
	struct nlattr *info = mnl_attr_nest_start(message, CTA_PROTOINFO),
		      *tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);

	mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
	mnl_attr_put(message, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof(liberal), &liberal);
	mnl_attr_put(message, CTA_PROTOINFO_TCP_FLAGS_REPLY, sizeof(liberal), &liberal);
	mnl_attr_nest_end(message, tcp);
	mnl_attr_nest_end(message, info);
}

struct nlmsghdr *nftables_connection_request(void *buffer, uint8_t family, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));

	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = 1;
	fixed->nfgen_family = family;
	fixed->version = NFNETLINK_V0;
	return message;
}

struct nlmsghdr *nftables_connection_build(void *buffer, const struct nftables_connection *connection)
{
	const struct nftables_connection reply = {connection->server, connection->client, connection->server_port,
						  connection->client_port};
	struct nlmsghdr *message = nftables_connection_request(memset(buffer, 0, NFTABLES_CONNECTION_ROOM),
							       (uint8_t)connection->client.family, IPCTNL_MSG_CT_NEW,
							       NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);

	tuple_put(message, CTA_TUPLE_ORIG, connection);
	tuple_put(message, CTA_TUPLE_REPLY, &reply);
	mnl_attr_put_u32(message, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT));
	mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(NFTABLES_CONNECTION_SECONDS));
	tcp_put(message);
	return message;
}

int nftables_connection_add(const struct nftables_connection *connection, struct conf_report *report)
{
	char buffer[NFTABLES_CONNECTION_ROOM];

	return nftables_transport_ask(nftables_connection_build(buffer, connection), NULL, NULL, report) == 0 ? 0 : -1;
}

/* The connections to be forgotten: a request for each, of NFTABLES_CONNECTION_ROOM octets. */
struct ending {
	struct conf_prefix to;
	char *requests;
	size_t count;
	bool failed;
};

static bool is_to(const struct nlattr *tuple, const struct conf_prefix *to)
{
	bool is_ipv4 = to->family == AF_INET;
	const struct nlattr *addresses = tuple ? kernel_netlink_nested(tuple, CTA_TUPLE_IP) : NULL;
	const struct nlattr *server = addresses ?
					      kernel_netlink_nested(addresses, is_ipv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST) :
					      NULL;
	struct conf_address address = {.family = to->family};
	struct conf_prefix host;

	if (!server || !kernel_netlink_value(server, &address.v4, conf_address_size(to->family)))
		return false;
	host = conf_prefix_of_host(&address);
	return conf_prefix_covers(to, &host);
}

static int connection_note(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *tuple = kernel_netlink_attribute(message, sizeof(struct nfgenmsg), CTA_TUPLE_ORIG);
	const struct nlattr *zone = kernel_netlink_attribute(message, sizeof(struct nfgenmsg), CTA_ZONE);
	struct ending *ending = context;
	struct nlmsghdr *request;
	char *requests;

	if (!is_to(tuple, &ending->to) || mnl_attr_get_payload_len(tuple) > NFTABLES_CONNECTION_ROOM / 2)
		return MNL_CB_OK;
	requests = realloc(ending->requests, (ending->count + 1) * NFTABLES_CONNECTION_ROOM);
	ending->failed |= !requests;
	if (!requests)
		return MNL_CB_OK;
	ending->requests = requests;
	request = nftables_connection_request(
		memset(requests + ending->count++ * NFTABLES_CONNECTION_ROOM, 0, NFTABLES_CONNECTION_ROOM),
		(uint8_t)ending->to.family, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
	mnl_attr_put(request, CTA_TUPLE_ORIG | NLA_F_NESTED, mnl_attr_get_payload_len(tuple), mnl_attr_get_payload(tuple));
	if (zone)
		mnl_attr_put(request, CTA_ZONE, mnl_attr_get_payload_len(zone), mnl_attr_get_payload(zone));
	return MNL_CB_OK;
}

static int endings_find(const struct mnl_socket *socket, struct ending *ending, struct conf_report *report)
{
	char buffer[NFTABLES_CONNECTION_ROOM] = {0};
	const struct nlmsghdr *list = nftables_connection_request(buffer, (uint8_t)ending->to.family, IPCTNL_MSG_CT_GET,
								  NLM_F_DUMP);

	return nftables_transport_ask_by(socket, list, connection_note, ending, report);
}

int nftables_connections_end(const struct conf_prefix *to, struct conf_report *report)
{
	struct mnl_socket *socket = nftables_transport_open(report);
	struct ending ending = {.to = *to};
	int result = socket ? endings_find(socket, &ending, report) : -1;

	for (size_t i = 0; i < ending.count; i++) /* one that has ended meanwhile is not there: just as well */
		nftables_transport_ask_by(socket, (struct nlmsghdr *)(ending.requests + i * NFTABLES_CONNECTION_ROOM),
					  NULL, NULL, CONF_REPORT_DISCARD);
	free(ending.requests);
	if (socket)
		mnl_socket_close(socket);
	if (ending.failed)
		conf_report_add(report, "out of memory");
	return result < 0 || ending.failed ? -1 : (int)ending.count;
}

struct walk {
	nftables_connection_visitor *visit;
	void *context;
};

static int tuple_parse(const struct nlattr *tuple, struct nftables_connection4 *connection)
{
	const struct nlattr *addresses = kernel_netlink_nested(tuple, CTA_TUPLE_IP),
			    *protocol = kernel_netlink_nested(tuple, CTA_TUPLE_PROTO);
	uint16_t port = 0;

	if (!kernel_netlink_value(kernel_netlink_nested(addresses, CTA_IP_V4_SRC), &connection->source,
				  sizeof(connection->source)) ||
	    !kernel_netlink_value(kernel_netlink_nested(addresses, CTA_IP_V4_DST), &connection->destination,
				  sizeof(connection->destination)) ||
	    !kernel_netlink_value(kernel_netlink_nested(protocol, CTA_PROTO_NUM), &connection->protocol,
				  sizeof(connection->protocol)))
		return -1;
	kernel_netlink_value(kernel_netlink_nested(protocol, CTA_PROTO_DST_PORT), &port, sizeof(port));
	connection->destination_port = ntohs(port);
	return 0;
}

int nftables_connection_parse4(const struct nlmsghdr *message, struct nftables_connection4 *connection)
{
	const struct nlattr *tuple = kernel_netlink_attribute(message, sizeof(struct nfgenmsg), CTA_TUPLE_ORIG);

	return mnl_nlmsg_get_payload_len(message) >= sizeof(struct nfgenmsg) && tuple ? tuple_parse(tuple, connection) :
											-1;
}

static int message_visit(const struct nlmsghdr *message, void *context)
{
	const struct walk *walk = context;
	struct nftables_connection4 connection;

	if (nftables_connection_parse4(message, &connection) == 0)
		walk->visit(walk->context, &connection);
	return MNL_CB_OK;
}

int nftables_connection_walk4(nftables_connection_visitor *visit, void *context, struct conf_report *report)
{
	struct walk walk = {visit, context};
	char buffer[MNL_ALIGN(sizeof(struct nlmsghdr)) + MNL_ALIGN(sizeof(struct nfgenmsg))] = {0};

	return nftables_transport_ask(nftables_connection_request(buffer, AF_INET, IPCTNL_MSG_CT_GET, NLM_F_DUMP),
				      message_visit, &walk, report);
}
