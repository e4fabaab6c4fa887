/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conditions and verdicts as nf_tables expressions, in the shapes that nft(8) itself makes, so that it lists them as a
 * person would write them. Each condition loads into register 1 and compares; nothing is kept from one to the next.
 */
#include "nftables/match.h"

#include "conf/served.h"
#include "conf/settings.h"
#include "nftables/meter.h"
#include "nftables/ruleset.h"
#include "nftables/sets.h"

#include <stdio.h> /* libnftnl/expr.h forgets it */
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>

/* The bits of the packet mark that belong to Tailscale: 0x40000 under this mask says "came from the tailnet". */
#define TAILSCALE_MARK_MASK UINT32_C(0x00ff0000)

/* A rule that takes expressions until memory runs out. */
struct maker {
	struct nftnl_rule *rule;
	bool failed;
};

/* A new expression at the end of the rule; NULL when out of memory. */
static struct nftnl_expr *expression(struct maker *maker, const char *name)
{
	struct nftnl_expr *made = maker->failed ? NULL : nftnl_expr_alloc(name);

	if (made)
		nftnl_rule_add_expr(maker->rule, made);
	else
		maker->failed = true;
	return made;
}

static void load_meta(struct maker *maker, enum nft_meta_keys key)
{
	struct nftnl_expr *meta = expression(maker, "meta");

	if (meta) {
		nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
		nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, NFT_REG_1);
	}
}

static void load_conntrack(struct maker *maker, enum nft_ct_keys key)
{
	struct nftnl_expr *ct = expression(maker, "ct");

	if (ct) {
		nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_KEY, key);
		nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	}
}

static void load_payload(struct maker *maker, enum nft_payload_bases base, size_t offset, size_t length)
{
	struct nftnl_expr *payload = expression(maker, "payload");

	if (payload) {
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, base);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, (uint32_t)offset);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, (uint32_t)length);
	}
}

/* Register 1 becomes register 1 and mask. */
static void mask_bits(struct maker *maker, const void *mask, size_t length)
{
	static const uint8_t zero[sizeof(struct in6_addr)];
	struct nftnl_expr *bitwise = expression(maker, "bitwise");

	if (bitwise) {
		nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
		nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
		nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_LEN, (uint32_t)length);
		nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_MASK, mask, (uint32_t)length);
		nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_XOR, zero, (uint32_t)length);
	}
}

static void compare(struct maker *maker, enum nft_cmp_ops operation, const void *data, size_t length)
{
	struct nftnl_expr *cmp = expression(maker, "cmp");

	if (cmp) {
		nftnl_expr_set_u32(cmp, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
		nftnl_expr_set_u32(cmp, NFTNL_EXPR_CMP_OP, operation);
		nftnl_expr_set(cmp, NFTNL_EXPR_CMP_DATA, data, (uint32_t)length);
	}
}

static void compare_octet(struct maker *maker, enum nft_cmp_ops operation, uint8_t value)
{
	compare(maker, operation, &value, sizeof(value));
}

/* The name, all 16 octets: `iifname "nat64"` is not `iifname "nat64*"`. */
static void match_link(struct maker *maker, enum nft_meta_keys key, enum nft_cmp_ops operation, const char *name)
{
	char padded[IF_NAMESIZE] = "";

	memcpy(padded, name, strnlen(name, sizeof(padded) - 1));
	load_meta(maker, key);
	compare(maker, operation, padded, sizeof(padded));
}

static void match_family(struct maker *maker, uint8_t family)
{
	load_meta(maker, NFT_META_NFPROTO);
	compare_octet(maker, NFT_CMP_EQ, family);
}

static void match_icmp(struct maker *maker, uint8_t protocol, enum nft_cmp_ops operation, uint8_t type)
{
	match_family(maker, protocol == IPPROTO_ICMP ? NFPROTO_IPV4 : NFPROTO_IPV6);
	load_meta(maker, NFT_META_L4PROTO);
	compare_octet(maker, NFT_CMP_EQ, protocol);
	load_payload(maker, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct icmphdr, type), sizeof(type));
	compare_octet(maker, operation, type);
}

static void match_state(struct maker *maker, uint32_t states)
{
	const uint32_t none = 0;

	load_conntrack(maker, NFT_CT_STATE);
	mask_bits(maker, &states, sizeof(states));
	compare(maker, NFT_CMP_NEQ, &none, sizeof(none));
}

static void match_reply(struct maker *maker)
{
	load_conntrack(maker, NFT_CT_DIRECTION);
	compare_octet(maker, NFT_CMP_EQ, IP_CT_DIR_REPLY);
}

