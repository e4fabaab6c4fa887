/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule is a list of expressions that load what they look at into registers, compare registers, and give a verdict. Here they are
 * done on a packet that is only described: its headers are built, and the few things that filters ask of the kernel (interfaces,
 * mark, conntrack's state) are answered from the description. What cannot be answered, or is an expression that we do not know,
 * makes the rule uncertain instead of true or false: the walk over the chains (foreign.c) keeps that apart.
 *
 * Expressions that only count, log, or change what no filter of ours depends on are passed over.
 */
#include "nftables/expression.h"

#include "nftables/foreign.h"

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

enum { EPHEMERAL_PORT = 40000, HOPS = 64, WORD = 4 };

static void network_build(struct nftables_machine *machine)
{
	const struct nftables_probe *probe = machine->probe;

	if (probe->source.family == AF_INET) {
		struct ip header = { .ip_hl = 5, .ip_v = 4, .ip_ttl = HOPS, .ip_p = probe->protocol, .ip_src = probe->source.v4,
				     .ip_dst = probe->destination.v4 };

		memcpy(machine->network, &header, sizeof(header));
	} else {
		struct ip6_hdr header = { .ip6_src = probe->source.v6, .ip6_dst = probe->destination.v6 };

		header.ip6_vfc = 6 << 4;
		header.ip6_nxt = probe->protocol;
		header.ip6_hlim = HOPS;
		memcpy(machine->network, &header, sizeof(header));
	}
}

static void transport_build(struct nftables_machine *machine)
{
	const struct nftables_probe *probe = machine->probe;
	uint16_t ports[2] = { htons(EPHEMERAL_PORT), htons(probe->port) };
	struct tcphdr *tcp = (struct tcphdr *)machine->transport;

	memcpy(machine->transport, ports, sizeof(ports));
	if (probe->protocol != IPPROTO_TCP)
		return;
	tcp->th_off = 5;
	tcp->th_flags = probe->established ? TH_ACK : TH_SYN;
}

void nftables_machine_begin(struct nftables_machine *machine)
{
	machine->mark = 0;
	memset(machine->network, 0, sizeof(machine->network));
	memset(machine->transport, 0, sizeof(machine->transport));
	network_build(machine);
	transport_build(machine);
}

/* The first word of a register: 1 to 4 are of 16 octets, NFT_REG32_00 and on of 4. -1: none of ours. */
static int word_of(uint32_t reg, uint32_t length)
{
	uint32_t word = reg >= NFT_REG32_00 ? reg - NFT_REG32_00 : (reg - NFT_REG_1) * 4;

	return reg != NFT_REG_VERDICT && length <= sizeof(uint32_t) * NFTABLES_REGISTER_WORDS &&
			       word + (length + WORD - 1) / WORD <= NFTABLES_REGISTER_WORDS
		       ? (int)word : -1;
}

/* value NULL: the register is not known from now on. */
static void store(struct nftables_machine *machine, uint32_t reg, const void *value, uint32_t length)
{
	int word = word_of(reg, length);

	if (word < 0)
		return;
	memset(&machine->registers[word], 0, (length + WORD - 1) / WORD * WORD);
	if (value)
		memcpy(&machine->registers[word], value, length);
	for (uint32_t i = 0; i < (length + WORD - 1) / WORD; i++)
		machine->known[(uint32_t)word + i] = value;
}

/* NULL: not known. */
static const void *fetch(const struct nftables_machine *machine, uint32_t reg, uint32_t length)
{
	int word = word_of(reg, length);

	for (uint32_t i = 0; word >= 0 && i < (length + WORD - 1) / WORD; i++) {
		if (!machine->known[(uint32_t)word + i])
			return NULL;
	}
	return word < 0 ? NULL : &machine->registers[word];
}

static void load_name(struct nftables_machine *machine, uint32_t reg, const char *name)
{
	char text[IFNAMSIZ] = "";

	strncpy(text, name, sizeof(text) - 1);
	store(machine, reg, text, sizeof(text));
}

static void load_number(struct nftables_machine *machine, uint32_t reg, uint32_t number)
{
	store(machine, reg, &number, sizeof(number));
}

static void meta_load(struct nftables_machine *machine, uint32_t key, uint32_t reg)
{
	const struct nftables_probe *probe = machine->probe;
	bool is4 = probe->source.family == AF_INET;
	uint8_t family = is4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	uint16_t ether = htons(is4 ? ETH_P_IP : ETH_P_IPV6);

	switch (key) {
	case NFT_META_IIFNAME: load_name(machine, reg, probe->in); break;
	case NFT_META_OIFNAME: load_name(machine, reg, probe->out); break;
	case NFT_META_IIF: load_number(machine, reg, if_nametoindex(probe->in)); break;
	case NFT_META_OIF: load_number(machine, reg, if_nametoindex(probe->out)); break;
	case NFT_META_NFPROTO: store(machine, reg, &family, sizeof(family)); break;
	case NFT_META_L4PROTO: store(machine, reg, &probe->protocol, sizeof(probe->protocol)); break;
	case NFT_META_PROTOCOL: store(machine, reg, &ether, sizeof(ether)); break;
	case NFT_META_MARK: load_number(machine, reg, machine->mark); break;
	default: store(machine, reg, NULL, IFNAMSIZ); break;
	}
}

static enum nftables_truth meta_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t key = nftnl_expr_get_u32(expression, NFTNL_EXPR_META_KEY);
	const uint32_t *value;

	if (nftnl_expr_is_set(expression, NFTNL_EXPR_META_DREG)) {
		meta_load(machine, key, nftnl_expr_get_u32(expression, NFTNL_EXPR_META_DREG));
	} else if (key == NFT_META_MARK) {
		value = fetch(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_META_SREG), sizeof(*value));
		machine->mark = value ? *value : machine->mark;
	}
	return NFTABLES_TRUE;
}

