/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names: port 53 of the edge addresses, the names of this machine itself, the upstreams, and lines of a user's own. */
#include "conf/report.h"
#include "conf/rfc7050.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "conf/value.h"
#include "kernel/listeners.h"
#include "relay/ask/resolver.h"
#include "relay/ask/server.h"
#include "relay/check/port53.h"
#include "relay/conflict/conflict.h"
#include "relay/host/machine.h"
#include "unbound/own_data.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { DNS_PORT = 53 };

/* Somebody else on the port: up would be refused; one that came while the relay was down, or after a crash of our resolver. */
static void port_check(struct relay_conflicts *conflicts, const struct conf_address *edge)
{
	const struct conf_settings *settings = conflicts->settings;
	struct kernel_listener listener;
	char text[INET6_ADDRSTRLEN], cure[400];

	if (kernel_listener_find(edge, DNS_PORT, &listener, CONF_REPORT_DISCARD) == 1 && listener.pid != 0 &&
	    !relay_machine_process_runs(listener.pid, settings->node.unbound_program)) {
		relay_conflict_set(conflicts, FINDING_RESOLVER_OTHER, "port 53 of %s is in use by %s (pid %d)",
				   relay_machine_address_print(edge, text), listener.program, (int)listener.pid);
		relay_conflict_advise(conflicts, "%s",
				      relay_port53_cure(listener.program, edge, settings, cure, sizeof(cure)));
	}
}

static bool is_edge(const struct conf_settings *settings, const char *text)
{
	struct conf_address address;

	return conf_address_parse(text, &address) == 0 && conf_tailnet_is_edge(settings, &address);
}

/* tailscaled finds its control plane by a name; our resolver waits for the address that tailscaled brings. */
static void own_resolver_check(struct relay_conflicts *conflicts)
{
	FILE *stream = fopen("/etc/resolv.conf", "re");
	char line[256], server[64];

	while (stream && fgets(line, sizeof(line), stream)) {
		if (sscanf(line, " nameserver %63s", server) != 1 || !is_edge(conflicts->settings, server))
			continue;
		relay_conflict_set(conflicts, FINDING_RESOLVER_OWN,
				   "/etc/resolv.conf of this machine names its own relay, %s: at boot tailscaled would wait "
				   "for the relay, and the relay for tailscaled",
				   server);
		relay_conflict_advise(conflicts, "name another server there; clients find the relay by split DNS, not by this "
						 "file");
		break;
	}
	if (stream)
		fclose(stream);
}

void relay_conflict_resolver(struct relay_conflicts *conflicts)
{
	for (size_t i = 0; i < conflicts->settings->dns.edge_address_count; i++)
		port_check(conflicts, &conflicts->settings->dns.edge_addresses[i]);
	own_resolver_check(conflicts);
}

/*
 * An upstream-dns that is a DNS64 itself (RFC 7050), beside the line dns64: each one in the clear is asked once. What the upstream of "." makes up is left
 * out of answers by the module (module/dns64_upstream.c); that of another zone, or without the module, only by a line dns64-exclude.
 */
enum { ASK_MS = 1000, PREFIXES = 8, RECORDS = 32 };

/* Does a line of relay.conf leave these addresses out, or make the same ones? */
static bool is_settled(const struct conf_settings *settings, const struct conf_prefix6 *prefix)
{
	for (size_t i = 0; i < settings->dns.dns64.excluded_count; i++)
		if (conf_prefix6_covers(&settings->dns.dns64.excluded[i], prefix))
			return true;
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_prefix6_covers(&settings->common.prefixes[i].prefix, prefix))
			return true;
	return false;
}

/* The prefixes that the upstream shows. How many, none as well when it is silent or not to be asked from here. */
static size_t prefixes_ask(const struct conf_upstream *upstream, struct conf_prefix6 prefixes[PREFIXES])
{
	struct in6_addr records[RECORDS];
	struct relay_server server;
	struct relay_answer answer = {0};
	size_t count = 0;

	if (upstream->tls || relay_server_parse(upstream->server, &server) != 0)
		return 0;
	if (relay_server_ask(&server, CONF_RFC7050_NAME, LDNS_RR_TYPE_AAAA, ASK_MS, &answer, CONF_REPORT_DISCARD) == 0)
		count = relay_answer_aaaa(&answer, CONF_RFC7050_NAME, records, RECORDS);
	relay_answer_clear(&answer);
	count = conf_rfc7050_prefixes(records, count < RECORDS ? count : RECORDS, prefixes, PREFIXES, NULL);
	return count < PREFIXES ? count : PREFIXES;
}

static void prefix_add(struct relay_conflicts *conflicts, const struct conf_upstream *upstream,
		       const struct conf_prefix6 *prefix)
{
	bool left_out = conflicts->settings->node.unbound_module && strcmp(upstream->zone, ".") == 0;
	char text[CONF_PREFIX_TEXT];

	conf_prefix6_print(prefix, text);
	relay_conflict_set(conflicts, left_out ? FINDING_UPSTREAM_DNS64 : FINDING_UPSTREAM_DNS64_ZONE,
			   "upstream-dns %s %s is a DNS64 itself, with the prefix %s: %s", upstream->zone,
			   upstream->server, text,
			   left_out ? "the resolver leaves its addresses out of answers" :
				      "names in that zone get addresses that do not lead through this gateway");
	relay_conflict_advise(conflicts, "%swrite \"dns64-exclude %s\" in relay.conf, then: nat64-relay reload",
			      left_out ? "nothing; to avoid the query to the upstream, " : "", text);
}

void relay_conflict_upstream(struct relay_conflicts *conflicts)
{
	const struct conf_dns *dns = &conflicts->settings->dns;
	struct conf_prefix6 prefixes[PREFIXES];

	for (size_t i = 0; dns->dns64.on && i < dns->upstream_count; i++) {
		size_t count = prefixes_ask(&dns->upstreams[i], prefixes);

		for (size_t j = 0; j < count; j++)
			if (!is_settled(conflicts->settings, &prefixes[j]))
				prefix_add(conflicts, &dns->upstreams[i], &prefixes[j]);
	}
}

/* A user's own lines local-data that do not do what they seem to: unbound/own_data.c. */
static void data_add(void *context, const char *why, const char *advice)
{
	relay_conflict_set(context, FINDING_LOCAL_DATA, "%s", why);
	relay_conflict_advise(context, "%s, then: nat64-relay reload", advice);
}

void relay_conflict_local_data(struct relay_conflicts *conflicts)
{
	unboundconf_own_data_judge(conflicts->settings, data_add, conflicts);
}
