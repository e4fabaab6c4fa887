/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conditions as nf_tables expressions, in the shapes that nft(8) itself makes, so that it lists them as a person would write
 * them. Each condition loads into register 1 and compares; nothing is kept from one to the next.
 */
#include "nftables/match.h"

#include "conf/http.h"
#include "conf/settings.h"
#include "nftables/expression.h"
#include "nftables/meter.h"
#include "nftables/ruleset.h"
#include "nftables/sets.h"
#include "nftables/verdict.h"

#include <stdio.h> /* libnftnl/expr.h forgets it */
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>

static void load_conntrack(struct nftables_maker *maker, enum nft_ct_keys key)
{
	struct nftnl_expr *ct = nftables_expression_add(maker, "ct");

	if (ct) {
		nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_KEY, key);
		nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	}
}

static void load_payload(struct nftables_maker *maker, enum nft_payload_bases base, size_t offset, size_t length)
{
	struct nftnl_expr *payload = nftables_expression_add(maker, "payload");

	if (payload) {
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, base);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, (uint32_t)offset);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, (uint32_t)length);
	}
}

static void compare(struct nftables_maker *maker, enum nft_cmp_ops operation, const void *data, size_t length)
{
	struct nftnl_expr *cmp = nftables_expression_add(maker, "cmp");

	if (cmp) {
		nftnl_expr_set_u32(cmp, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
		nftnl_expr_set_u32(cmp, NFTNL_EXPR_CMP_OP, operation);
		nftnl_expr_set(cmp, NFTNL_EXPR_CMP_DATA, data, (uint32_t)length);
	}
}

static void compare_octet(struct nftables_maker *maker, enum nft_cmp_ops operation, uint8_t value)
{
	compare(maker, operation, &value, sizeof(value));
}

/* How a condition without a set is put: by whom, and with what. */
struct shape {
	void (*put)(struct nftables_maker *maker, const struct shape *shape);
	uint32_t what; /* a key, a family, a protocol, states */
	enum nft_cmp_ops operation;
	uint32_t value; /* enum link; an ICMP type */
};

enum link { LOOPBACK, DEVICE, OVERLAY, LAN };

static const char *link_name(enum link link, const struct conf_settings *settings)
{
	return link == DEVICE  ? settings->translation.tun_device :
	       link == OVERLAY ? settings->node.overlay_interface :
	       link == LAN     ? settings->node.lan_interface :
				 "lo";
}

/* The name, all 16 octets: `iifname "nat64"` is not `iifname "nat64*"`. */
static void match_link(struct nftables_maker *maker, const struct shape *shape)
{
	const char *name = link_name((enum link)shape->value, maker->settings);
	char padded[IF_NAMESIZE] = "";

	memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
	nftables_expression_load_meta(maker, (enum nft_meta_keys)shape->what);
	compare(maker, shape->operation, padded, sizeof(padded));
}

static void family_require(struct nftables_maker *maker, uint8_t family)
{
	nftables_expression_load_meta(maker, NFT_META_NFPROTO);
	compare_octet(maker, NFT_CMP_EQ, family);
}

static void protocol_require(struct nftables_maker *maker, uint8_t protocol)
{
	nftables_expression_load_meta(maker, NFT_META_L4PROTO);
	compare_octet(maker, NFT_CMP_EQ, protocol);
}

static void match_family(struct nftables_maker *maker, const struct shape *shape)
{
	family_require(maker, (uint8_t)shape->what);
}

static void match_icmp(struct nftables_maker *maker, const struct shape *shape)
{
	family_require(maker, shape->what == IPPROTO_ICMP ? NFPROTO_IPV4 : NFPROTO_IPV6);
	protocol_require(maker, (uint8_t)shape->what);
	load_payload(maker, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct icmphdr, type), sizeof(uint8_t));
	compare_octet(maker, shape->operation, (uint8_t)shape->value);
}

static void match_state(struct nftables_maker *maker, const struct shape *shape)
{
	const uint32_t none = 0;

	load_conntrack(maker, NFT_CT_STATE);
	nftables_expression_mask(maker, &shape->what, sizeof(shape->what));
	compare(maker, NFT_CMP_NEQ, &none, sizeof(none));
}

static void match_reply(struct nftables_maker *maker, const struct shape *shape)
{
	(void)shape;
	load_conntrack(maker, NFT_CT_DIRECTION);
	compare_octet(maker, NFT_CMP_EQ, IP_CT_DIR_REPLY);
}

static void match_mark(struct nftables_maker *maker, const struct shape *shape)
{
	const uint32_t none = 0;

	nftables_expression_load_meta(maker, NFT_META_MARK);
	nftables_expression_mask(maker, &shape->what, sizeof(shape->what));
	compare(maker, NFT_CMP_NEQ, &none, sizeof(none));
}