static enum nftables_truth payload_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t base = nftnl_expr_get_u32(expression, NFTNL_EXPR_PAYLOAD_BASE);
	uint32_t offset = nftnl_expr_get_u32(expression, NFTNL_EXPR_PAYLOAD_OFFSET);
	uint32_t length = nftnl_expr_get_u32(expression, NFTNL_EXPR_PAYLOAD_LEN);
	uint32_t limit = base == NFT_PAYLOAD_NETWORK_HEADER ? sizeof(machine->network) : sizeof(machine->transport);
	const uint8_t *header = base == NFT_PAYLOAD_NETWORK_HEADER     ? machine->network
				: base == NFT_PAYLOAD_TRANSPORT_HEADER ? machine->transport
								       : NULL;

	if (!nftnl_expr_is_set(expression, NFTNL_EXPR_PAYLOAD_DREG))
		return NFTABLES_TRUE; /* it writes */
	store(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_PAYLOAD_DREG),
	      header && offset <= limit && length <= limit - offset ? header + offset : NULL, length);
	return NFTABLES_TRUE;
}

static enum nftables_truth ct_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t reg = nftnl_expr_get_u32(expression, NFTNL_EXPR_CT_DREG);
	uint32_t state = NF_CT_STATE_BIT(machine->probe->established ? IP_CT_ESTABLISHED : IP_CT_NEW);

	if (!nftnl_expr_is_set(expression, NFTNL_EXPR_CT_DREG))
		return NFTABLES_TRUE; /* it sets a mark or a label */
	switch (nftnl_expr_get_u32(expression, NFTNL_EXPR_CT_KEY)) {
	case NFT_CT_STATE: load_number(machine, reg, state); break;
	case NFT_CT_STATUS: load_number(machine, reg, 0); break;
	case NFT_CT_MARK: load_number(machine, reg, 0); break;
	default: store(machine, reg, NULL, IFNAMSIZ); break;
	}
	return NFTABLES_TRUE;
}

