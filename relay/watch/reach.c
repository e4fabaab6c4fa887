/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way out, tried as the relay itself uses it. Of each zone one upstream-dns has to answer, with whatever it likes; over TLS an open port is enough. A
 * probe is an echo request with the relay's own source, which is that of every client behind the masquerade. A probe that is a name is looked up
 * as clients look it up, and the address inside the prefix is taken out of it: this way the translator and the guard have no part in it, which
 * relay/watch/probe.c judges.
 *
 * Upstreams that answer are not asked at each look: Unbound asks them for clients all the time, and knows of each whether it has answered (unbound/timeouts.h).
 * They are asked when it knows of a silence, when another relay wants to know, and else every half minute, or every five minutes when one is a public resolver or over TLS.
 *
 * MagicDNS is not asked: its zone has no address, tailscaled would ask its own servers for one each time, and report in its Health that they are silent.
 * Whether tailscaled is there is judged elsewhere.
 *
 * Whose fault a silence is cannot be seen from here: for that another relay is asked (relay_others_run).
 */
#include "relay/watch/reach.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/stream.h"
#include "relay/ask/echo.h"
#include "relay/ask/other_relay.h"
#include "relay/ask/resolver.h"
#include "relay/ask/server.h"
#include "relay/host/clock.h"
#include "relay/host/machine.h"
#include "tailscale/netmap.h"
#include "unbound/timeouts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	OWN_MS = 30000,
	PUBLIC_MS = 300000,
	UDP_MS = 700,
	TCP_MS = 700,
	NAME_MS = 1500,
	ECHO_MS = 600,
	ECHO_TRIES = 2,
	OTHER_MS = 1500,
	SERVER_ROOM = 80
};

/* Where it is. False: not to be asked from here. */
static bool upstream_parse(const struct conf_upstream *upstream, struct relay_server *server)
{
	char text[SERVER_ROOM];

	if (conf_special_is_tailnet_resolver(upstream->server))
		return false;
	snprintf(text, sizeof(text), "%.*s%s", (int)strcspn(upstream->server, "#"), upstream->server,
		 upstream->tls && !strchr(upstream->server, '@') ? "@853" : "");
	return relay_server_parse(text, server) == 0;
}

/* Is it anybody's on the Internet? */
static bool server_is_public(const struct relay_server *server)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&server->address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&server->address;

	if (server->address.ss_family == AF_INET)
		return conf_special_is_global4(v4->sin_addr);
	return (v6->sin6_addr.s6_addr[0] & 0xe0) == 0x20; /* 2000::/3 (RFC 4291 section 2.4) */
}

unsigned relay_reach_upstreams_period(const struct conf_settings *settings)
{
	unsigned period = 0;

	for (size_t i = 0; i < settings->dns.upstream_count; i++) {
		const struct conf_upstream *upstream = &settings->dns.upstreams[i];
		struct relay_server server;

		if (!upstream_parse(upstream, &server))
			continue;
		if (upstream->tls || server_is_public(&server))
			return PUBLIC_MS;
		period = OWN_MS;
	}
	return period;
}

/* Does anybody answer there, over UDP or TCP? Over TLS: is the port open? */
static bool upstream_answers(const struct conf_upstream *upstream)
{
	struct relay_server server;
	struct relay_answer answer;
	int connection, failed;

	if (!upstream_parse(upstream, &server))
		return true;
	if (upstream->tls) {
		connection = conf_stream_connect(SOCK_STREAM, (const struct sockaddr *)&server.address, server.length,
						 conf_stream_deadline(TCP_MS));
		if (connection >= 0)
			close(connection);
		return connection >= 0;
	}
	failed = relay_server_ask_by(RELAY_TRANSPORT_UDP, &server, upstream->zone, LDNS_RR_TYPE_A, UDP_MS, &answer,
				     CONF_REPORT_DISCARD);
	relay_answer_clear(&answer);
	if (failed) {
		failed = relay_server_ask_by(RELAY_TRANSPORT_TCP, &server, upstream->zone, LDNS_RR_TYPE_A, TCP_MS,
					     &answer, CONF_REPORT_DISCARD);
		relay_answer_clear(&answer);
	}
	return !failed;
}

/* One server of the zone is enough. True as well for a zone that stood further up. */
static bool zone_is_reached(const struct conf_dns *dns, size_t first)
{
	const char *zone = dns->upstreams[first].zone;

	for (size_t i = 0; i < first; i++)
		if (strcmp(dns->upstreams[i].zone, zone) == 0)
			return true;
	for (size_t i = first; i < dns->upstream_count; i++)
		if (strcmp(dns->upstreams[i].zone, zone) == 0 && upstream_answers(&dns->upstreams[i]))
			return true;
	return false;
}

/* May nobody here send an echo request? A firewall that drops it on its way out gives the same errno. */
static bool echo_is_forbidden(int family)
{
	bool raw;
	int descriptor = relay_echo_socket(family, &raw);

	if (descriptor >= 0)
		close(descriptor);
	return descriptor < 0;
}

