/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dump by ctnetlink. Of each connection only the original direction is read: CTA_TUPLE_ORIG, in it CTA_TUPLE_IP and CTA_TUPLE_PROTO. */
#include "nftables/connection_list.h"

#include "nftables/transport.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

struct walk {
	nftables_connection_visitor *visit;
	void *context;
};

/* The attribute of a type within a nest, of at least size octets; NULL: there is none. */
static const struct nlattr *attribute_find(const struct nlattr *nest, uint16_t type, size_t size)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
		if (mnl_attr_get_type(attribute) == type)
			return mnl_attr_get_payload_len(attribute) >= size ? attribute : NULL;
	return NULL;
}

static int tuple_parse(const struct nlattr *tuple, struct nftables_connection4 *connection)
{
	const struct nlattr *addresses = attribute_find(tuple, CTA_TUPLE_IP, 0),
			    *protocol = attribute_find(tuple, CTA_TUPLE_PROTO, 0);
	const struct nlattr *source = addresses ? attribute_find(addresses, CTA_IP_V4_SRC, sizeof(struct in_addr)) : NULL;
	const struct nlattr *destination = addresses ? attribute_find(addresses, CTA_IP_V4_DST, sizeof(struct in_addr)) :
						       NULL;
	const struct nlattr *number = protocol ? attribute_find(protocol, CTA_PROTO_NUM, 1) : NULL;
	const struct nlattr *port = protocol ? attribute_find(protocol, CTA_PROTO_DST_PORT, sizeof(uint16_t)) : NULL;

	if (!source || !destination || !number)
		return -1;
	connection->source.s_addr = mnl_attr_get_u32(source);
	connection->destination.s_addr = mnl_attr_get_u32(destination);
	connection->protocol = mnl_attr_get_u8(number);
	connection->destination_port = port ? ntohs(mnl_attr_get_u16(port)) : 0;
	return 0;
}

int nftables_connection_parse4(const struct nlmsghdr *message, struct nftables_connection4 *connection)
{
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
		return -1;
	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attribute) == CTA_TUPLE_ORIG)
			return tuple_parse(attribute, connection);
	return -1;
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
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *fixed = mnl_nlmsg_put_extra_header(request, sizeof(*fixed));

	request->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = 1;
	fixed->nfgen_family = AF_INET;
	fixed->version = NFNETLINK_V0;
	return nftables_transport_ask(request, message_visit, &walk, report);
}