static enum nftables_truth bitwise_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t length = nftnl_expr_get_u32(expression, NFTNL_EXPR_BITWISE_LEN), mask_length = 0, xor_length = 0;
	const uint8_t *value = fetch(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_BITWISE_SREG), length);
	const uint8_t *mask = nftnl_expr_get(expression, NFTNL_EXPR_BITWISE_MASK, &mask_length);
	const uint8_t *flip = nftnl_expr_get(expression, NFTNL_EXPR_BITWISE_XOR, &xor_length);
	bool readable = value && mask && flip && mask_length >= length && xor_length >= length;
	uint8_t result[sizeof(machine->registers)];

	for (uint32_t i = 0; readable && i < length; i++)
		result[i] = (value[i] & mask[i]) ^ flip[i];
	store(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_BITWISE_DREG), readable ? result : NULL, length);
	return NFTABLES_TRUE;
}

static enum nftables_truth truth_of(bool value)
{
	return value ? NFTABLES_TRUE : NFTABLES_FALSE;
}

static enum nftables_truth cmp_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t length = 0;
	const void *wanted = nftnl_expr_get(expression, NFTNL_EXPR_CMP_DATA, &length);
	const void *value = fetch(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_CMP_SREG), length);
	int order = value && wanted ? memcmp(value, wanted, length) : 0;

	if (!value || !wanted)
		return NFTABLES_UNREAD;
	switch (nftnl_expr_get_u32(expression, NFTNL_EXPR_CMP_OP)) {
	case NFT_CMP_EQ: return truth_of(order == 0);
	case NFT_CMP_NEQ: return truth_of(order != 0);
	case NFT_CMP_LT: return truth_of(order < 0);
	case NFT_CMP_LTE: return truth_of(order <= 0);
	case NFT_CMP_GT: return truth_of(order > 0);
	case NFT_CMP_GTE: return truth_of(order >= 0);
	default: return NFTABLES_UNREAD;
	}
}

static enum nftables_truth range_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t length = 0, to_length = 0;
	const void *from = nftnl_expr_get(expression, NFTNL_EXPR_RANGE_FROM_DATA, &length);
	const void *to = nftnl_expr_get(expression, NFTNL_EXPR_RANGE_TO_DATA, &to_length);
	const void *value = fetch(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_RANGE_SREG), length);
	bool inside;

	if (!value || !from || !to || to_length != length)
		return NFTABLES_UNREAD;
	inside = memcmp(value, from, length) >= 0 && memcmp(value, to, length) <= 0;
	return truth_of(inside == (nftnl_expr_get_u32(expression, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_EQ));
}

static void verdict_set(struct nftables_verdict *verdict, uint32_t code, const char *chain)
{
	verdict->chain = chain;
	switch ((int)code) {
	case NF_ACCEPT: verdict->kind = NFTABLES_ACCEPTS; break;
	case NF_DROP: verdict->kind = NFTABLES_STOPS; break;
	case NFT_JUMP: verdict->kind = NFTABLES_JUMPS; break;
	case NFT_GOTO: verdict->kind = NFTABLES_GOES_TO; break;
	case NFT_RETURN: verdict->kind = NFTABLES_RETURNS; break;
	default: break;
	}
}

/* A set, a map of values, or a map of verdicts. */
static enum nftables_truth lookup_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	const struct nftnl_set *set = machine->set_find(machine->context, nftnl_expr_get_str(expression, NFTNL_EXPR_LOOKUP_SET));
	uint32_t length = set ? nftnl_set_get_u32(set, NFTNL_SET_KEY_LEN) : 0, data_length = 0;
	const void *key = set ? fetch(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_LOOKUP_SREG), length) : NULL;
	bool inverted = nftnl_expr_is_set(expression, NFTNL_EXPR_LOOKUP_FLAGS) &&
			nftnl_expr_get_u32(expression, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV;
	struct nftnl_set_elem *element = NULL;
	enum nftables_truth truth = key ? nftables_set_holds(set, key, length, &element) : NFTABLES_UNREAD;
	const void *data;

	if (truth == NFTABLES_TRUE && nftnl_expr_is_set(expression, NFTNL_EXPR_LOOKUP_DREG)) {
		if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_VERDICT)) {
			verdict_set(&machine->verdict, nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_VERDICT),
				    nftnl_set_elem_get_str(element, NFTNL_SET_ELEM_CHAIN));
		} else {
			data = nftnl_set_elem_get(element, NFTNL_SET_ELEM_DATA, &data_length);
			store(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_LOOKUP_DREG), data, data_length);
		}
	}
	return truth == NFTABLES_UNREAD ? truth : truth_of((truth == NFTABLES_TRUE) != inverted);
}

