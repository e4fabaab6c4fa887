/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing rulesets by their text.
 *
 * Both sides go through the same reader: our own transaction as it would be sent, and the kernel's lists. What is left out
 * is what the kernel counts (packets, handles, uses); an expression that is different in any other way makes another line.
 * The order of rules in a chain matters, the order of chains and counters does not: lines are grouped by chain.
 */
#include "nftables/canon.h"

#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/names.h"

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_LINE "set "

/* What a reader makes of a message. */
struct line {
	const char *table;  /* of the lines that are ours */
	char *group, *text; /* NULL: out of memory */
	bool ours;
};

__attribute__((format(printf, 1, 2))) static char *text_make(const char *format, ...)
{
	char *text;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return text;
}

static const char *table_of(const struct nftables_canon *canon)
{
	return canon->table ? canon->table : NFTABLES_TABLE;
}

static bool is_ours(const struct nlmsghdr *message, const struct line *line, const char *table)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);

	return header->nfgen_family == NFPROTO_INET && table && !strcmp(table, line->table);
}

static int table_read(const struct nlmsghdr *message, struct line *line)
{
	struct nftnl_table *table = nftnl_table_alloc();
	int result = table ? nftnl_table_nlmsg_parse(message, table) : -1;

	if (result == 0 && (line->ours = is_ours(message, line, nftnl_table_get_str(table, NFTNL_TABLE_NAME))))
		line->text = text_make("table flags %u", nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS));
	if (table)
		nftnl_table_free(table);
	return result;
}

static char *chain_text(const struct nftnl_chain *chain)
{
	const char *type = nftnl_chain_get_str(chain, NFTNL_CHAIN_TYPE);
	const char *name = nftnl_chain_get_str(chain, NFTNL_CHAIN_NAME);

	if (!name)
		return NULL;
	if (!type)
		return text_make("chain %s", name);
	return text_make("chain %s type %s hook %u priority %d policy %u", name, type,
			 nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM), nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO),
			 nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY));
}

static int chain_read(const struct nlmsghdr *message, struct line *line)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();
	int result = chain ? nftnl_chain_nlmsg_parse(message, chain) : -1;

	if (result == 0 && (line->ours = is_ours(message, line, nftnl_chain_get_str(chain, NFTNL_CHAIN_TABLE))))
		line->text = chain_text(chain);
	if (chain)
		nftnl_chain_free(chain);
	return result;
}

static int object_read(const struct nlmsghdr *message, struct line *line)
{
	struct nftnl_obj *object = nftnl_obj_alloc();
	int result = object ? nftnl_obj_nlmsg_parse(message, object) : -1;

	if (result == 0 && (line->ours = is_ours(message, line, nftnl_obj_get_str(object, NFTNL_OBJ_TABLE))))
		line->text = text_make("object type %u %s", nftnl_obj_get_u32(object, NFTNL_OBJ_TYPE),
				       nftnl_obj_get_str(object, NFTNL_OBJ_NAME));
	if (object)
		nftnl_obj_free(object);
	return result;
}

static int set_read(const struct nlmsghdr *message, struct line *line)
{
	struct nftnl_set *set = nftnl_set_alloc();
	int result = set ? nftnl_set_nlmsg_parse(message, set) : -1;

	if (result == 0 && (line->ours = is_ours(message, line, nftnl_set_get_str(set, NFTNL_SET_TABLE))))
		line->text = text_make(SET_LINE "%s of %u octets, flags %u, size %u, timeout %llu",
				       nftnl_set_get_str(set, NFTNL_SET_NAME), nftnl_set_get_u32(set, NFTNL_SET_KEY_LEN),
				       nftnl_set_get_u32(set, NFTNL_SET_FLAGS),
				       nftnl_set_get_u32(set, NFTNL_SET_DESC_SIZE),
				       (unsigned long long)nftnl_set_get_u64(set, NFTNL_SET_TIMEOUT));
	if (set)
		nftnl_set_free(set);
	return result;
}