/* ff00::/8 */
static void match_multicast6(struct nftables_maker *maker, const struct shape *shape)
{
	(void)shape;
	family_require(maker, NFPROTO_IPV6);
	load_payload(maker, NFT_PAYLOAD_NETWORK_HEADER, offsetof(struct ip6_hdr, ip6_dst), 1);
	compare_octet(maker, NFT_CMP_EQ, 0xff);
}

static void load_address_of(struct nftables_maker *maker, int family, enum nftables_place place)
{
	size_t source = family == AF_INET ? offsetof(struct iphdr, saddr) : offsetof(struct ip6_hdr, ip6_src);
	size_t destination = family == AF_INET ? offsetof(struct iphdr, daddr) : offsetof(struct ip6_hdr, ip6_dst);
	size_t size = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	struct nftnl_expr *ct;

	if (place != NFTABLES_ORIGINAL) {
		family_require(maker, family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
		load_payload(maker, NFT_PAYLOAD_NETWORK_HEADER, place == NFTABLES_SOURCE ? source : destination, size);
		return;
	}
	ct = nftables_expression_add(maker, "ct");
	if (ct) {
		nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_KEY, family == AF_INET ? NFT_CT_DST_IP : NFT_CT_DST_IP6);
		nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_DREG, NFT_REG_1);
		nftnl_expr_set_u8(ct, NFTNL_EXPR_CT_DIR, IP_CT_DIR_ORIGINAL);
	}
}

/* `ip daddr @denied`; a condition without a set is always true. */
static void match_set(struct nftables_maker *maker, enum nftables_condition condition)
{
	enum nftables_place place;
	const struct nftables_set *set = nftables_set_of(condition, &place);
	struct nftnl_expr *lookup;

	if (!set)
		return;
	load_address_of(maker, set->family, place);
	lookup = nftables_expression_add(maker, "lookup");
	if (lookup) {
		nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
		nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_FLAGS, 0); /* the kernel lists them always */
		if (nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, set->name) < 0)
			maker->failed = true;
	}
}

/* `exthdr frag exists` */
static void match_fragment6(struct nftables_maker *maker, const struct shape *shape)
{
	struct nftnl_expr *header = nftables_expression_add(maker, "exthdr");

	(void)shape;
	if (header) {
		nftnl_expr_set_u32(header, NFTNL_EXPR_EXTHDR_DREG, NFT_REG_1);
		nftnl_expr_set_u8(header, NFTNL_EXPR_EXTHDR_TYPE, IPPROTO_FRAGMENT);
		nftnl_expr_set_u32(header, NFTNL_EXPR_EXTHDR_OFFSET, 0);
		nftnl_expr_set_u32(header, NFTNL_EXPR_EXTHDR_LEN, 1);
		nftnl_expr_set_u32(header, NFTNL_EXPR_EXTHDR_OP, NFT_EXTHDR_OP_IPV6);
		nftnl_expr_set_u32(header, NFTNL_EXPR_EXTHDR_FLAGS, NFT_EXTHDR_F_PRESENT);
	}
	compare_octet(maker, NFT_CMP_EQ, 1);
}

/* TCP, and neither the beginning of a connection, which alone has no ACK, nor a reset */
static void match_tcp_underway(struct nftables_maker *maker, const struct shape *shape)
{
	const uint8_t mask = TH_ACK | TH_RST, wanted = TH_ACK;

	(void)shape;
	protocol_require(maker, IPPROTO_TCP);
	load_payload(maker, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct tcphdr, th_flags), sizeof(mask));
	nftables_expression_mask(maker, &mask, sizeof(mask));
	compare_octet(maker, NFT_CMP_EQ, wanted);
}

/* The port of the page. */
static void match_tcp_http(struct nftables_maker *maker, const struct shape *shape)
{
	const uint16_t wanted = htons((uint16_t)conf_served_port(maker->settings));

	(void)shape;
	protocol_require(maker, IPPROTO_TCP);
	load_payload(maker, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct tcphdr, th_dport), sizeof(wanted));
	compare(maker, NFT_CMP_EQ, &wanted, sizeof(wanted));
}

/* What is asked of a socket does not matter: a packet that has none ends the rule. Compared it is because nft(8) lists no load alone. */
static void match_socket(struct nftables_maker *maker, const struct shape *shape)
{
	struct nftnl_expr *socket = nftables_expression_add(maker, "socket");

	(void)shape;
	if (socket) {
		nftnl_expr_set_u32(socket, NFTNL_EXPR_SOCKET_KEY, NFT_SOCKET_TRANSPARENT);
		nftnl_expr_set_u32(socket, NFTNL_EXPR_SOCKET_DREG, NFT_REG_1);
	}
	compare_octet(maker, NFT_CMP_GTE, 0);
}

