/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/relay/check/judge-lab.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"
#include "relay/cli/command.h"
#include "relay/check/judge.h"
#include "tests/unit/tailscale/tailscaled.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char relay_conf[] =
	"split-domain 9929 ts.test\nupstream-dns ts.test 100.100.100.100\nedge-address 100.64.0.1\nprefix fd64:9929::/96\n"
	"dynamic-pool 192.168.240.0/20\n";

struct conf_settings *settings_parse(const char *more)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	char text[2048];

	snprintf(text, sizeof(text), "%s%s", relay_conf, more);
	settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	if (!settings)
		fail_msg("%s", report.count ? report.lines[0] : "no settings");
	conf_report_clear(&report);
	return settings;
}

void list_set(struct tailscale_list *list, const char *text)
{
	tailscale_list_clear(list);
	list->items = calloc(1, sizeof(*list->items));
	list->items[0] = strdup(text);
	list->count = 1;
}

void replied(struct relay_reply *reply, const char *code, const char *aaaa, const char *a)
{
	*reply = (struct relay_reply){.asked = true, .answered = true, .aaaa_count = aaaa ? 1 : 0, .a_count = a ? 1 : 0};
	snprintf(reply->code, sizeof(reply->code), "%s", code);
	if (aaaa)
		assert_int_equal(inet_pton(AF_INET6, aaaa, &reply->aaaa[0]), 1);
	if (a)
		assert_int_equal(inet_pton(AF_INET, a, &reply->a[0]), 1);
}

static void tailnet_fill(struct relay_tailnet_evidence *tailnet, const struct conf_settings *settings)
{
	struct conf_report report = {0};
	struct tailscaled *server = tailscaled_start("status-running.json", "prefs-running.json");
	char zone[CONF_REVERSE_TEXT];

	server->bus = "bus-netmap.json";
	*tailnet = (struct relay_tailnet_evidence){.used = true, .headscale = true, .now = 1796000000};
	tailnet->has_status = tailnet->up = tailscale_status_read(server->path, &tailnet->status, &report) == 0;
	tailnet->has_prefs = tailscale_prefs_read(server->path, &tailnet->prefs, &report) == 0;
	tailnet->has_netmap = tailscale_netmap_read(server->path, &tailnet->netmap, &report) == 0;
	assert_quiet(&report);
	assert_true(tailnet->has_status && tailnet->has_prefs && tailnet->has_netmap);
	tailscaled_stop(server);
	strcpy(tailnet->netmap.warnings[0].severity, "low");
	list_set(&tailnet->prefs.advertise_routes, "fd64:9929::/96");
	for (tailnet->zone_count = 0; tailnet->zone_count < 2; tailnet->zone_count++) {
		struct relay_zone_evidence *entry = &tailnet->zones[tailnet->zone_count];

		entry->reverse = tailnet->zone_count == 1;
		snprintf(entry->name, sizeof(entry->name), "%s",
			 entry->reverse ? conf_prefix6_print_reverse(&settings->common.prefixes[0].prefix, zone) : "9929");
		entry->zone = tailscale_netmap_zone(&tailnet->netmap, entry->name);
		assert_non_null(entry->zone);
		entry->others[1] = RELAY_OTHER_RELAY; /* 100.64.0.2, the second of the recording */
	}
}

void lab_make(struct lab *lab, const char *more)
{
	struct relay_evidence *evidence = &lab->evidence;

	*lab = (struct lab){.settings = settings_parse(more)};
	*evidence = (struct relay_evidence){.settings = lab->settings,
					    .file = RELAY_CONF_PATH,
					    .name = "my-vps.9929",
					    .real = "my-vps.ts.test",
					    .real_suffix = "ts.test"};
	evidence->dns.edges[0] = (struct relay_edge_evidence){&lab->settings->dns.edge_addresses[0], true, true, true};
	evidence->dns.edge_count = 1;
	replied(&evidence->dns.aaaa, "NOERROR", "fd64:9929::6440:3", NULL);
	replied(&evidence->dns.a, "NOERROR", NULL, NULL);
	replied(&evidence->dns.real_a, "NOERROR", NULL, "100.64.0.3");
	replied(&evidence->dns.real_aaaa, "NOERROR", NULL, NULL);
	evidence->dns.leak_seen = true;
	tailnet_fill(&evidence->tailnet, lab->settings);
	evidence->traffic = (struct relay_traffic_evidence){.may_ask = true,
							    .translator = true,
							    .counters = true,
							    .sent = true,
							    .client_seen = 12,
							    .after = {1, 1, 1, 0, 0},
							    .prefixes_known = true,
							    .prefix_count = 1};
	evidence->traffic.prefixes[0] = lab->settings->common.prefixes[0].prefix;
	evidence->machine = (struct relay_machine_evidence){.running = true,
							    .root = true,
							    .has_table = true,
							    .pool_device = "nat64",
							    .prefix_device = "nat64",
							    .overlay_mtu = 1280,
							    .systemd = true,
							    .unit_enabled = true,
							    .own_file = true,
							    .route_kept = true};
}

void assert_found(struct lab *lab, const char *expected)
{
	char found[400] = "";

	relay_judge_all(&lab->evidence, &lab->findings);
	for (size_t i = 0; i < lab->findings.count; i++) {
		const struct relay_finding *finding = &lab->findings.items[i];
		size_t length = strlen(found);

		if (finding->cause == FINDING_NONE && finding->id != FINDING_NUMERIC_DOMAIN)
			snprintf(found + length, sizeof(found) - length, "%s%s", length > 0 ? " " : "",
				 relay_finding_types[finding->id].name);
		if (relay_finding_types[finding->id].kind == RELAY_FINDING_FAILURE && finding->cause == FINDING_NONE &&
		    finding->advice[0] == '\0')
			fail_msg("%s says nothing of what to do", relay_finding_types[finding->id].name);
	}
	assert_string_equal(found, expected);
	relay_findings_clear(&lab->findings);
	relay_evidence_clear(&lab->evidence);
	conf_settings_free(lab->settings);
}
