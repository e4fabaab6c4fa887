/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tailscaled itself: is it up, what of its settings stops the relay, of what does it complain. The clock is judged by what the control plane dates:
 * a node that was made in the future, or a key that expired and that the control plane still takes, tell of a clock that is wrong here.
 */
#include "relay/check/judge.h"

#include "conf/settings.h"
#include "conf/special.h"
#include "conf/upstream.h"
#include "conf/value.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"

#include <stdio.h>
#include <string.h>

enum { SOON_S = 7 * 24 * 3600, CLOCK_S = 300 };

/* Is the real name one that MagicDNS must know, and did it not come? */
static bool wants_magic_dns(const struct relay_evidence *evidence)
{
	const char *suffix = evidence->tailnet.status.magic_dns_suffix;
	struct conf_address real;
	bool by_magic = false;

	for (size_t i = 0; i < evidence->settings->dns.upstream_count; i++) {
		const struct conf_upstream *upstream = &evidence->settings->dns.upstreams[i];

		by_magic |= conf_special_is_tailnet_resolver(upstream->server) &&
			    conf_domain_is_within(evidence->real, upstream->zone);
	}
	return by_magic && evidence->dns.aaaa.asked && evidence->dns.aaaa.aaaa_count == 0 &&
	       !relay_evidence_real(evidence, &real) && suffix;
}

static void dns_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;
	bool of_tailnet = tailnet->status.magic_dns_suffix && *tailnet->status.magic_dns_suffix &&
			  conf_domain_is_within(evidence->real, tailnet->status.magic_dns_suffix);

	if (!wants_magic_dns(evidence))
		return;
	if (tailnet->has_netmap && !tailnet->netmap.magic_dns) {
		relay_findings_add(findings, FINDING_MAGIC_DNS_OFF, PLACE_TAILSCALED,
				   "MagicDNS is off in this tailnet: %s resolves no names", CONF_TAILNET_RESOLVER);
		if (tailnet->headscale)
			relay_findings_advise(
				findings,
				"write \"magic_dns: true\" under dns: in headscale's config.yaml, and restart headscale");
		else
			relay_findings_advise(findings, "https://login.tailscale.com/admin/dns: Enable MagicDNS");
	} else if (tailnet->has_prefs && !tailnet->prefs.corp_dns && !of_tailnet) {
		relay_findings_add(findings, FINDING_ACCEPT_DNS_OFF, PLACE_TAILSCALED,
				   "tailscaled does not accept the tailnet's DNS (accept-dns), and %s is not a node's "
				   "name",
				   evidence->real);
		relay_findings_advise(findings, "tailscale set --accept-dns=true");
	}
}

static void settings_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	if (evidence->tailnet.prefs.shields_up) {
		relay_findings_add(findings, FINDING_SHIELDS_UP, PLACE_TAILSCALED,
				   "tailscaled blocks incoming connections (shields-up)");
		relay_findings_advise(findings, "tailscale set --shields-up=false");
	}
	if (evidence->tailnet.prefs.stateful_filtering) {
		relay_findings_add(findings, FINDING_STATEFUL_FILTERING, PLACE_TAILSCALED,
				   "tailscaled's stateful filtering drops relayed packets");
		relay_findings_advise(findings, "tailscale set --stateful-filtering=false");
	}
}

/* By tailscaled's own complaint; headscale is slow to tell a node of itself that it is online. One that has no list of complaints has that alone. */
static bool is_offline(const struct relay_tailnet_evidence *tailnet)
{
	if (!tailnet->has_netmap || !tailnet->netmap.has_health)
		return !tailnet->status.online;
	for (size_t i = 0; i < tailnet->netmap.warning_count; i++)
		if (tailnet->netmap.warnings[i].code && strcmp(tailnet->netmap.warnings[i].code, "not-in-map-poll") == 0)
			return true;
	return false;
}

static time_t latest_created(const struct tailscale_netmap *netmap)
{
	time_t latest = netmap->self.created;

	for (size_t i = 0; i < netmap->peer_count; i++)
		if (netmap->peers[i].created > latest)
			latest = netmap->peers[i].created;
	return latest;
}

