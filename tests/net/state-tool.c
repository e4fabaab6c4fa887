/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests/net calls the two libraries with: state-tool RELAY.CONF kernel|nftables apply|compare|remove|counters
 *
 * Prints one line an item, "STATE WHAT", or one a counter, "NAME PACKETS BYTES", then "result N"; messages go to stderr.
 * Exit code 0, 1 when the library reported an error, 2 for a wrong call.
 */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/listeners.h"
#include "kernel/state.h"
#include "nftables/nftables.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_item(void *context, const char *what, enum kernel_item_state state)
{
	static const char *const names[] = {"ok", "missing", "added", "removed"};

	(void)context;
	printf("%s %s\n", names[state], what);
}

static int kernel_run(const char *verb, const struct conf_settings *settings, struct conf_report *report)
{
	if (!strcmp(verb, "apply"))
		return kernel_state_apply(settings, print_item, NULL, report);
	if (!strcmp(verb, "compare"))
		return kernel_state_compare(settings, print_item, NULL, report);
	if (!strcmp(verb, "remove"))
		return kernel_state_remove(settings, print_item, NULL, report);
	exit(2);
}

static int counters_print(struct conf_report *report)
{
	struct nftables_counters counters;
	int result = nftables_counters_read(&counters, report);

	for (int i = 0; result == 0 && i < NFTABLES_COUNTERS; i++)
		printf("%s %llu %llu\n", nftables_counter_name((enum nftables_counter)i),
		       (unsigned long long)counters.of[i].packets, (unsigned long long)counters.of[i].bytes);
	return result;
}

static int nftables_run(const char *verb, const struct conf_settings *settings, struct conf_report *report)
{
	if (!strcmp(verb, "apply"))
		return nftables_apply(settings, report);
	if (!strcmp(verb, "compare"))
		return nftables_compare(settings, report);
	if (!strcmp(verb, "remove"))
		return nftables_remove(report);
	if (!strcmp(verb, "counters"))
		return counters_print(report);
	exit(2);
}

/* state-tool RELAY.CONF listener ADDRESS: who has port 53 there? */
static int listener_print(const char *text, struct conf_report *report)
{
	struct conf_address address = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	struct kernel_listener listener;
	int result;

	if (inet_pton(address.family, text, &address.v4) != 1)
		exit(2);
	result = kernel_listener_find(&address, 53, &listener, report);
	if (result == 1)
		printf("%s %d %s\n", listener.tcp ? "tcp" : "udp", (int)listener.pid, listener.program);
	return result;
}

int main(int argc, char **argv)
{
	struct conf_report report = {.count = 0};
	struct conf_settings *settings = argc == 4 ? conf_settings_read(argv[1], &report) : NULL;
	int result = -1;

	if (argc != 4)
		return 2;
	if (settings && !strcmp(argv[2], "kernel"))
		result = kernel_run(argv[3], settings, &report);
	else if (settings && !strcmp(argv[2], "nftables"))
		result = nftables_run(argv[3], settings, &report);
	else if (settings && !strcmp(argv[2], "listener"))
		result = listener_print(argv[3], &report);
	printf("result %d\n", result);
	conf_report_print(&report, "state-tool", stderr);
	conf_report_clear(&report);
	conf_settings_free(settings);
	return result < 0;
}
