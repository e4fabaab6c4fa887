/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our table as one transaction of nf_tables messages.
 *
 * Creating a table that exists is no error to nf_tables, deleting one that does not is. So a replacement is: create, delete,
 * create, fill; the kernel commits all of it or nothing, and no packet ever sees a part. The last message asks for an
 * acknowledgement; a message that is refused is answered without asking.
 */
#include "nftables/batch.h"

#include "conf/settings.h"
#include "nftables/match.h"
#include "nftables/meter.h"
#include "nftables/ranges.h"
#include "nftables/ruleset.h"
#include "nftables/sets.h"

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than one message of ours ever takes: the longest, the elements of a set, is below 3,000 octets. */
#define MESSAGE_ROOM      4096
#define RANGES_OF_MESSAGE 40 /* of 72 octets */

/* Room for one more message, all zero: libmnl leaves the padding of attributes as it is. NULL: out of memory. */
static char *room_make(struct nftables_batch *batch)
{
	size_t room = batch->room < batch->length + MESSAGE_ROOM ? 2 * batch->room + MESSAGE_ROOM : batch->room;
	char *buffer = room > batch->room ? realloc(batch->buffer, room) : batch->buffer;

	if (!buffer) {
		batch->failed = true;
		return NULL;
	}
	batch->buffer = buffer;
	batch->room = room;
	return memset(buffer + batch->length, 0, MESSAGE_ROOM);
}

struct nlmsghdr *nftables_batch_message_begin(struct nftables_batch *batch, uint16_t type, uint16_t flags)
{
	char *room = room_make(batch);

	return room ? nftnl_nlmsg_build_hdr(room, type, NFPROTO_INET, flags, ++batch->last) : NULL;
}

void nftables_batch_message_end(struct nftables_batch *batch, const struct nlmsghdr *message)
{
	batch->length += MNL_ALIGN(message->nlmsg_len);
}

void nftables_batch_copy(struct nftables_batch *batch, const struct nlmsghdr *message)
{
	char *room = room_make(batch);

	if (!room)
		return;
	memcpy(room, message, message->nlmsg_len);
	((struct nlmsghdr *)room)->nlmsg_seq = ++batch->last;
	((struct nlmsghdr *)room)->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	nftables_batch_message_end(batch, (const struct nlmsghdr *)room);
}

void nftables_batch_begin(struct nftables_batch *batch)
{
	char *room = room_make(batch);

	if (!room)
		return;
	batch->first = ++batch->last;
	nftables_batch_message_end(batch, nftnl_batch_begin(room, batch->first));
}

void nftables_batch_end(struct nftables_batch *batch)
{
	const struct nlmsghdr *message = NULL, *last = NULL;
	char *room = room_make(batch);

	if (!room)
		return;
	while ((message = nftables_batch_next(batch, message)))
		last = message;
	if (last)
		((struct nlmsghdr *)last)->nlmsg_flags |= NLM_F_ACK;
	nftables_batch_message_end(batch, nftnl_batch_end(room, batch->last + 1));
}

static const char *table_of(const struct nftables_batch *batch)
{
	return batch->table ? batch->table : NFTABLES_TABLE;
}

/* Older kernels than 5.10 keep no comment. */
static bool owner_set(struct nftnl_table *table, const char *owner)
{
	struct nftnl_udata_buf *data = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	char comment[NFTABLES_OWNER_ROOM + sizeof(NFTABLES_OWNER)];
	bool done = false;

	snprintf(comment, sizeof(comment), NFTABLES_OWNER "%s", owner);
	if (data && nftnl_udata_put_strz(data, NFTNL_UDATA_TABLE_COMMENT, comment))
		done = nftnl_table_set_data(table, NFTNL_TABLE_USERDATA, nftnl_udata_buf_data(data),
					    nftnl_udata_buf_len(data)) == 0;
	if (data)
		nftnl_udata_buf_free(data);
	return done;
}

void nftables_batch_table_put(struct nftables_batch *batch, uint16_t type)
{
	struct nlmsghdr *message = nftables_batch_message_begin(batch, type, type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0);
	struct nftnl_table *table = nftnl_table_alloc();

	if (message && table) {
		nftnl_table_set_u32(table, NFTNL_TABLE_FAMILY, NFPROTO_INET);
		nftnl_table_set_str(table, NFTNL_TABLE_NAME, table_of(batch));
		if (batch->table)
			nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS, NFT_TABLE_F_OWNER);
		if (batch->owner && type == NFT_MSG_NEWTABLE && !owner_set(table, batch->owner))
			batch->failed = true;
		nftnl_table_nlmsg_build_payload(message, table);
		nftables_batch_message_end(batch, message);
	} else {
		batch->failed = true;
	}
	if (table)
		nftnl_table_free(table);
}

