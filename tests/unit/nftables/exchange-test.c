/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nftables: what two transactions say that lead from the table of some settings to that of others; no kernel, no root. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nftables/batch.h"
#include "nftables/canon.h"
#include "nftables/exchange.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char relay[] =
	"split-domain 9929 ts.test\nedge-address 100.64.0.1\nprefix fd64:9929::/96\ndynamic-pool 192.168.240.0/20\n";

static void make(const char *more, struct nftables_batch *batch, struct nftables_canon *lines)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	char *text;

	assert_true(asprintf(&text, "%s%s", relay, more) > 0);
	settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	free(text);
	if (!settings)
		fail_msg("refused: %s", report.count ? report.lines[0] : "no reason given");
	nftables_batch_replace(batch, settings);
	assert_int_equal(nftables_canon_add_batch(lines, batch), 0);
	conf_settings_free(settings);
}

/* How many messages of a type name this set; "": whatever they name. */
static unsigned count(const struct nftables_batch *batch, int type, const char *set)
{
	const struct nlmsghdr *message = NULL;
	unsigned found = 0;

	while ((message = nftables_batch_next(batch, message))) {
		const struct nlattr *attribute;
		const char *name = "";

		if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | type))
			continue;
		mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
			if (mnl_attr_get_type(attribute) == NFTA_SET_NAME)
				name = mnl_attr_get_str(attribute);
		found += !*set || !strcmp(name, set);
	}
	return found;
}

/* From the table of these settings to that of those. False: it is to be replaced. */
static bool exchange(const char *from, const char *to, struct nftables_batch *updates)
{
	struct nftables_batch old = {.buffer = NULL}, wanted = {.buffer = NULL};
	struct nftables_canon got = {.count = 0}, lines = {.count = 0};
	struct conf_report report = {0};
	bool made;

	make(from, &old, &got);
	make(to, &wanted, &lines);
	assert_false(nftables_canon_equal(&lines, &got, &report));
	made = nftables_exchange_make(&wanted, &lines, &got, updates);
	for (int i = 0; made && i < 2; i++) {
		assert_int_equal(count(&updates[i], NFT_MSG_DELTABLE, ""), 0);
		assert_int_equal(count(&updates[i], NFT_MSG_NEWCHAIN, ""), 0);
		assert_int_equal(count(&updates[i], NFT_MSG_NEWOBJ, ""), 0);
	}
	if (made)
		assert_int_equal(count(&updates[1], NFT_MSG_NEWRULE, ""), count(&wanted, NFT_MSG_NEWRULE, ""));
	conf_report_clear(&report);
	nftables_canon_clear(&got);
	nftables_canon_clear(&lines);
	nftables_batch_clear(&old);
	nftables_batch_clear(&wanted);
	return made;
}

static void clear(struct nftables_batch *updates)
{
	nftables_batch_clear(&updates[0]);
	nftables_batch_clear(&updates[1]);
}

/* One range more in a list: that set is filled again, in the transaction of the rules; the others stay as they are. */
static void only_what_changes_is_filled(void **state)
{
	struct nftables_batch updates[2] = {{.buffer = NULL}, {.buffer = NULL}};

	(void)state;
	assert_true(exchange("deny-destination 10.1.0.0/16\n",
			     "deny-destination 10.1.0.0/16\ndeny-destination 10.3.0.0/16\n", updates));
	assert_true(nftables_batch_is_empty(&updates[0]));
	assert_int_equal(count(&updates[1], NFT_MSG_DELRULE, ""), 1);
	assert_int_equal(count(&updates[1], NFT_MSG_DELSETELEM, "denied"), 1);
	assert_int_equal(count(&updates[1], NFT_MSG_NEWSETELEM, "denied"), 1);
	assert_int_equal(count(&updates[1], NFT_MSG_DELSETELEM, ""), 1);
	assert_int_equal(count(&updates[1], NFT_MSG_NEWSETELEM, ""), 1);
	assert_int_equal(count(&updates[1], NFT_MSG_NEWSET, ""), 0);
	assert_int_equal(count(&updates[1], NFT_MSG_DELSET, ""), 0);
	clear(updates);
}

/* A set that was not there is whole before a rule asks it; one that is not wanted goes with its rules. */
static void a_new_set_comes_first(void **state)
{
	struct nftables_batch updates[2] = {{.buffer = NULL}, {.buffer = NULL}};

	(void)state;
	assert_true(exchange("", "map 10.9.0.1 fd77::1\n", updates));
	assert_int_equal(count(&updates[0], NFT_MSG_NEWSET, "mapped6"), 1);
	assert_int_equal(count(&updates[0], NFT_MSG_NEWSETELEM, "mapped6"), 1);
	assert_int_equal(count(&updates[0], NFT_MSG_NEWRULE, ""), 0);
	assert_int_equal(count(&updates[1], NFT_MSG_NEWSET, ""), 0);
	assert_int_equal(count(&updates[1], NFT_MSG_NEWSETELEM, "mapped6"), 0);
	clear(updates);
	assert_true(exchange("map 10.9.0.1 fd77::1\n", "", updates));
	assert_true(nftables_batch_is_empty(&updates[0]));
	assert_int_equal(count(&updates[1], NFT_MSG_DELSET, "mapped6"), 1);
	assert_int_equal(count(&updates[1], NFT_MSG_DELSETELEM, "mapped6"), 0);
	clear(updates);
}

/* A chain that somebody made, or a set that an earlier version made otherwise. */
static void another_frame_is_replaced(void **state)
{
	static const char *const strange[] = {"chain theirs", "set theirs of 4 octets, flags 4, size 0, timeout 0",
					      "set denied of 16 octets, flags 4, size 0, timeout 0"};
	struct nftables_batch updates[2] = {{.buffer = NULL}, {.buffer = NULL}}, batch = {.buffer = NULL};
	struct nftables_canon lines = {.count = 0}, got;

	(void)state;
	make("deny-destination 10.1.0.0/16\n", &batch, &lines);
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		struct nftables_canon_line *list = calloc(lines.count + 1, sizeof(*list));

		assert_non_null(list);
		memcpy(list, lines.lines, lines.count * sizeof(*list));
		list[lines.count] = (struct nftables_canon_line){.group = (char *)(uintptr_t) "",
								 .text = (char *)(uintptr_t)strange[i]};
		got = (struct nftables_canon){.lines = list, .count = lines.count + 1};
		assert_false(nftables_exchange_make(&batch, &lines, &got, updates));
		free(list);
	}
	nftables_canon_clear(&lines);
	nftables_batch_clear(&batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_changes_is_filled),
		cmocka_unit_test(a_new_set_comes_first),
		cmocka_unit_test(another_frame_is_replaced),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