static int comment_find(const struct nftnl_udata *data, void *context)
{
	if (nftnl_udata_type(data) == NFTNL_UDATA_RULE_COMMENT && nftnl_udata_len(data) > 0 &&
	    ((const char *)nftnl_udata_get(data))[nftnl_udata_len(data) - 1] == '\0')
		*(const char **)context = nftnl_udata_get(data);
	return 0;
}

static const char *rule_comment(const struct nftnl_rule *rule)
{
	const char *comment = "";
	uint32_t length = 0;
	const void *data = nftnl_rule_get_data(rule, NFTNL_RULE_USERDATA, &length);

	if (data)
		nftnl_udata_parse(data, length, comment_find, &comment);
	return comment;
}

static void expression_print(const struct nftnl_expr *expression, FILE *stream)
{
	const char *name = nftnl_expr_get_str(expression, NFTNL_EXPR_NAME);
	static const char no_timeout[] = " timeout 0ms"; /* of a dynset: that is how the kernel lists one without */
	char text[1024] = "", *found;

	/* A rule's own counter holds a count: its presence is what matters. */
	if (strcmp(name, "counter"))
		nftnl_expr_snprintf(text, sizeof(text), expression, NFTNL_OUTPUT_DEFAULT, 0);
	found = strstr(text, no_timeout);
	if (found)
		memmove(found, found + strlen(no_timeout), strlen(found + strlen(no_timeout)) + 1);
	fprintf(stream, " [ %s %s]", name, text);
}

static char *rule_text(const struct nftnl_rule *rule)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct nftnl_expr_iter *iterator = nftnl_expr_iter_create(rule);
	const struct nftnl_expr *expression;

	if (stream) {
		fprintf(stream, "%s: \"%s\"", nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN), rule_comment(rule));
		while (iterator && (expression = nftnl_expr_iter_next(iterator)))
			expression_print(expression, stream);
		fclose(stream);
	}
	if (iterator)
		nftnl_expr_iter_destroy(iterator);
	return text;
}

static int rule_read(const struct nlmsghdr *message, struct line *line)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	int result = rule ? nftnl_rule_nlmsg_parse(message, rule) : -1;

	if (result == 0 && nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN) &&
	    (line->ours = is_ours(message, line, nftnl_rule_get_str(rule, NFTNL_RULE_TABLE)))) {
		free(line->group);
		line->group = strdup(nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN));
		line->text = rule_text(rule);
	}
	if (rule)
		nftnl_rule_free(rule);
	return result;
}

static int message_read(const struct nlmsghdr *message, struct line *line)
{
	*line = (struct line){.table = line->table, .group = strdup("")};
	if (message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return 0;
	switch (message->nlmsg_type & 0xff) {
	case NFT_MSG_NEWTABLE:
	case NFT_MSG_DELTABLE:
		return table_read(message, line);
	case NFT_MSG_NEWCHAIN:
		return chain_read(message, line);
	case NFT_MSG_NEWOBJ:
		return object_read(message, line);
	case NFT_MSG_NEWSET:
		return set_read(message, line);
	case NFT_MSG_NEWRULE:
		return rule_read(message, line);
	default:
		return 0;
	}
}

/* The line takes both texts over. */
static void line_add(struct nftables_canon *canon, char *group, char *text)
{
	struct nftables_canon_line *lines = canon->lines;

	if (canon->count == canon->room) {
		lines = realloc(lines, (canon->room * 2 + 64) * sizeof(*lines));
		if (lines) {
			canon->lines = lines;
			canon->room = canon->room * 2 + 64;
		}
	}
	if (lines && group && text) {
		lines[canon->count] = (struct nftables_canon_line){group, text, canon->count};
		canon->count++;
		return;
	}
	canon->failed = true;
	free(group);
	free(text);
}

int nftables_canon_add(struct nftables_canon *canon, const struct nlmsghdr *message)
{
	struct line line = {.table = table_of(canon)};
	int result;

	if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM))
		return nftables_edges_add(&canon->edges, message, table_of(canon));
	result = message_read(message, &line);
	if (result == 0 && line.ours) {
		line_add(canon, line.group, line.text);
		return 0;
	}
	free(line.group);
	free(line.text);
	return result;
}