static void counter_put(struct nftables_batch *batch, enum nftables_counter counter)
{
	struct nlmsghdr *message = nftables_batch_message_begin(batch, NFT_MSG_NEWOBJ, NLM_F_CREATE | NLM_F_EXCL);
	struct nftnl_obj *object = nftnl_obj_alloc();

	if (message && object) {
		nftnl_obj_set_u32(object, NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
		nftnl_obj_set_str(object, NFTNL_OBJ_TABLE, table_of(batch));
		nftnl_obj_set_str(object, NFTNL_OBJ_NAME, nftables_counter_name(counter));
		nftnl_obj_set_u64(object, NFTNL_OBJ_CTR_PKTS, 0);
		nftnl_obj_set_u64(object, NFTNL_OBJ_CTR_BYTES, 0);
		nftnl_obj_nlmsg_build_payload(message, object);
		nftables_batch_message_end(batch, message);
	} else {
		batch->failed = true;
	}
	if (object)
		nftnl_obj_free(object);
}

static void meter_put(struct nftables_batch *batch, const struct nftables_meter *meter, uint32_t id)
{
	struct nlmsghdr *message = nftables_batch_message_begin(batch, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL);
	struct nftnl_set *set = nftnl_set_alloc();

	if (message && set && nftables_meter_describe(set, meter, id)) {
		nftnl_set_nlmsg_build_payload(message, set);
		nftables_batch_message_end(batch, message);
	} else {
		batch->failed = true;
	}
	if (set)
		nftnl_set_free(set);
}

void nftables_batch_chain_put(struct nftables_batch *batch, const struct nftables_chain *wanted)
{
	struct nlmsghdr *message = nftables_batch_message_begin(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL);
	struct nftnl_chain *chain = nftnl_chain_alloc();

	if (message && chain) {
		nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, table_of(batch));
		nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, wanted->name);
		if (wanted->type) {
			nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, wanted->type);
			nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, wanted->hook);
			nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, wanted->priority);
			nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
		}
		nftnl_chain_nlmsg_build_payload(message, chain);
		nftables_batch_message_end(batch, message);
	} else {
		batch->failed = true;
	}
	if (chain)
		nftnl_chain_free(chain);
}

static bool comment_set(struct nftnl_rule *rule, const char *comment)
{
	struct nftnl_udata_buf *data = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	bool done = data && nftnl_udata_put_strz(data, NFTNL_UDATA_RULE_COMMENT, comment);

	if (done)
		nftnl_rule_set_data(rule, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(data), nftnl_udata_buf_len(data));
	if (data)
		nftnl_udata_buf_free(data);
	return done;
}

void nftables_batch_rule_put(struct nftables_batch *batch, const char *chain, struct nftnl_rule *rule)
{
	struct nlmsghdr *message = nftables_batch_message_begin(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);

	if (message && rule) {
		nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
		nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, table_of(batch));
		nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain);
		nftnl_rule_nlmsg_build_payload(message, rule);
		nftables_batch_message_end(batch, message);
	} else {
		batch->failed = true;
	}
	if (rule)
		nftnl_rule_free(rule);
}

static void rule_put(struct nftables_batch *batch, const struct nftables_rule *wanted, const struct conf_settings *settings)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (rule && !(nftables_rule_fill(rule, wanted, settings) && comment_set(rule, wanted->comment))) {
		nftnl_rule_free(rule);
		rule = NULL;
	}
	nftables_batch_rule_put(batch, wanted->chain, rule);
}

static void table_begin(struct nftables_batch *batch)
{
	nftables_batch_begin(batch);
	nftables_batch_table_put(batch, NFT_MSG_NEWTABLE);
	nftables_batch_table_put(batch, NFT_MSG_DELTABLE);
	nftables_batch_table_put(batch, NFT_MSG_NEWTABLE);
}

