/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ruleset in the place of another, without a moment between.
 *
 * A transaction that deletes the table and makes it again is atomic for rules alone. Since Linux 6.18.x a packet looks up a set of intervals in an array,
 * and the kernel exchanges the arrays of all sets after it has switched to the new rules: for a millisecond on a busy machine the new rules look into sets
 * that are still empty, and drop what they should let pass (seen on 6.18.44: one datagram of a flow at each second reload). So a table that is there
 * stays, and is exchanged by parts:
 *
 *   the first transaction makes the sets that the new rules need and that are not there; nothing refers to them yet;
 *   the second exchanges all rules, and the elements of those sets whose elements change; a set that stays the same is not touched. What lies in a set
 *   before and after is found in it at any time.
 *
 * Counters and what is counted of clients go on. A table with other chains, counters or sets than ours, as another version or somebody's hand left it, is
 * replaced as a whole.
 */
#include "nftables/exchange.h"

#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/canon.h"
#include "nftables/names.h"
#include "nftables/ruleset.h"
#include "nftables/sets.h"
#include "nftables/transport.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#define LIST_TRIES 10 /* a list that changes while it is read is read again, this often */

static int message_collect(const struct nlmsghdr *message, void *context)
{
	struct nftables_canon *canon = context;

	return nftables_canon_add(canon, message) < 0 || canon->failed ? MNL_CB_ERROR : MNL_CB_OK;
}

/* The elements of those sets that are there. The other sets are filled by packets. 0, 1 when the rules have changed meanwhile, -1. */
static int elements_read(struct nftables_canon *canon, struct conf_report *report)
{
	int changed = 0;

	for (size_t i = 0; changed == 0 && i < nftables_set_count; i++)
		if (nftables_canon_has_set(canon, nftables_sets[i].name))
			changed = nftables_transport_list_set(canon->table ? canon->table : NFTABLES_TABLE,
							      nftables_sets[i].name, message_collect, canon, report);
	return changed;
}

int nftables_exchange_read(struct nftables_canon *canon, struct conf_report *report)
{
	static const uint16_t types[] = {NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN, NFT_MSG_GETSET, NFT_MSG_GETRULE,
					 NFT_MSG_GETOBJ};
	int changed = 1;

	for (int try = 0; changed == 1 && try < LIST_TRIES; try++) {
		nftables_canon_clear(canon);
		changed = 0;
		for (size_t i = 0; changed == 0 && i < sizeof(types) / sizeof(types[0]); i++)
			changed = nftables_transport_list(types[i], NFPROTO_INET, message_collect, canon, report);
		if (changed == 0)
			changed = elements_read(canon, report);
	}
	if (changed == 1)
		conf_report_add(report, NFTABLES_CHANGES_ALL_THE_TIME);
	nftables_canon_settle(canon);
	if (canon->failed)
		conf_report_add(report, "out of memory while reading the rules of nf_tables");
	return changed || canon->failed ? -1 : 0;
}

/* A line "element RANGE of set NAME". */
static bool is_element(const struct nftables_canon_line *line, const char *set)
{
	size_t length = strlen(line->text), name = strlen(set);

	return !*line->group && !strncmp(line->text, "element ", 8) && length > name + 5 &&
	       !strcmp(line->text + length - name, set) && !strncmp(line->text + length - name - 5, " set ", 5);
}

static bool has_line(const struct nftables_canon *canon, const char *text)
{
	for (size_t i = 0; i < canon->count; i++)
		if (!*canon->lines[i].group && !strcmp(canon->lines[i].text, text))
			return true;
	return false;
}

/* Which set of intervals of ours makes such a line? NULL: none. */
static const char *set_of_line(const char *text)
{
	for (size_t i = 0; i < nftables_set_count; i++)
		if (nftables_canon_line_is_set(text, nftables_sets[i].name))
			return nftables_sets[i].name;
	return NULL;
}

/* Has the other the same chains, counters and sets, but for sets of intervals that it has not at all? */
static bool frame_fits(const struct nftables_canon *canon, const struct nftables_canon *other)
{
	for (size_t i = 0; i < canon->count; i++) {
		const struct nftables_canon_line *line = &canon->lines[i];
		const char *set = set_of_line(line->text);

		if (*line->group || !strncmp(line->text, "element ", 8) || has_line(other, line->text))
			continue;
		if (!set || nftables_canon_has_set(other, set))
			return false;
	}
	return true;
}

/* The next element of the set at or behind *at; NULL: there is no more. Lines are in the order of their texts. */
static const char *element_next(const struct nftables_canon *canon, const char *set, size_t *at)
{
	while (*at < canon->count)
		if (is_element(&canon->lines[(*at)++], set))
			return canon->lines[*at - 1].text;
	return NULL;
}

static bool elements_are_same(const struct nftables_canon *a, const struct nftables_canon *b, const char *set)
{
	size_t at_a = 0, at_b = 0;
	const char *of_a, *of_b;

	do {
		of_a = element_next(a, set, &at_a);
		of_b = element_next(b, set, &at_b);
	} while (of_a && of_b && !strcmp(of_a, of_b));
	return !of_a && !of_b;
}

/* The set that a message makes, or whose elements it holds. */
static const char *set_of_message(const struct nlmsghdr *message)
{
	const struct nlattr *attribute;

	_Static_assert((int)NFTA_SET_NAME == (int)NFTA_SET_ELEM_LIST_SET, "one attribute in both kinds of message");
	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attribute) == NFTA_SET_NAME)
			return mnl_attr_get_str(attribute);
	return "";
}