static enum nftables_truth immediate_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t length = 0;
	const void *data;

	if (nftnl_expr_get_u32(expression, NFTNL_EXPR_IMM_DREG) == NFT_REG_VERDICT) {
		verdict_set(&machine->verdict, nftnl_expr_get_u32(expression, NFTNL_EXPR_IMM_VERDICT),
			    nftnl_expr_get_str(expression, NFTNL_EXPR_IMM_CHAIN));
	} else {
		data = nftnl_expr_get(expression, NFTNL_EXPR_IMM_DATA, &length);
		store(machine, nftnl_expr_get_u32(expression, NFTNL_EXPR_IMM_DREG), data, length);
	}
	return NFTABLES_TRUE;
}

static enum nftables_truth match_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	return nftables_xtables_match(machine, expression);
}

static enum nftables_truth target_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	machine->verdict.kind = nftables_xtables_target(machine, expression);
	return NFTABLES_TRUE;
}

static enum nftables_truth reject_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	(void)expression;
	machine->verdict.kind = NFTABLES_STOPS;
	return NFTABLES_TRUE;
}

static enum nftables_truth pass_over(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	(void)machine;
	(void)expression;
	return NFTABLES_TRUE;
}

static const struct {
	const char *name;
	enum nftables_truth (*act)(struct nftables_machine *machine, const struct nftnl_expr *expression);
} acts[] = {
	{ "bitwise", bitwise_do }, { "cmp", cmp_do }, { "counter", pass_over }, { "ct", ct_do }, { "dynset", pass_over },
	{ "immediate", immediate_do }, { "last", pass_over }, { "log", pass_over }, { "lookup", lookup_do }, { "masq", pass_over },
	{ "match", match_do }, { "meta", meta_do }, { "nat", pass_over }, { "notrack", pass_over }, { "objref", pass_over },
	{ "payload", payload_do }, { "range", range_do }, { "redir", pass_over }, { "reject", reject_do }, { "target", target_do },
};

static enum nftables_truth expression_do(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	const char *name = nftnl_expr_get_str(expression, NFTNL_EXPR_NAME);

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (!strcmp(name, acts[i].name))
			return acts[i].act(machine, expression);
	}
	return NFTABLES_UNREAD;
}

struct nftables_verdict nftables_rule_evaluate(struct nftables_machine *machine, const struct nftnl_rule *rule)
{
	const struct nftables_verdict none = { NFTABLES_GOES_ON, NULL, true };
	struct nftnl_expr_iter *iterator = nftnl_expr_iter_create(rule);
	enum nftables_truth truth = NFTABLES_TRUE;
	const struct nftnl_expr *expression;

	machine->verdict = none;
	for (uint32_t i = 0; i < NFTABLES_REGISTER_WORDS; i++)
		machine->known[i] = false;
	while (iterator && truth != NFTABLES_FALSE && machine->verdict.kind == NFTABLES_GOES_ON && (expression = nftnl_expr_iter_next(iterator))) {
		truth = expression_do(machine, expression);
		machine->verdict.certain &= truth != NFTABLES_UNREAD;
	}
	if (iterator)
		nftnl_expr_iter_destroy(iterator);
	return truth == NFTABLES_FALSE ? none : machine->verdict;
}
