/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a user's own lines do to split names. unbound-checkconf knows nothing of these, so it takes lines that leave the module out of the order,
 * or answer for the split domain before the module is asked. Each is named with its file and line.
 *
 * Unbound takes the last line of an option that has one value; of lines for the same zone or network it takes the last as well, so the user's
 * wins over the generated one. A zone or network that is larger than the generated one leaves that in force, and a smaller one is a
 * request about a part, as a host that is blocked: neither is reported.
 */
#include "unbound/own_lines.h"
#include "unbound/parts.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/upstream.h"
#include "conf/value.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

struct judge {
	const struct conf_settings *settings;
	const struct unboundconf_own_lines *lines;
	struct conf_report *report;
};

const char *unboundconf_own_line_value(const struct unboundconf_own_line *line, size_t index)
{
	return line && line->values[index] ? line->values[index] : "";
}

/* Report "FILE:LINE: KEYWORD: VALUES: " and the text: what the line does, and what to do. */
static void __attribute__((format(printf, 3, 4)))
line_report(const struct judge *judge, const struct unboundconf_own_line *line, const char *format, ...)
{
	char text[600];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	conf_report_add(judge->report, "%s:%u: %s: %s%s%s: %s", line->file, line->number, line->keyword,
			unboundconf_own_line_value(line, 0), line->values[1] ? " " : "",
			unboundconf_own_line_value(line, 1), text);
}

/* How often is the word in a list between white space? */
static unsigned word_count(const char *list, const char *word)
{
	unsigned count = 0;
	size_t length = strlen(word), step;

	for (const char *p = list + strspn(list, " \t"); *p; p += step + strspn(p + step, " \t")) {
		step = strcspn(p, " \t");
		count += step == length && strncmp(p, word, length) == 0;
	}
	return count;
}

static unsigned lines_count(const struct judge *judge, const char *keyword)
{
	unsigned count = 0;

	for (size_t i = 0; i < judge->lines->count; i++)
		count += judge->lines->items[i].keyword && strcmp(judge->lines->items[i].keyword, keyword) == 0;
	return count;
}

const char *unboundconf_own_lines_order(const struct conf_settings *settings)
{
	if (settings->dns.dns64.client_count > 0)
		return "respip dynlib dns64 validator iterator"; /* as in what is generated: unbound/module.c */
	if (conf_settings_is_relay(settings))
		return settings->dns.dns64.on ?
			       NULL :
			       "dynlib respip validator iterator"; /* unbound-checkconf takes none with all of them */
	return settings->dns.dns64.on ? "respip dns64 validator iterator" : "respip validator iterator";
}

/* The first line that Unbound ends over when no respip is in the order of its modules; NULL. */
static const struct unboundconf_own_line *respip_user(const struct unboundconf_own_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		const char *keyword = lines->items[i].keyword;

		if (keyword && (strcmp(keyword, "rpz") == 0 || strcmp(keyword, "response-ip") == 0 ||
				strcmp(keyword, "response-ip-data") == 0))
			return &lines->items[i];
	}
	return NULL;
}

static void respip_judge(const struct judge *judge, const struct unboundconf_own_line *order)
{
	const char *wanted = unboundconf_own_lines_order(judge->settings);
	const struct unboundconf_own_line *line = respip_user(judge->lines);

	if (!line || (order ? word_count(unboundconf_own_line_value(order, 0), "respip") > 0 : wanted != NULL))
		return;
	if (wanted)
		conf_report_add(judge->report,
				"%s:%u: %s: Unbound exits, because the module-config of %s:%u has no respip: remove that line, "
				"or write module-config: \"%s\" there",
				line->file, line->number, line->keyword, order->file, order->number, wanted);
	else
		conf_report_add(judge->report,
				"%s:%u: %s: Unbound has no order of modules for it together with a split-domain and dns64: "
				"remove one of the three",
				line->file, line->number, line->keyword);
}

static void order_judge(const struct judge *judge)
{
	const struct conf_settings *settings = judge->settings;
	const struct unboundconf_own_line *line = unboundconf_own_lines_last(judge->lines, "server", "module-config");
	unsigned dynlibs = word_count(unboundconf_own_line_value(line, 0), "dynlib");

	respip_judge(judge, line);
	if (!line)
		return;
	if (conf_settings_is_relay(settings) && dynlibs == 0)
		line_report(judge, line, "without dynlib no split name is answered: remove the line, or put dynlib first");
	else if (dynlibs > lines_count(judge, "dynlib-file") + conf_settings_loads_module(settings))
		line_report(judge, line,
			    "Unbound exits, because the line has more dynlib than there are modules: remove the line, or "
			    "write dynlib once");
	else if (settings->dns.dns64.on && word_count(unboundconf_own_line_value(line, 0), "dns64") == 0)
		line_report(judge, line,
			    "without dns64 no address is synthesized, but relay.conf has dns64: remove the line, or put "
			    "dns64 before validator");
	else if (settings->dns.dns64.client_count > 0 &&
		 strncmp(unboundconf_own_line_value(line, 0), "respip ", strlen("respip ")) != 0)
		line_report(judge, line,
			    "dns64 is for some clients only, which needs respip: remove the line, or put respip first");
}