static void match_mark(struct maker *maker)
{
	const uint32_t mask = TAILSCALE_MARK_MASK, none = 0;

	load_meta(maker, NFT_META_MARK);
	mask_bits(maker, &mask, sizeof(mask));
	compare(maker, NFT_CMP_NEQ, &none, sizeof(none));
}

/* ff00::/8 */
static void match_multicast6(struct maker *maker)
{
	match_family(maker, NFPROTO_IPV6);
	load_payload(maker, NFT_PAYLOAD_NETWORK_HEADER, offsetof(struct ip6_hdr, ip6_dst), 1);
	compare_octet(maker, NFT_CMP_EQ, 0xff);
}

static void load_address_of(struct maker *maker, int family, enum nftables_place place)
{
	size_t source = family == AF_INET ? offsetof(struct iphdr, saddr) : offsetof(struct ip6_hdr, ip6_src);
	size_t destination = family == AF_INET ? offsetof(struct iphdr, daddr) : offsetof(struct ip6_hdr, ip6_dst);
	size_t size = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	struct nftnl_expr *ct;

	if (place != NFTABLES_ORIGINAL) {
		match_family(maker, family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
		load_payload(maker, NFT_PAYLOAD_NETWORK_HEADER, place == NFTABLES_SOURCE ? source : destination, size);
		return;
	}
	ct = expression(maker, "ct");
	if (ct) {
		nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_KEY, family == AF_INET ? NFT_CT_DST_IP : NFT_CT_DST_IP6);
		nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_DREG, NFT_REG_1);
		nftnl_expr_set_u8(ct, NFTNL_EXPR_CT_DIR, IP_CT_DIR_ORIGINAL);
	}
}

/* `ip daddr @denied`; a condition without a set is always true. */
static void match_set(struct maker *maker, enum nftables_condition condition)
{
	enum nftables_place place;
	const struct nftables_set *set = nftables_set_of(condition, &place);
	struct nftnl_expr *lookup;

	if (!set)
		return;
	load_address_of(maker, set->family, place);
	lookup = expression(maker, "lookup");
	if (lookup) {
		nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
		nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_FLAGS, 0); /* the kernel lists them always */
		if (nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, set->name) < 0)
			maker->failed = true;
	}
}

/* `exthdr frag exists` */
static void match_fragment6(struct maker *maker)
{
	struct nftnl_expr *header = expression(maker, "exthdr");

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

/* TCP, and neither the beginning of a connection nor a reset */
static void match_tcp_underway(struct maker *maker)
{
	const uint8_t mask = TH_SYN | TH_RST;

	load_meta(maker, NFT_META_L4PROTO);
	compare_octet(maker, NFT_CMP_EQ, IPPROTO_TCP);
	load_payload(maker, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct tcphdr, th_flags), sizeof(mask));
	mask_bits(maker, &mask, sizeof(mask));
	compare_octet(maker, NFT_CMP_EQ, 0);
}

static void match_tcp_port(struct maker *maker, unsigned port)
{
	const uint16_t wanted = htons((uint16_t)port);

	load_meta(maker, NFT_META_L4PROTO);
	compare_octet(maker, NFT_CMP_EQ, IPPROTO_TCP);
	load_payload(maker, NFT_PAYLOAD_TRANSPORT_HEADER, offsetof(struct tcphdr, th_dport), sizeof(wanted));
	compare(maker, NFT_CMP_EQ, &wanted, sizeof(wanted));
}

/* What is asked of a socket does not matter: a packet that has none ends the rule. Compared it is because nft(8) lists no load alone. */
static void match_socket(struct maker *maker)
{
	struct nftnl_expr *socket = expression(maker, "socket");

	if (socket) {
		nftnl_expr_set_u32(socket, NFTNL_EXPR_SOCKET_KEY, NFT_SOCKET_TRANSPARENT);
		nftnl_expr_set_u32(socket, NFTNL_EXPR_SOCKET_DREG, NFT_REG_1);
	}
	compare_octet(maker, NFT_CMP_GTE, 0);
}