/* A message about the table of the batch, or about one set in it. */
static void table_message_put(struct nftables_batch *batch, uint16_t type, const char *set)
{
	struct nlmsghdr *message = nftables_batch_message_begin(batch, type, 0);

	_Static_assert((int)NFTA_RULE_TABLE == (int)NFTA_SET_TABLE && (int)NFTA_SET_TABLE == (int)NFTA_SET_ELEM_LIST_TABLE,
		       "one attribute in all kinds of message");
	if (!message)
		return;
	mnl_attr_put_strz(message, NFTA_SET_TABLE, batch->table ? batch->table : NFTABLES_TABLE);
	if (set)
		mnl_attr_put_strz(message, NFTA_SET_NAME, set);
	nftables_batch_message_end(batch, message);
}

/* Is it a message of nf_tables of this type (NFT_MSG_...)? Begin and end of a batch are of none. */
static bool is_type(const struct nlmsghdr *message, int type)
{
	return message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | type);
}

/* One of the sets of intervals, and not one that packets fill? */
static bool is_interval_set(const char *name)
{
	for (size_t i = 0; i < nftables_set_count; i++)
		if (!strcmp(nftables_sets[i].name, name))
			return true;
	return false;
}

/* The sets that are not there, with their elements. */
static void sets_make(struct nftables_batch *update, const struct nftables_batch *wanted, const struct nftables_canon *got)
{
	const struct nlmsghdr *message = NULL;

	nftables_batch_begin(update);
	while ((message = nftables_batch_next(wanted, message)))
		if ((is_type(message, NFT_MSG_NEWSET) || is_type(message, NFT_MSG_NEWSETELEM)) &&
		    is_interval_set(set_of_message(message)) && !nftables_canon_has_set(got, set_of_message(message)))
			nftables_batch_copy(update, message);
	nftables_batch_end(update);
}

/* Elements of sets that were there, where they differ: the set is emptied before its first ones come. */
static void elements_exchange(struct nftables_batch *update, const struct nftables_batch *wanted,
			      const struct nftables_canon *lines, const struct nftables_canon *got)
{
	const struct nlmsghdr *message = NULL;
	const char *judged = "";
	bool differs = false;

	while ((message = nftables_batch_next(wanted, message))) {
		const char *set = is_type(message, NFT_MSG_NEWSETELEM) ? set_of_message(message) : judged;

		if (strcmp(judged, set)) { /* a large set comes in many messages, one behind another */
			judged = set;
			differs = nftables_canon_has_set(got, set) && !elements_are_same(lines, got, set);
			if (differs)
				table_message_put(update, NFT_MSG_DELSETELEM, set);
		}
		if (differs && is_type(message, NFT_MSG_NEWSETELEM))
			nftables_batch_copy(update, message);
	}
}

static void rules_exchange(struct nftables_batch *update, const struct nftables_batch *wanted,
			   const struct nftables_canon *lines, const struct nftables_canon *got)
{
	const struct nlmsghdr *message = NULL;

	nftables_batch_begin(update);
	table_message_put(update, NFT_MSG_DELRULE, NULL);
	elements_exchange(update, wanted, lines, got);
	while ((message = nftables_batch_next(wanted, message)))
		if (is_type(message, NFT_MSG_NEWRULE))
			nftables_batch_copy(update, message);
	for (size_t i = 0; i < nftables_set_count; i++)
		if (nftables_canon_has_set(got, nftables_sets[i].name) &&
		    !nftables_canon_has_set(lines, nftables_sets[i].name))
			table_message_put(update, NFT_MSG_DELSET, nftables_sets[i].name);
	nftables_batch_end(update);
}

bool nftables_exchange_make(const struct nftables_batch *wanted, const struct nftables_canon *lines,
			    const struct nftables_canon *got, struct nftables_batch *updates)
{
	if (!frame_fits(lines, got) || !frame_fits(got, lines))
		return false;
	updates[0].table = updates[1].table = wanted->table;
	sets_make(&updates[0], wanted, got);
	rules_exchange(&updates[1], wanted, lines, got);
	return !updates[0].failed && !updates[1].failed;
}

static int commit(const struct mnl_socket *socket, const struct nftables_batch *batch, struct conf_report *report)
{
	return socket ? nftables_transport_commit_by(socket, batch, report) : nftables_transport_commit(batch, report);
}

/* By parts. 0, or -1: that cannot be done, and the table is as it was but for sets that nothing refers to. */
static int update(const struct mnl_socket *socket, const struct nftables_batch *wanted,
		  const struct nftables_canon *lines, const struct nftables_canon *got)
{
	struct nftables_batch updates[2] = {{.buffer = NULL}, {.buffer = NULL}};
	int result = nftables_exchange_make(wanted, lines, got, updates) ? 0 : -1;

	for (size_t i = 0; i < 2; i++) {
		if (result == 0 && !nftables_batch_is_empty(&updates[i]))
			result = commit(socket, &updates[i], CONF_REPORT_DISCARD);
		nftables_batch_clear(&updates[i]);
	}
	return result;
}

int nftables_exchange(const struct mnl_socket *socket, const struct nftables_batch *wanted, struct conf_report *report)
{
	struct nftables_canon lines = {.table = wanted->table}, got = {.table = wanted->table};
	bool known = nftables_canon_add_batch(&lines, wanted) == 0 && !lines.failed &&
		     nftables_exchange_read(&got, CONF_REPORT_DISCARD) == 0; /* if not, the transaction says why */
	int result = known && got.count && nftables_canon_equal(&lines, &got, CONF_REPORT_DISCARD) ? 0 : 1, error;

	if (result == 1 && (!known || !got.count || update(socket, wanted, &lines, &got) != 0))
		result = commit(socket, wanted, report) < 0 ? -1 : 1;
	error = errno;
	nftables_canon_clear(&lines);
	nftables_canon_clear(&got);
	errno = error;
	return result;
}