static bool has_edge(const struct conf_settings *settings, int family)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (settings->dns.edge_addresses[i].family == family)
			return true;
	return false;
}

static bool has_edge4(const struct conf_settings *settings)
{
	return has_edge(settings, AF_INET);
}

static bool has_edge6(const struct conf_settings *settings)
{
	return has_edge(settings, AF_INET6);
}

static bool always(const struct conf_settings *settings)
{
	(void)settings;
	return true;
}

static bool has_upstream_in_the_clear(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (!settings->dns.upstreams[i].tls)
			return true;
	return false;
}

static bool net_holds(const struct conf_prefix *net, const char *server)
{
	struct conf_server parts;

	if (conf_server_parse(server, &parts) != 0 || parts.address.family != net->family)
		return false;
	return net->family == AF_INET ? conf_prefix4_contains(&net->v4, parts.address.v4) :
					conf_prefix6_contains(&net->v6, &parts.address.v6);
}

/* A line do-not-query-address. */
static void query_judge(const struct judge *judge, const struct unboundconf_own_line *line)
{
	struct conf_prefix net;

	if (conf_prefix_parse(unboundconf_own_line_value(line, 0), &net) != 0)
		return;
	for (size_t i = 0; i < judge->settings->dns.upstream_count; i++)
		if (net_holds(&net, judge->settings->dns.upstreams[i].server)) {
			line_report(judge, line,
				    "relay.conf's upstream-dns %s lies in it, and is not asked any more: remove the line",
				    judge->settings->dns.upstreams[i].server);
			return;
		}
}

/* Options with one value, which the last line decides. */
static void options_judge(const struct judge *judge)
{
	static const struct {
		const char *clause, *keyword, *value; /* that stops names; with "!" before it: any other one does */
		bool (*applies)(const struct conf_settings *settings);
		const char *text;
	} options[] = {
		{"server", "port", "!53", always,
		 "clients use port 53: remove the line; \"interface: ADDRESS@PORT\" opens another port as well"},
		{"server", "do-udp", "no", always, "clients use UDP: remove the line"},
		{"server", "do-tcp", "no", always, "long answers come over TCP: remove the line"},
		{"server", "do-ip4", "no", has_edge4, "clients use an IPv4 edge-address: remove the line"},
		{"server", "do-ip6", "no", has_edge6, "clients use an IPv6 edge-address: remove the line"},
		{"server", "chroot", "!", always, "the module's files lie outside of it, and Unbound exits: remove the line"},
		{"server", "tls-upstream", "yes", has_upstream_in_the_clear,
		 "an upstream-dns of relay.conf does not use TLS: remove the line"},
		{"server", "ssl-upstream", "yes", has_upstream_in_the_clear,
		 "an upstream-dns of relay.conf does not use TLS: remove the line"},
		{"server", "do-not-query-localhost", "yes", unboundconf_forward_asks_loopback,
		 "an upstream-dns of relay.conf is on this machine: remove the line"},
		{"remote-control", "control-enable", "no", always, "nat64-relay reload and status need it: remove the line"},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct unboundconf_own_line *line = unboundconf_own_lines_last(judge->lines, options[i].clause,
										     options[i].keyword);
		bool other = options[i].value[0] == '!';

		if (line && (strcmp(unboundconf_own_line_value(line, 0), options[i].value + other) == 0) != other &&
		    options[i].applies(judge->settings))
			line_report(judge, line, "%s", options[i].text);
	}
}

/* Does a local-zone of the type leave questions to the module? */
static bool type_is_harmless(const char *type)
{
	static const char *const harmless[] = {
		"transparent", "typetransparent", "always_transparent", "nodefault", "inform", "noview", "block_a"};

	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(type, harmless[i]) == 0)
			return true;
	return false;
}

/* Is the name of the line's zone the given one? above: or one that it lies below. */
static bool zone_covers(const struct unboundconf_own_line *line, const char *name, bool above)
{
	char *zone = conf_domain_parse(unboundconf_own_line_value(line, 0));
	bool covers = zone && (strcasecmp(zone, name) == 0 ||
			       (above && (strcmp(zone, ".") == 0 || conf_domain_is_within(name, zone))));

	free(zone);
	return covers;
}

/* Does another zone of the view, nearer to the name, leave it to the module? */
static bool view_spares(const struct judge *judge, const struct unboundconf_own_line *line, const char *name)
{
	for (size_t i = 0; i < judge->lines->count; i++) {
		const struct unboundconf_own_line *other = &judge->lines->items[i];

		if (other->ordinal == line->ordinal && other->keyword && strcmp(other->keyword, "local-zone") == 0 &&
		    type_is_harmless(unboundconf_own_line_value(other, 1)) && zone_covers(other, name, true) &&
		    strlen(unboundconf_own_line_value(other, 0)) > strlen(unboundconf_own_line_value(line, 0)))
			return true;
	}
	return false;
}