static void time_judge(const struct relay_tailnet_evidence *tailnet, struct relay_findings *findings)
{
	const struct tailscale_node *self = &tailnet->netmap.self;
	time_t now = tailnet->now, created = latest_created(&tailnet->netmap);

	if (created > now + CLOCK_S) {
		relay_findings_add(findings, FINDING_CLOCK_WRONG, PLACE_TAILSCALED,
				   "the clock of this machine is at least %lld minutes slow: a node of the tailnet has a time in "
				   "the future",
				   (long long)(created - now) / 60);
		relay_findings_advise(findings, "timedatectl set-ntp true");
	} else if (self->key_expiry > 0 && self->key_expiry < now && !self->expired && !is_offline(tailnet)) {
		relay_findings_add(findings, FINDING_CLOCK_WRONG, PLACE_TAILSCALED,
				   "the clock of this machine is fast: the node key has expired by this clock, but the control "
				   "plane accepts it");
		relay_findings_advise(findings, "timedatectl set-ntp true");
	} else if (self->key_expiry > now && self->key_expiry < now + SOON_S) {
		relay_findings_add(findings, FINDING_TAILSCALED_KEY_EXPIRES, PLACE_TAILSCALED,
				   "the node key expires in %lld hours", (long long)(self->key_expiry - now) / 3600);
		relay_findings_advise(
			findings, "disable key expiry of this node in the control plane, or: tailscale up --force-reauth");
	}
}

/* Not accepting routes is how a relay should be. */
static bool is_complaint(const char *severity, const char *text)
{
	return (!severity || strcmp(severity, "low") != 0) && text && *text && !strstr(text, "accept-routes");
}

static void health_judge(const struct relay_tailnet_evidence *tailnet, struct relay_findings *findings)
{
	const struct tailscale_list *lines = &tailnet->status.health;
	bool structured = tailnet->has_netmap && tailnet->netmap.has_health;
	size_t count = structured ? tailnet->netmap.warning_count : lines->count, complaints = 0;
	char text[RELAY_FINDING_TEXT] = "";

	for (size_t i = 0; i < count; i++) {
		const char *line = structured ? tailnet->netmap.warnings[i].text : lines->items[i];
		size_t length = strlen(text);

		if (is_complaint(structured ? tailnet->netmap.warnings[i].severity : NULL, line))
			snprintf(text + length, sizeof(text) - length, "%s%s", complaints++ > 0 ? "; " : "", line);
	}
	if (complaints == 0)
		return;
	relay_findings_add(findings, FINDING_TAILSCALED_HEALTH, PLACE_TAILSCALED, "tailscaled says: %.380s", text);
	relay_findings_advise(findings, "tailscale status shows it in full; journalctl -u tailscaled shows since when");
}

void relay_judge_tailscaled(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;

	if (!tailnet->used)
		return;
	if (tailnet->has_status && tailnet->status.expired) {
		relay_findings_add(findings, FINDING_TAILSCALED_KEY_EXPIRED, PLACE_TAILSCALED,
				   "the node key has expired: no node reaches this one");
		relay_findings_advise(
			findings, "tailscale up --force-reauth, and disable key expiry of this node in the control plane");
	}
	if (!tailnet->up) {
		relay_findings_add(findings, FINDING_TAILSCALED_DOWN, PLACE_TAILSCALED, "%s",
				   *tailnet->trouble ? tailnet->trouble : "tailscaled is not up");
		relay_findings_advise(findings, "%s", tailnet->has_status ? "tailscale up" : "systemctl start tailscaled");
		return;
	}
	if (is_offline(tailnet)) {
		relay_findings_add(findings, FINDING_TAILSCALED_OFFLINE, PLACE_TAILSCALED,
				   "the control plane has lost this node");
		relay_findings_advise(
			findings,
			"check that the control plane can be reached: tailscale netcheck, journalctl -u tailscaled");
	}
	if (tailnet->has_prefs)
		settings_judge(evidence, findings);
	if (tailnet->has_netmap)
		time_judge(tailnet, findings);
	dns_judge(evidence, findings);
	health_judge(tailnet, findings);
	relay_findings_see(findings, PLACE_TAILSCALED, "%s, version %s", tailnet->status.dns_name, tailnet->status.version);
}
