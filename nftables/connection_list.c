/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dump by ctnetlink. Of each connection only the original direction is read: CTA_TUPLE_ORIG, in it CTA_TUPLE_IP and CTA_TUPLE_PROTO. */
#include "nftables/connection_list.h"

#include "kernel/netlink.h"
#include "nftables/connection.h"
#include "nftables/transport.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

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