static void range_add(void *canon, char *text)
{
	line_add(canon, strdup(""), text);
}

void nftables_canon_settle(struct nftables_canon *canon)
{
	nftables_edges_print(&canon->edges, range_add, canon);
	canon->failed |= canon->edges.failed;
}

bool nftables_canon_line_is_set(const char *text, const char *name)
{
	size_t prefix = strlen(SET_LINE), length = strlen(name);

	return !strncmp(text, SET_LINE, prefix) && !strncmp(text + prefix, name, length) && text[prefix + length] == ' ';
}

bool nftables_canon_has_set(const struct nftables_canon *canon, const char *name)
{
	for (size_t i = 0; i < canon->count; i++)
		if (nftables_canon_line_is_set(canon->lines[i].text, name))
			return true;
	return false;
}

int nftables_canon_add_batch(struct nftables_canon *canon, const struct nftables_batch *batch)
{
	const struct nlmsghdr *message = NULL;
	int result = 0;

	while (result == 0 && (message = nftables_batch_next(batch, message))) {
		if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE))
			nftables_canon_clear(canon); /* what came before is gone */
		else
			result = nftables_canon_add(canon, message);
	}
	nftables_canon_settle(canon);
	canon->failed |= batch->failed;
	return result;
}

char *nftables_canon_text(const struct nlmsghdr *message)
{
	struct line line = {.table = NFTABLES_TABLE};

	message_read(message, &line);
	free(line.group);
	return line.text;
}

static int line_compare(const void *a, const void *b)
{
	const struct nftables_canon_line *left = a, *right = b;
	int result = strcmp(left->group, right->group);

	if (result == 0 && !*left->group)
		result = strcmp(left->text, right->text);
	if (result == 0)
		result = left->order < right->order ? -1 : left->order > right->order;
	return result;
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(((const struct nftables_canon_line *)a)->text, ((const struct nftables_canon_line *)b)->text);
}

/* Report every line of `has` that `lacks` does not have. There may be many thousands: both are in the order of their texts. */
static size_t report_lacking(const struct nftables_canon *has, const struct nftables_canon *lacks, const char *verb,
			     struct conf_report *report)
{
	size_t reported = 0;

	for (size_t i = 0; i < has->count; i++) {
		if (lacks->count > 0 &&
		    bsearch(&has->lines[i], lacks->lines, lacks->count, sizeof(*lacks->lines), text_compare))
			continue;
		conf_report_add(report, "table inet %s %s %s", table_of(has), verb, has->lines[i].text);
		reported++;
	}
	return reported;
}

static void lines_sort(struct nftables_canon *canon, int (*compare)(const void *, const void *))
{
	if (canon->count)
		qsort(canon->lines, canon->count, sizeof(*canon->lines), compare);
}

bool nftables_canon_equal(struct nftables_canon *wanted, struct nftables_canon *got, struct conf_report *report)
{
	bool equal = wanted->count == got->count;

	lines_sort(wanted, line_compare);
	lines_sort(got, line_compare);
	for (size_t i = 0; equal && i < wanted->count; i++)
		equal = !strcmp(wanted->lines[i].text, got->lines[i].text);
	if (equal)
		return true;
	lines_sort(wanted, text_compare);
	lines_sort(got, text_compare);
	if (report_lacking(wanted, got, "lacks", report) + report_lacking(got, wanted, "has besides", report) == 0)
		conf_report_add(report, "table inet %s has the relay's rules in another order, or more than once",
				table_of(wanted));
	return false;
}

void nftables_canon_clear(struct nftables_canon *canon)
{
	for (size_t i = 0; i < canon->count; i++) {
		free(canon->lines[i].group);
		free(canon->lines[i].text);
	}
	free(canon->lines);
	nftables_edges_clear(&canon->edges);
	*canon = (struct nftables_canon){.failed = canon->failed, .table = canon->table};
}