static void condition_put(struct maker *maker, enum nftables_condition condition, const struct conf_settings *settings)
{
	switch (condition) {
	case FROM_DEVICE:
		match_link(maker, NFT_META_IIFNAME, NFT_CMP_EQ, settings->translation.tun_device);
		break;
	case FROM_LOOPBACK:
		match_link(maker, NFT_META_IIFNAME, NFT_CMP_EQ, "lo");
		break;
	case FROM_OVERLAY:
		match_link(maker, NFT_META_IIFNAME, NFT_CMP_EQ, settings->node.overlay_interface);
		break;
	case NOT_FROM_OVERLAY:
		match_link(maker, NFT_META_IIFNAME, NFT_CMP_NEQ, settings->node.overlay_interface);
		break;
	case TO_DEVICE:
		match_link(maker, NFT_META_OIFNAME, NFT_CMP_EQ, settings->translation.tun_device);
		break;
	case NOT_TO_DEVICE:
		match_link(maker, NFT_META_OIFNAME, NFT_CMP_NEQ, settings->translation.tun_device);
		break;
	case TO_OVERLAY:
		match_link(maker, NFT_META_OIFNAME, NFT_CMP_EQ, settings->node.overlay_interface);
		break;
	case NOT_FROM_LAN:
		match_link(maker, NFT_META_IIFNAME, NFT_CMP_NEQ, settings->node.lan_interface);
		break;
	case NOT_TO_LAN:
		match_link(maker, NFT_META_OIFNAME, NFT_CMP_NEQ, settings->node.lan_interface);
		break;
	case NOT_TO_LOOPBACK:
		match_link(maker, NFT_META_OIFNAME, NFT_CMP_NEQ, "lo");
		break;
	case IPV4:
		match_family(maker, NFPROTO_IPV4);
		break;
	case ERROR_UNREACHABLE:
		match_icmp(maker, IPPROTO_ICMP, NFT_CMP_EQ, ICMP_DEST_UNREACH);
		break;
	case ERROR_TIME_EXCEEDED:
		match_icmp(maker, IPPROTO_ICMP, NFT_CMP_EQ, ICMP_TIME_EXCEEDED);
		break;
	case ERROR_PARAMETER:
		match_icmp(maker, IPPROTO_ICMP, NFT_CMP_EQ, ICMP_PARAMETERPROB);
		break;
	case ERROR_ICMPV6: /* RFC 4443 section 2.1: types below 128 */
		match_icmp(maker, IPPROTO_ICMPV6, NFT_CMP_LT, ICMP6_ECHO_REQUEST);
		break;
	case ESTABLISHED_OR_RELATED:
		match_state(maker, NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED));
		break;
	case INVALID:
		match_state(maker, NF_CT_STATE_INVALID_BIT);
		break;
	case REPLY_DIRECTION:
		match_reply(maker);
		break;
	case MARKED:
		match_mark(maker);
		break;
	case DESTINATION_MULTICAST6:
		match_multicast6(maker);
		break;
	case FRAGMENT6:
		match_fragment6(maker);
		break;
	case TCP_UNDERWAY:
		match_tcp_underway(maker);
		break;
	case TCP_HTTP:
		match_tcp_port(maker, conf_served_port(settings));
		break;
	case NEW_TO_CONNTRACK:
		match_state(maker, NF_CT_STATE_BIT(IP_CT_NEW));
		break;
	case OF_A_SOCKET:
		match_socket(maker);
		break;
	case OVER_PACKETS:
	case OVER_FRAGMENTS:
	case OVER_CONNECTIONS:
	case OVER_CONNECTIONS4:
	case OVER_FRESH:
	case OVER_FRESH4:
		if (!maker->failed)
			maker->failed = !nftables_meter_fill(maker->rule, nftables_meter_of(condition), settings);
		break;
	default:
		match_set(maker, condition);
	}
}

static void count(struct maker *maker, enum nftables_counter counter)
{
	struct nftnl_expr *reference = expression(maker, "objref");

	if (reference) {
		nftnl_expr_set_u32(reference, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
		if (nftnl_expr_set_str(reference, NFTNL_EXPR_OBJREF_IMM_NAME, nftables_counter_name(counter)) < 0)
			maker->failed = true;
	}
}

static void conclude(struct maker *maker, int verdict, const char *chain)
{
	struct nftnl_expr *immediate = expression(maker, "immediate");

	if (immediate) {
		nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
		nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
		if (chain && nftnl_expr_set_str(immediate, NFTNL_EXPR_IMM_CHAIN, chain) < 0)
			maker->failed = true;
	}
}

static void clear_mark(struct maker *maker)
{
	const uint32_t kept = ~TAILSCALE_MARK_MASK;
	struct nftnl_expr *meta;

	load_meta(maker, NFT_META_MARK);
	mask_bits(maker, &kept, sizeof(kept));
	meta = expression(maker, "meta");
	if (meta) {
		nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, NFT_META_MARK);
		nftnl_expr_set_u32(meta, NFTNL_EXPR_META_SREG, NFT_REG_1);
	}
}