/* True as well when it cannot be tried. */
static bool echo_comes_back(const struct conf_address *target)
{
	int took = -1;

	for (int i = 0; i < ECHO_TRIES && took == -1; i++)
		took = target->family == AF_INET ? relay_echo4(target->v4, ECHO_MS) :
						   relay_echo(&target->v6, NULL, ECHO_MS);
	return took >= 0 || (took == -2 && echo_is_forbidden(target->family));
}

/* What is translated is reached at its IPv4 address. */
static struct conf_address target_of(const struct conf_settings *settings, const struct in6_addr *address)
{
	struct conf_address target = {.family = AF_INET};

	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_rfc6052_extract(&settings->common.prefixes[i].prefix, address, &target.v4))
			return target;
	target.family = AF_INET6;
	target.v6 = *address;
	return target;
}

/* The first address of the name. False: why says what came instead. */
static bool name_look_up(const struct conf_settings *settings, const char *name, struct conf_address *target,
			 struct relay_reach *reach)
{
	struct conf_report report = {0};
	struct relay_answer answer = {0};
	struct in6_addr found;
	bool has = false;

	if (settings->dns.edge_address_count == 0)
		return false;
	if (relay_resolver_ask(&settings->dns.edge_addresses[0], name, LDNS_RR_TYPE_AAAA, NAME_MS, &answer, &report) != 0)
		snprintf(reach->why, sizeof(reach->why), "probe %s: the resolver does not answer", name);
	else if (relay_answer_aaaa(&answer, NULL, &found, 1) > 0)
		has = true;
	else
		snprintf(reach->why, sizeof(reach->why), "probe %s: the name has no address (%s)", name,
			 relay_answer_code(&answer));
	if (has)
		*target = target_of(settings, &found);
	relay_answer_clear(&answer);
	conf_report_clear(&report);
	return has;
}

static bool probe_is_reached(const struct conf_settings *settings, const struct conf_probe *probe, struct relay_reach *reach)
{
	struct conf_address target = probe->address;

	if (!probe->is_address && !name_look_up(settings, probe->text, &target, reach))
		return false;
	if (echo_comes_back(&target))
		return true;
	snprintf(reach->why, sizeof(reach->why), "probe %s: no echo reply", probe->text);
	return false;
}

void relay_reach_run(const void *context, void *result)
{
	const struct relay_reach_job *job = context;
	const struct conf_settings *settings = job->settings;
	struct relay_reach *reach = result;

	if (relay_reach_upstreams_period(settings) > 0)
		reach->timeouts = unboundconf_timeouts(settings);
	reach->upstreams = job->upstreams || (reach->timeouts != 0 && reach->timeouts != job->timeouts);
	for (size_t i = 0; reach->upstreams && i < settings->dns.upstream_count; i++)
		if (!zone_is_reached(&settings->dns, i)) {
			snprintf(reach->why, sizeof(reach->why), "no upstream-dns of %s answers",
				 settings->dns.upstreams[i].zone);
			return;
		}
	for (size_t i = 0; i < settings->node.probe_count; i++)
		if (!probe_is_reached(settings, &settings->node.probes[i], reach))
			return;
	reach->good = true;
}

static void text_set(struct relay_others *others, const struct relay_other *other, const char *what)
{
	char address[INET6_ADDRSTRLEN];

	snprintf(others->text, sizeof(others->text), "%s (%s) %s", other->name,
		 relay_machine_address_print(&other->addresses[0], address), what);
}

static void other_ask(const struct relay_others_job *job, const struct relay_other *other, struct relay_others *others)
{
	struct relay_other_health health;
	uint64_t now;

	relay_other_ask(job->settings, other, OTHER_MS, job->look, &health);
	now = relay_clock_ms();
	if (!health.answered)
		text_set(others, other, "its http-listen does not answer");
	else if (!health.works || (health.says && !health.reaches))
		text_set(others, other, "does not work either");
	else if (!health.says)
		text_set(others, other, "does not report what it reaches");
	else if (health.age > now || now - health.age <= job->since) {
		text_set(others, other, "has not checked since");
		others->waiting = true;
	} else {
		text_set(others, other, "reaches everything");
		others->could = true;
		others->primary = other->primary;
	}
}

/* The first that reaches everything is enough; else the last one's words are the reason. */
void relay_others_run(const void *context, void *result)
{
	const struct relay_others_job *job = context;
	struct relay_others *others = result;
	struct relay_other list[RELAY_OTHERS_MAX];
	struct tailscale_netmap netmap;
	size_t count;

	snprintf(others->text, sizeof(others->text), "tailscaled does not report the other relays");
	if (tailscale_netmap_read(job->settings->node.tailscale_socket, &netmap, CONF_REPORT_DISCARD) == 0) {
		snprintf(others->text, sizeof(others->text), "no other relay advertises these routes");
		count = relay_others_find(job->settings, &netmap, list);
		for (size_t i = 0; i < count && !others->could; i++)
			other_ask(job, &list[i], others);
		tailscale_netmap_clear(&netmap);
	}
}