static void set_put(struct nftables_batch *batch, const struct nftables_set *wanted,
		    const struct conf_settings *settings, uint32_t id)
{
	struct nftables_ranges ranges = nftables_set_ranges(wanted, settings);
	struct nlmsghdr *message = ranges.count ?
					   nftables_batch_message_begin(batch, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL) :
					   NULL;
	struct nftnl_set *set = message ? nftnl_set_alloc() : NULL;

	batch->failed |= ranges.failed || (message && !set);
	if (set && nftables_set_describe(set, wanted, table_of(batch), id)) {
		nftnl_set_nlmsg_build_payload(message, set);
		nftables_batch_message_end(batch, message);
	}
	for (size_t i = 0; i < ranges.count && !batch->failed; i += RANGES_OF_MESSAGE) {
		size_t count = ranges.count - i < RANGES_OF_MESSAGE ? ranges.count - i : RANGES_OF_MESSAGE;

		message = nftables_batch_message_begin(batch, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
		if (message) {
			nftables_set_put(message, table_of(batch), wanted, &ranges.list[i], count);
			nftables_batch_message_end(batch, message);
		}
	}
	if (set)
		nftnl_set_free(set);
	nftables_ranges_clear(&ranges);
}

static void counters_and_sets_put(struct nftables_batch *batch, const struct conf_settings *settings)
{
	for (int counter = 0; counter < NFTABLES_COUNTERS; counter++)
		counter_put(batch, (enum nftables_counter)counter);
	for (uint32_t i = 0; i < nftables_set_count; i++)
		set_put(batch, &nftables_sets[i], settings, NFTABLES_METERS + 1 + i);
}

void nftables_batch_replace(struct nftables_batch *batch, const struct conf_settings *settings)
{
	batch->owner = settings->node.runtime_dir;
	table_begin(batch);
	counters_and_sets_put(batch, settings);
	for (uint32_t i = 0; i < NFTABLES_METERS; i++)
		meter_put(batch, &nftables_meters[i], i + 1);
	for (size_t i = 0; i < nftables_chain_count; i++)
		nftables_batch_chain_put(batch, &nftables_chains[i]);
	for (size_t i = 0; i < nftables_rule_count; i++)
		if (nftables_rule_applies(&nftables_rules[i], settings))
			rule_put(batch, &nftables_rules[i], settings);
	nftables_batch_end(batch);
}

/* Does it count what a client does? */
static bool has_meter(const struct nftables_rule *wanted)
{
	for (size_t i = 0; i < NFTABLES_CONDITIONS; i++)
		if (nftables_meter_of(wanted->conditions[i]))
			return true;
	return false;
}

/*
 * Behind the same chain of our table: of the nat chains the first that takes a connection is the only one, and what the guard of our table
 * drops is counted there.
 */
static void hold_chain_put(struct nftables_batch *batch, const struct nftables_chain *wanted)
{
	struct nftables_chain behind = *wanted;

	behind.priority++;
	nftables_batch_chain_put(batch, &behind);
}

static void forgotten_put(struct nftables_batch *batch, const struct conf_settings *settings)
{
	for (size_t i = 0; i < nftables_hold_chain_count; i++)
		nftables_batch_chain_put(batch, &nftables_hold_chains[i]);
	for (size_t i = 0; i < nftables_hold_rule_count; i++)
		rule_put(batch, &nftables_hold_rules[i], settings);
}

void nftables_batch_hold(struct nftables_batch *batch, const struct conf_settings *settings, bool has_sockets)
{
	batch->table = NFTABLES_HOLD;
	table_begin(batch);
	counters_and_sets_put(batch, settings);
	for (size_t i = 0; i < nftables_chain_count; i++)
		hold_chain_put(batch, &nftables_chains[i]);
	for (size_t i = 0; i < nftables_rule_count; i++)
		if (!has_meter(&nftables_rules[i]) && nftables_rule_applies(&nftables_rules[i], settings))
			rule_put(batch, &nftables_rules[i], settings);
	if (has_sockets)
		forgotten_put(batch, settings);
	nftables_batch_end(batch);
}

void nftables_batch_delete(struct nftables_batch *batch)
{
	nftables_batch_begin(batch);
	nftables_batch_table_put(batch, NFT_MSG_DELTABLE);
	nftables_batch_end(batch);
}

const struct nlmsghdr *nftables_batch_next(const struct nftables_batch *batch, const struct nlmsghdr *message)
{
	const char *next = message ? (const char *)message + MNL_ALIGN(message->nlmsg_len) : batch->buffer;

	return next && next < batch->buffer + batch->length ? (const struct nlmsghdr *)next : NULL;
}

bool nftables_batch_is_empty(const struct nftables_batch *batch)
{
	return batch->last == batch->first;
}

void nftables_batch_clear(struct nftables_batch *batch)
{
	free(batch->buffer);
	*batch = (struct nftables_batch){.buffer = NULL};
}
