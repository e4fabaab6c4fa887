// SPDX-License-Identifier: GPL-2.0-or-later
// The steps of check that look at the route and at the next boot.
#include "relay/check.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control.h"
#include "relay/machine.h"
#include "relay/rehearse.h"
#include "relay/tailnet.h"
#include "tailscale/prefs.h"
#include "tailscale/status.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define UNIT "nat64-relay.service"

enum { RECENT_S = 600 };

/* The first line of the report becomes the finding. */
static void finding_of_report(struct relay_finding *finding, enum relay_mark mark, struct conf_report *report)
{
	relay_finding_set(finding, mark, "%s", report->count > 0 ? report->lines[0] : "tailscaled does not say");
	conf_report_clear(report);
}

/* The prefix of the name's addresses: the first that holds the target, else the first. */
static struct conf_prefix prefix_of(const struct relay_check *check)
{
	const struct conf_settings *settings = check->settings;
	struct conf_prefix prefix = {.family = AF_INET6, .v6 = settings->prefixes[0].prefix};

	for (size_t i = settings->prefix_count; check->has_target && i-- > 0;)
		if (conf_prefix6_contains(&settings->prefixes[i].prefix, &check->target))
			prefix.v6 = settings->prefixes[i].prefix;
	return prefix;
}

/* A walk over the clients for the latest use. */
struct latest {
	const struct conf_settings *settings;
	long long seconds; /* ago; -1: none */
};

static void latest_visit(void *context, const json_t *client)
{
	struct latest *latest = context;
	const char *address = json_string_value(json_object_get(client, "ipv6"));
	long long idle = json_integer_value(json_object_get(client, "idle"));
	bool is_own = address == NULL;
	char own[INET6_ADDRSTRLEN];

	for (size_t i = 0; !is_own && i < latest->settings->edge_address_count; i++)
		is_own = strcmp(address, relay_machine_address_print(&latest->settings->edge_addresses[i], own)) == 0;
	if (!is_own && (latest->seconds < 0 || idle < latest->seconds))
		latest->seconds = idle;
}

/* The latest use by a client, in seconds ago; -1: none. This node's own echo requests are no client's. */
static long long client_last(const struct conf_settings *settings)
{
	struct latest latest = {.settings = settings, .seconds = -1};
	struct conf_report quiet = {0};

	nat64_control_walk_clients(settings->runtime_dir, latest_visit, &latest, &quiet);
	conf_report_clear(&quiet);
	return latest.seconds;
}

/* Advertised, and this node has not heard of an approval. A client that came says more than the control plane. */
static void approval_judge(const struct conf_settings *settings, const struct tailscale_prefs *prefs, const char *route,
			   struct relay_finding *finding)
{
	long long last = client_last(settings);

	if (last >= 0 && last < RECENT_S) {
		relay_finding_set(finding, RELAY_MARK_OK, "%s is advertised, and a client used it %lld s ago", route, last);
	} else if (relay_tailnet_is_headscale(prefs)) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "%s is advertised; headscale has not told this node of an approval", route);
		relay_finding_advise(finding, "headscale nodes list-routes shows it; nat64-relay status says how to approve it");
	} else {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s is advertised, but not approved", route);
		relay_finding_advise(finding, "approve it; nat64-relay status says where");
	}
}

static void route_judge(const struct conf_settings *settings, const struct tailscale_status *status,
			const struct tailscale_prefs *prefs, const struct conf_prefix *prefix, struct relay_finding *finding)
{
	char text[CONF_PREFIX_TEXT];

	conf_prefix_print(prefix, text);
	if (!tailscale_list_contains(&prefs->advertise_routes, text)) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s is not advertised", text);
		relay_finding_advise(finding, "nat64-relay up");
	} else if (prefs->shields_up) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "tailscaled lets nothing in");
		relay_finding_advise(finding, "tailscale set --shields-up=false");
	} else if (prefs->stateful_filtering) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "tailscaled's stateful filtering drops relayed packets");
		relay_finding_advise(finding, "tailscale set --stateful-filtering=false");
	} else if (!tailscale_status_is_approved(status, prefix)) {
		approval_judge(settings, prefs, text, finding);
	} else if (status->have_primary && !tailscale_status_is_primary(status, prefix)) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "%s is approved, but another relay is primary: clients go there", text);
	} else {
		relay_finding_set(finding, RELAY_MARK_OK, "%s is advertised, approved%s", text,
				  status->have_primary ? ", and this node is its primary" : "");
	}
}

