/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An upstream-dns that is a DNS64 itself (RFC 7050), beside the line dns64: each one in the clear is asked once. What the upstream of "." makes up is left
 * out of answers by the module (module/dns64_upstream.c); that of another zone, or without the module, only by a line dns64-exclude.
 */
#include "relay/conflict/conflict.h"

#include "conf/report.h"
#include "conf/rfc7050.h"
#include "conf/settings.h"
#include "relay/ask/resolver.h"
#include "relay/ask/server.h"

#include <string.h>

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
	struct relay_finding finding;
	char text[CONF_PREFIX_TEXT];

	conf_prefix6_print(prefix, text);
	relay_conflict_set(&finding, left_out ? FINDING_UPSTREAM_DNS64 : FINDING_UPSTREAM_DNS64_ZONE,
			   "upstream-dns %s %s is a DNS64 itself, with the prefix %s: %s", upstream->zone,
			   upstream->server, text,
			   left_out ? "the resolver leaves its addresses out of answers" :
				      "names in that zone get addresses that do not lead through this gateway");
	relay_conflict_advise(&finding, "%swrite \"dns64-exclude %s\" in relay.conf, then: nat64-relay reload",
			      left_out ? "nothing; to avoid the query to the upstream, " : "", text);
	relay_conflict_add(conflicts, &finding);
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