/* Those that are no look-up in a set and no meter; a condition of the settings alone is nothing to put. */
static const struct shape shapes[] = {
	[FROM_DEVICE] = {match_link, NFT_META_IIFNAME, NFT_CMP_EQ, DEVICE},
	[FROM_LOOPBACK] = {match_link, NFT_META_IIFNAME, NFT_CMP_EQ, LOOPBACK},
	[FROM_OVERLAY] = {match_link, NFT_META_IIFNAME, NFT_CMP_EQ, OVERLAY},
	[NOT_FROM_OVERLAY] = {match_link, NFT_META_IIFNAME, NFT_CMP_NEQ, OVERLAY},
	[NOT_FROM_LAN] = {match_link, NFT_META_IIFNAME, NFT_CMP_NEQ, LAN},
	[TO_DEVICE] = {match_link, NFT_META_OIFNAME, NFT_CMP_EQ, DEVICE},
	[NOT_TO_DEVICE] = {match_link, NFT_META_OIFNAME, NFT_CMP_NEQ, DEVICE},
	[TO_OVERLAY] = {match_link, NFT_META_OIFNAME, NFT_CMP_EQ, OVERLAY},
	[NOT_TO_LAN] = {match_link, NFT_META_OIFNAME, NFT_CMP_NEQ, LAN},
	[NOT_TO_LOOPBACK] = {match_link, NFT_META_OIFNAME, NFT_CMP_NEQ, LOOPBACK},
	[IPV4] = {match_family, NFPROTO_IPV4},
	[ERROR_UNREACHABLE] = {match_icmp, IPPROTO_ICMP, NFT_CMP_EQ, ICMP_DEST_UNREACH},
	[ERROR_TIME_EXCEEDED] = {match_icmp, IPPROTO_ICMP, NFT_CMP_EQ, ICMP_TIME_EXCEEDED},
	[ERROR_PARAMETER] = {match_icmp, IPPROTO_ICMP, NFT_CMP_EQ, ICMP_PARAMETERPROB},
	[ERROR_ICMPV6] = {match_icmp, IPPROTO_ICMPV6, NFT_CMP_LT, ICMP6_ECHO_REQUEST}, /* RFC 4443 section 2.1 */
	[ESTABLISHED_OR_RELATED] = {match_state, NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED)},
	[INVALID] = {match_state, NF_CT_STATE_INVALID_BIT},
	[UNKNOWN_TO_CONNTRACK] = {match_state, NF_CT_STATE_BIT(IP_CT_NEW) | NF_CT_STATE_INVALID_BIT},
	[REPLY_DIRECTION] = {match_reply},
	[MARKED] = {match_mark, NFTABLES_TAILSCALE_MARK},
	[DESTINATION_MULTICAST6] = {match_multicast6},
	[FRAGMENT6] = {match_fragment6},
	[TCP_UNDERWAY] = {match_tcp_underway},
	[TCP_HTTP] = {match_tcp_http},
	[OF_A_SOCKET] = {match_socket},
};

static void condition_put(struct nftables_maker *maker, enum nftables_condition condition)
{
	const struct nftables_meter *meter = nftables_meter_of(condition);

	if (meter)
		maker->failed = maker->failed || !nftables_meter_fill(maker->rule, meter, maker->settings);
	else if (condition < sizeof(shapes) / sizeof(shapes[0]) && shapes[condition].put)
		shapes[condition].put(maker, &shapes[condition]);
	else
		match_set(maker, condition);
}

static bool setting_holds(enum nftables_condition condition, const struct conf_settings *settings)
{
	const struct nftables_meter *meter = nftables_meter_of(condition);

	switch (condition) {
	case WHEN_ANY_SOURCE:
		return settings->translation.allowed_sources.count6 == 0;
	case WHEN_ANY_SOURCE4:
		return settings->common.has_twin && settings->translation.allowed_sources.count4 == 0;
	case WHEN_ANY_DESTINATION:
		return settings->common.allowed_destinations.count4 == 0;
	case WHEN_ERRORS_ARE_VETTED:
		return conf_settings_vets_errors(settings);
	case NOT_FROM_LAN:
	case NOT_TO_LAN:
		return settings->node.lan_interface;
	case WHEN_MAPS:
		return settings->translation.map_count > 0;
	case WHEN_OVERLAY_ONLY:
		return nftables_overlay_only(settings);
	case WHEN_NOT_OVERLAY_ONLY:
		return !nftables_overlay_only(settings);
	default:
		return !meter || nftables_meter_limit(meter, settings) > 0;
	}
}

bool nftables_rule_applies(const struct nftables_rule *wanted, const struct conf_settings *settings)
{
	const struct nftables_set *set;
	enum nftables_place place;

	for (size_t i = 0; i < NFTABLES_CONDITIONS; i++) {
		if (!setting_holds(wanted->conditions[i], settings))
			return false;
		set = nftables_set_of(wanted->conditions[i], &place);
		if (set && nftables_set_is_empty(set, settings))
			return false;
	}
	return true;
}

bool nftables_rule_fill(struct nftnl_rule *rule, const struct nftables_rule *wanted, const struct conf_settings *settings)
{
	struct nftables_maker maker = {rule, settings, false};

	for (size_t i = 0; i < NFTABLES_CONDITIONS; i++)
		condition_put(&maker, wanted->conditions[i]);
	nftables_verdict_put(&maker, wanted);
	return !maker.failed;
}