void relay_check_route(const struct conf_settings *settings, const struct conf_prefix *prefix, struct relay_finding *finding)
{
	struct conf_report report = {0};
	struct tailscale_status status;
	struct tailscale_prefs prefs;

	if (tailscale_status_read(settings->tailscale_socket, &status, &report) != 0) {
		finding_of_report(finding, RELAY_MARK_FAIL, &report);
		return;
	}
	if (tailscale_status_is_up(&status, &report) != 0) {
		finding_of_report(finding, RELAY_MARK_FAIL, &report);
	} else if (tailscale_prefs_read(settings->tailscale_socket, &prefs, &report) != 0) {
		finding_of_report(finding, RELAY_MARK_UNKNOWN, &report);
	} else {
		route_judge(settings, &status, &prefs, prefix, finding);
		tailscale_prefs_clear(&prefs);
	}
	tailscale_status_clear(&status);
}

void relay_check_reach(struct relay_check *check, struct relay_finding *finding)
{
	const struct conf_settings *settings = check->settings;
	struct conf_prefix prefix;

	if (settings->advertise_none || settings->prefix_count == 0) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "no tailscaled is asked (advertise-prefix none)");
		relay_finding_advise(finding, "on a client: ip -6 route get ADDRESS");
		return;
	}
	prefix = prefix_of(check);
	relay_check_route(settings, &prefix, finding);
}

/* Does tailscaled keep the route over a restart? It stores its preferences; so it is enough that it has it. */
static bool route_is_kept(const struct conf_settings *settings)
{
	struct conf_report quiet = {0};
	struct tailscale_prefs prefs;
	char text[CONF_PREFIX_TEXT];
	bool kept = true;

	if (settings->advertise_none)
		return true;
	if (tailscale_prefs_read(settings->tailscale_socket, &prefs, &quiet) == 0) {
		for (size_t i = 0; i < settings->advertised_count; i++)
			kept = kept && tailscale_list_contains(&prefs.advertise_routes,
							       conf_prefix_print(&settings->advertised[i], text));
		tailscale_prefs_clear(&prefs);
	} else {
		kept = false;
	}
	conf_report_clear(&quiet);
	return kept;
}

/* A unit that is enabled for boot has a link in this folder. */
static bool unit_is_enabled(void)
{
	return access("/etc/systemd/system/multi-user.target.wants/" UNIT, F_OK) == 0;
}

/* Would the resolver come up again? Who is not root may not be able to read all that it reads. */
static bool resolver_would_start(const struct conf_settings *settings, struct relay_finding *finding)
{
	struct conf_report report = {0};

	if (settings->edge_address_count == 0 || geteuid() != 0 || relay_rehearse_unbound(settings, &report) == 0)
		return true;
	finding_of_report(finding, RELAY_MARK_FAIL, &report);
	relay_finding_advise(finding, "correct the file before anything is started again; what runs is not touched");
	return false;
}

void relay_check_reboot(struct relay_check *check, struct relay_finding *finding)
{
	const char *file = check->settings->file;

	if (check->broken != NULL) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s", check->broken);
		relay_finding_advise(finding, "correct it, then: nat64-relay reload; until then the settings that were taken before are in force");
		return;
	}
	if (!resolver_would_start(check->settings, finding))
		return;
	if (strcmp(file, RELAY_CONF_PATH) != 0) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "the service reads %s, and not %s", RELAY_CONF_PATH, file);
		relay_finding_advise(finding, "see to it yourself that nat64-relay -c %s run is started at boot", file);
	} else if (sd_booted() <= 0) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "there is no systemd here");
		relay_finding_advise(finding, "see to it yourself that nat64-relay run is started at boot");
	} else if (!unit_is_enabled()) {
		relay_finding_set(finding, RELAY_MARK_FAIL, UNIT " is not enabled: nothing starts the relay at boot");
		relay_finding_advise(finding, "systemctl enable nat64-relay");
	} else if (!route_is_kept(check->settings)) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "tailscaled does not keep the route");
		relay_finding_advise(finding, "nat64-relay up");
	} else {
		relay_finding_set(finding, RELAY_MARK_OK, UNIT " is enabled; it sets rules, device, routes and sysctls at boot%s",
				  check->settings->advertise_none ? "" : "; tailscaled keeps the route");
	}
}
