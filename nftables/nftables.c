/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Apply, compare, remove and count: the four things that others do with our table; the second one (hold.c) is compared and counted too. */
#include "nftables/nftables.h"

#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/canon.h"
#include "nftables/exchange.h"
#include "nftables/transport.h"

#include <libnftnl/object.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LIST_TRIES 10 /* a list that changes while it is read is read again, this often */

static int batch_compare(const struct nftables_batch *batch, struct conf_report *report)
{
	struct nftables_canon wanted = {.table = batch->table}, got = {.table = batch->table};
	int result = -1;

	if (nftables_canon_add_batch(&wanted, batch) < 0 || wanted.failed) {
		conf_report_add(report, "out of memory while building the ruleset");
	} else if (nftables_exchange_read(&got, report) == 0) {
		if (got.count == 0) {
			conf_report_add(report, "there is no table inet %s", batch->table ? batch->table : NFTABLES_TABLE);
			result = NFTABLES_ABSENT;
		} else {
			result = nftables_canon_equal(&wanted, &got, report) ? 0 : 1;
		}
	}
	nftables_canon_clear(&wanted);
	nftables_canon_clear(&got);
	return result;
}

int nftables_compare(const struct conf_settings *settings, struct conf_report *report)
{
	struct nftables_batch batch = {.buffer = NULL};
	int result;

	nftables_batch_replace(&batch, settings);
	result = batch_compare(&batch, report);
	nftables_batch_clear(&batch);
	return result == NFTABLES_ABSENT ? 1 : result;
}

int nftables_hold_compare(const struct conf_settings *settings)
{
	struct nftables_batch batch = {.buffer = NULL};
	int result = 1;

	for (int has_sockets = 1; result == 1 && has_sockets >= 0; has_sockets--) {
		nftables_batch_hold(&batch, settings, has_sockets);
		result = batch_compare(&batch, CONF_REPORT_DISCARD);
		nftables_batch_clear(&batch);
	}
	return result;
}

int nftables_apply(const struct conf_settings *settings, struct conf_report *report)
{
	struct nftables_batch batch = {.buffer = NULL};
	int result;

	nftables_batch_replace(&batch, settings);
	result = nftables_exchange(NULL, &batch, report);
	nftables_batch_clear(&batch);
	return result;
}

struct finding {
	bool found;
	char owner[NFTABLES_OWNER_ROOM];
};

/* The comment of the table, as nft(8) lists it. */
static int comment_visit(const struct nftnl_udata *data, void *context)
{
	const char *comment = nftnl_udata_get(data);
	size_t length = nftnl_udata_len(data), begin = strlen(NFTABLES_OWNER);
	struct finding *finding = context;

	if (nftnl_udata_type(data) == NFTNL_UDATA_TABLE_COMMENT && length > begin && comment[length - 1] == '\0' &&
	    !strncmp(comment, NFTABLES_OWNER, begin))
		snprintf(finding->owner, sizeof(finding->owner), "%s", comment + begin);
	return 0;
}

static int table_find(const struct nlmsghdr *message, void *context)
{
	struct nftnl_table *table = nftnl_table_alloc();
	struct finding *finding = context;
	uint32_t length = 0;
	const void *data;

	if (table && nftnl_table_nlmsg_parse(message, table) == 0 &&
	    nftnl_table_get_u32(table, NFTNL_TABLE_FAMILY) == NFPROTO_INET &&
	    !strcmp(nftnl_table_get_str(table, NFTNL_TABLE_NAME), NFTABLES_TABLE)) {
		finding->found = true;
		data = nftnl_table_get_data(table, NFTNL_TABLE_USERDATA, &length);
		if (data)
			nftnl_udata_parse(data, length, comment_visit, finding);
	}
	if (table)
		nftnl_table_free(table);
	return MNL_CB_OK;
}

/* Is there a table of our name? 1, 0, or -1. */
static int kernel_has_table(struct finding *finding, struct conf_report *report)
{
	int changed = 1;

	*finding = (struct finding){.found = false};
	for (int try = 0; changed == 1 && !finding->found && try < LIST_TRIES; try++)
		changed = nftables_transport_list(NFT_MSG_GETTABLE, NFPROTO_INET, table_find, finding, report);
	if (changed == 1 && !finding->found)
		conf_report_add(report, NFTABLES_CHANGES_ALL_THE_TIME);
	return finding->found ? 1 : changed ? -1 : 0;
}

bool nftables_owner_read(char owner[NFTABLES_OWNER_ROOM])
{
	struct finding finding;
	bool found = kernel_has_table(&finding, CONF_REPORT_DISCARD) == 1 && *finding.owner;

	snprintf(owner, NFTABLES_OWNER_ROOM, "%s", finding.owner);
	return found;
}

int nftables_remove(struct conf_report *report)
{
	struct nftables_batch batch = {.buffer = NULL};
	struct finding finding;
	int result = kernel_has_table(&finding, report);

	if (result <= 0)
		return result;
	nftables_batch_delete(&batch);
	result = nftables_transport_commit(&batch, report) < 0 ? -1 : 1;
	nftables_batch_clear(&batch);
	return result;
}

/* The counters of both tables, and how many of each were seen. */
struct reading {
	struct nftables_counters *counters;
	size_t ours, held;
};

/* Each packet is counted once: what one table drops does not come to the other, and the first nat chain takes a connection alone. */
static void counter_store(const struct nftnl_obj *constant, struct reading *reading)
{
	struct nftnl_obj *object = (struct nftnl_obj *)constant; /* libnftnl's getters take no const */
	const char *table = nftnl_obj_get_str(object, NFTNL_OBJ_TABLE);
	bool ours = !strcmp(table, NFTABLES_TABLE);

	if (!ours && strcmp(table, NFTABLES_HOLD))
		return;
	for (size_t i = 0; i < NFTABLES_COUNTERS; i++) {
		if (strcmp(nftables_counter_name((enum nftables_counter)i), nftnl_obj_get_str(object, NFTNL_OBJ_NAME)))
			continue;
		reading->counters->of[i].packets += nftnl_obj_get_u64(object, NFTNL_OBJ_CTR_PKTS);
		reading->counters->of[i].bytes += nftnl_obj_get_u64(object, NFTNL_OBJ_CTR_BYTES);
		*(ours ? &reading->ours : &reading->held) += 1;
	}
}

static int counter_collect(const struct nlmsghdr *message, void *context)
{
	struct nftnl_obj *object = nftnl_obj_alloc();

	if (object && nftnl_obj_nlmsg_parse(message, object) == 0 &&
	    nftnl_obj_get_u32(object, NFTNL_OBJ_TYPE) == NFT_OBJECT_COUNTER)
		counter_store(object, context);
	if (object)
		nftnl_obj_free(object);
	return MNL_CB_OK;
}

int nftables_counters_read(struct nftables_counters *counters, struct conf_report *report)
{
	struct reading reading = {.counters = counters};
	int changed = 1;

	for (int try = 0; changed == 1 && try < LIST_TRIES; try++) {
		memset(counters, 0, sizeof(*counters));
		reading.ours = reading.held = 0;
		changed = nftables_transport_list(NFT_MSG_GETOBJ, NFPROTO_INET, counter_collect, &reading, report);
	}
	if (changed == 0 && (reading.ours == NFTABLES_COUNTERS || reading.held == NFTABLES_COUNTERS))
		return 0;
	if (changed >= 0)
		conf_report_add(report, "counters of table inet %s are missing; restore the table with `nat64-relay up`",
				NFTABLES_TABLE);
	return -1;
}