static void load_address(struct maker *maker, enum nft_registers target, const void *address, uint32_t size)
{
	struct nftnl_expr *immediate = expression(maker, "immediate");

	if (immediate) {
		nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, target);
		nftnl_expr_set(immediate, NFTNL_EXPR_IMM_DATA, address, size);
	}
}

/* `dnat ip prefix to REAL`: NETMAP, which keeps the bits in which first and last address differ. */
static void move(struct maker *maker, uint32_t family, const void *first, const void *last, uint32_t size)
{
	struct nftnl_expr *nat;

	load_address(maker, NFT_REG_1, first, size);
	load_address(maker, NFT_REG_2, last, size);
	nat = expression(maker, "nat");
	if (nat) {
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FAMILY, family);
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFT_REG_1);
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MAX, NFT_REG_2);
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FLAGS, NF_NAT_RANGE_NETMAP | NF_NAT_RANGE_MAP_IPS);
	}
}

static void move_from_twin(struct maker *maker, const struct conf_prefix4 *real)
{
	struct in_addr last = conf_prefix4_address(real, (uint32_t)(conf_prefix4_size(real) - 1));

	move(maker, NFPROTO_IPV4, &real->address, &last, sizeof(last));
}

static void move_from_twin6(struct maker *maker, const struct conf_prefix6 *real)
{
	struct in6_addr last = real->address;

	for (unsigned bit = real->length; bit < 8 * sizeof(last); bit++)
		last.s6_addr[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	move(maker, NFPROTO_IPV6, &real->address, &last, sizeof(last));
}

/* `ip6 saddr set OWN`, with the checksum of what the packet carries. */
static void speak_for_translator(struct maker *maker, const struct in6_addr *own)
{
	struct nftnl_expr *payload;

	load_address(maker, NFT_REG_1, own, sizeof(*own));
	payload = expression(maker, "payload");
	if (payload) {
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_SREG, NFT_REG_1);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, offsetof(struct ip6_hdr, ip6_src));
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, sizeof(*own));
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_NONE);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_CSUM_OFFSET, 0);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_FLAGS, NFT_PAYLOAD_L4CSUM_PSEUDOHDR);
	}
}

/* Has the rule a counter with a name? */
static bool has_counter(const struct nftables_rule *wanted)
{
	return wanted->verdict != ACCEPT && wanted->verdict != GOTO && wanted->verdict != SPEAK_FOR_TRANSLATOR &&
	       wanted->verdict != COUNT_DROP;
}

static void verdict_put(struct maker *maker, const struct nftables_rule *wanted, const struct conf_settings *settings)
{
	if (has_counter(wanted))
		count(maker, wanted->counter);
	switch (wanted->verdict) {
	case ACCEPT:
		conclude(maker, NF_ACCEPT, NULL);
		break;
	case DROP:
		conclude(maker, NF_DROP, NULL);
		break;
	case GOTO:
		conclude(maker, NFT_GOTO, wanted->target);
		break;
	case MASQUERADE:
		expression(maker, "masq");
		break;
	case CLEAR_MARK:
		clear_mark(maker);
		break;
	case MOVE_FROM_TWIN:
		move_from_twin(maker, &settings->common.twin.real);
		break;
	case MOVE_FROM_TWIN6:
		move_from_twin6(maker, &settings->common.twin6.real);
		break;
	case SPEAK_FOR_TRANSLATOR:
		speak_for_translator(maker, &settings->translation.ipv6_address);
		break;
	case COUNT_DROP:
		expression(maker, "counter");
		conclude(maker, NF_DROP, NULL);
		break;
	}
}

static bool setting_holds(enum nftables_condition condition, const struct conf_settings *settings)
{
	switch (condition) {
	case WHEN_ANY_SOURCE:
		return settings->translation.allowed_source_count == 0;
	case WHEN_ANY_SOURCE4:
		return settings->common.has_twin && settings->translation.allowed_source4_count == 0;
	case WHEN_ANY_DESTINATION:
		return settings->common.allowed_destination_count == 0;
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
	case OVER_PACKETS:
	case OVER_FRAGMENTS:
	case OVER_CONNECTIONS:
	case OVER_CONNECTIONS4:
	case OVER_FRESH:
	case OVER_FRESH4:
		return nftables_meter_limit(nftables_meter_of(condition), settings) > 0;
	default:
		return true;
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
	struct maker maker = {rule, false};

	for (size_t i = 0; i < NFTABLES_CONDITIONS; i++)
		condition_put(&maker, wanted->conditions[i], settings);
	verdict_put(&maker, wanted, settings);
	return !maker.failed;
}