/* Does an access-control-tag-action refuse what has one of the line's tags? */
static bool tags_refuse(const struct judge *judge, const struct unboundconf_own_line *line)
{
	for (size_t i = 0; i < judge->lines->count; i++) {
		const struct unboundconf_own_line *action = &judge->lines->items[i];

		if (action->keyword && strcmp(action->keyword, "access-control-tag-action") == 0 &&
		    word_count(unboundconf_own_line_value(line, 1), unboundconf_own_line_value(action, 1)) > 0 &&
		    !type_is_harmless(unboundconf_own_line_value(action, 2)))
			return true;
	}
	return false;
}

/* Is the name answered by what the line says, and not by the module? */
static bool name_is_taken(const struct judge *judge, const struct unboundconf_own_line *line, const char *name)
{
	bool server = strcmp(line->clause, "server") == 0;

	if (strcmp(line->keyword, "local-zone") == 0)
		return !type_is_harmless(unboundconf_own_line_value(line, 1)) && zone_covers(line, name, !server) &&
		       (server || !view_spares(judge, line, name));
	if (server && strcmp(line->keyword, "local-zone-override") == 0)
		return !type_is_harmless(unboundconf_own_line_value(line, 2)) && zone_covers(line, name, false);
	if (server && strcmp(line->keyword, "local-zone-tag") == 0)
		return zone_covers(line, name, false) && tags_refuse(judge, line);
	return strcmp(line->clause, "auth-zone") == 0 && strcmp(line->keyword, "name") == 0 &&
	       zone_covers(line, name, true) &&
	       strcmp(unboundconf_own_line_value(unboundconf_own_lines_beside(judge->lines, line, "for-downstream"), 0),
		      "no") != 0;
}

static void zone_judge(const struct judge *judge, const struct unboundconf_own_line *line)
{
	const struct conf_settings *settings = judge->settings;

	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (name_is_taken(judge, line, settings->dns.split_domains[i].split)) {
			line_report(judge, line,
				    "with this line Unbound itself answers for the split domain %s, and never the relay: "
				    "%s",
				    settings->dns.split_domains[i].split,
				    strcmp(line->clause, "auth-zone") == 0 ?
					    "write \"for-downstream: no\" beside it, or remove it" :
					    "remove it");
			return;
		}
}

/* A dns-client and an edge address are generated lines of access-control; the user's for the same network takes their place. */
static void access_judge(const struct judge *judge, const struct unboundconf_own_line *line)
{
	const struct conf_settings *settings = judge->settings;
	struct conf_prefix net, own;
	bool same = false;

	if (strncmp(unboundconf_own_line_value(line, 1), "allow", strlen("allow")) == 0 ||
	    conf_prefix_parse(unboundconf_own_line_value(line, 0), &net) != 0)
		return;
	for (size_t i = 0; i < conf_networks_count(&settings->dns.clients); i++) {
		own = conf_networks_at(&settings->dns.clients, i);
		same |= conf_prefix_equals(&net, &own);
	}
	if (same)
		line_report(judge, line,
			    "overrides relay.conf's dns-client: its clients get no names; use dns-client instead");
}

/* relay.conf's upstream-dns for the same zone has its own forward-zone, which the user's takes the place of. */
static void forward_judge(const struct judge *judge, const struct unboundconf_own_line *line)
{
	for (size_t i = 0; i < judge->settings->dns.upstream_count; i++)
		if (zone_covers(line, judge->settings->dns.upstreams[i].zone, false)) {
			line_report(judge, line,
				    "this forward-zone overrides relay.conf's upstream-dns for the same zone: use "
				    "upstream-dns instead");
			return;
		}
}

int unboundconf_own_lines_judge(const struct conf_settings *settings, struct conf_report *report)
{
	struct unboundconf_own_lines lines;
	const struct judge judge = {.settings = settings, .lines = &lines, .report = report};
	size_t before = report->count;

	unboundconf_own_lines_read(settings, &lines);
	order_judge(&judge);
	options_judge(&judge);
	for (size_t i = 0; i < lines.count; i++) {
		const struct unboundconf_own_line *line = &lines.items[i];

		if (!line->keyword)
			continue;
		zone_judge(&judge, line);
		if (strcmp(line->clause, "server") == 0 && strcmp(line->keyword, "access-control") == 0)
			access_judge(&judge, line);
		if (strcmp(line->clause, "server") == 0 && strcmp(line->keyword, "do-not-query-address") == 0)
			query_judge(&judge, line);
		if (strcmp(line->clause, "forward-zone") == 0 && strcmp(line->keyword, "name") == 0)
			forward_judge(&judge, line);
	}
	unboundconf_own_lines_clear(&lines);
	return report->count == before ? 0 : -1;
}

void unboundconf_own_lines_write_order(const struct conf_settings *settings, FILE *stream)
{
	const char *order = unboundconf_own_lines_order(settings);
	struct unboundconf_own_lines lines;

	unboundconf_own_lines_read(settings, &lines);
	if (order && respip_user(&lines) && !unboundconf_own_lines_last(&lines, "server", "module-config"))
		fprintf(stream,
			"# The lines above need respip in the order of the modules.\n"
			"server:\n"
			"    module-config: \"%s\"\n",
			order);
	unboundconf_own_lines_clear(&lines);
}
