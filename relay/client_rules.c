/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay client-rules mihomo|sing-box: what a client that runs such a program puts into that program's configuration, so that split names and
 * their addresses go by the relay. On the relay the settings say which these are, on a client the command line.
 */
#include "relay/setup/client_rules.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/value.h"
#include "relay/command.h"
#include "relay/common.h"

#include <stdlib.h>
#include <string.h>

#define MAGICDNS  "100.100.100.100"
#define INTERFACE "tailscale0"

/* A program, and what there is to say beside its lines: its format may have no comments. */
static const struct program {
	const char *name;
	relay_client_rules_write *write;
	const char *advice;
} programs[] = {
	{"mihomo", relay_client_rules_mihomo, NULL},
	{"sing-box", relay_client_rules_sing_box,
	 "merge this into sing-box's configuration (1.12 or later): put both rules before the others, and "
	 "route_exclude_address into your tun inbound"},
};

static void prefix_add(struct relay_client_rules *rules, const struct conf_prefix *prefix)
{
	if (rules->prefix_count < RELAY_CLIENT_RULES_MAX)
		rules->prefixes[rules->prefix_count++] = *prefix;
}

static int rules_from_settings(struct relay_client_rules *rules, const struct conf_settings *settings,
			       struct conf_report *report)
{
	const struct conf_common *common = &settings->common;

	if (settings->dns.split_domain_count == 0)
		return conf_report_add(report, "%s has no split-domain: client-rules needs its names", settings->file);
	if (settings->dns.split_domain_count > RELAY_CLIENT_RULES_MAX || common->prefix_count + 2 > RELAY_CLIENT_RULES_MAX)
		return conf_report_add(report, "%s has more split domains or prefixes than %d", settings->file,
				       RELAY_CLIENT_RULES_MAX - 2);
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		rules->domains[rules->domain_count++] = settings->dns.split_domains[i].split;
	for (size_t i = 0; i < common->prefix_count; i++)
		prefix_add(rules, &(struct conf_prefix){.family = AF_INET6, .v6 = common->prefixes[i].prefix});
	if (common->has_twin)
		prefix_add(rules, &(struct conf_prefix){.family = AF_INET, .v4 = common->twin.twin});
	if (common->has_twin6)
		prefix_add(rules, &(struct conf_prefix){.family = AF_INET6, .v6 = common->twin6.twin});
	return 0;
}

/* Another overlay than a tailnet has no MagicDNS: its clients ask the relay itself. What the command line names stays. */
static void overlay_from_settings(struct relay_client_rules *rules, const struct conf_settings *settings,
				  bool has_resolver, bool has_interface)
{
	const struct conf_prefix tailnet4 = {.family = AF_INET, .v4 = conf_special_shared_space()};
	const struct conf_prefix tailnet6 = {.family = AF_INET6, .v6 = conf_special_tailnet6()};
	struct conf_prefix edge;

	if (settings->dns.edge_address_count == 0)
		return;
	edge = conf_prefix_of_host(&settings->dns.edge_addresses[0]);
	if (conf_prefix_covers(edge.family == AF_INET ? &tailnet4 : &tailnet6, &edge))
		return;
	if (!has_resolver)
		rules->resolver = edge;
	if (!has_interface)
		rules->interface = settings->node.overlay_interface;
}

/* Those of the command line; the domains are the caller's to free. */
static int rules_from_words(struct relay_client_rules *rules, const struct conf_words *domains,
			    const struct conf_words *prefixes, struct conf_report *report)
{
	if (domains->count == 0 || prefixes->count == 0)
		return conf_report_add(
			report,
			"use --split-domain and --prefix together, as in --split-domain 9929 --prefix fd64:9929::/96");
	for (size_t i = 0; i < domains->count; i++) {
		char *domain = conf_domain_parse(domains->items[i]);

		rules->domains[rules->domain_count++] = domain;
		if (!domain || strcmp(domain, ".") == 0)
			return conf_report_add(report, "--split-domain %s: a domain name is wanted, as 9929",
					       domains->items[i]);
	}
	for (size_t i = 0; i < prefixes->count; i++) {
		struct conf_prefix prefix;

		if (!strchr(prefixes->items[i], '/') || conf_prefix_parse(prefixes->items[i], &prefix) != 0 ||
		    conf_prefix_has_host_bits(&prefix))
			return conf_report_add(report,
					       "--prefix %s: a prefix without host bits is wanted, as fd64:9929::/96",
					       prefixes->items[i]);
		prefix_add(rules, &prefix);
	}
	return 0;
}

static int client_parse(struct relay_client_rules *rules, const char *resolver, const char *interface,
			struct conf_report *report)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	if (strchr(resolver, '/') || conf_prefix_parse(resolver, &rules->resolver) != 0)
		return conf_report_add(report, "--resolver %s: an address is wanted, as " MAGICDNS, resolver);
	rules->interface = interface;
	if (*interface != '\0' && interface[strspn(interface, letters)] == '\0')
		return 0;
	return conf_report_add(report, "--interface %s: the name of the tailnet's interface is wanted, as " INTERFACE,
			       interface);
}

static const struct program *program_find(int count, char **words, struct conf_report *report)
{
	for (size_t i = 0; count == 1 && i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(programs[i].name, words[0]) == 0)
			return &programs[i];
	conf_report_add(report, "%s%sexpected mihomo or sing-box", count == 1 ? words[0] : "", count == 1 ? ": " : "");
	return NULL;
}

int relay_client_rules(const struct relay_command *command, const char *config, int argc, char **argv)
{
	const char *resolver = NULL, *interface = NULL;
	struct conf_words domains = {0}, prefixes = {0};
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		{0, "split-domain", "DOMAIN", "instead of those of relay.conf", .words = &domains},
		{0, "prefix", "P/L", "the prefix of its addresses, IPv6 or IPv4", .words = &prefixes},
		{0, "resolver", "ADDRESS", "the resolver for the names [" MAGICDNS "]", .text = &resolver},
		{0, "interface", "NAME", "the client's interface of the tailnet [" INTERFACE "]", .text = &interface},
	};
	struct relay_session session = {0};
	struct relay_client_rules rules = {0};
	const struct program *program;
	bool from_words;
	int result, exit_code = RELAY_EXIT_REFUSED;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 1);

	if (parsed < 0)
		return relay_options_exit(parsed);
	program = program_find(argc - parsed, argv + parsed, &session.report);
	if (!program ||
	    client_parse(&rules, resolver ? resolver : MAGICDNS, interface ? interface : INTERFACE, &session.report) != 0)
		return relay_session_close(&session, RELAY_EXIT_REFUSED);
	from_words = domains.count > 0 || prefixes.count > 0;
	if (!from_words && relay_session_open(&session, config) != 0)
		return relay_session_close(&session, RELAY_EXIT_REFUSED);
	result = from_words ? rules_from_words(&rules, &domains, &prefixes, &session.report) :
			      rules_from_settings(&rules, session.settings, &session.report);
	if (!from_words)
		overlay_from_settings(&rules, session.settings, resolver, interface);
	if (result == 0 && program->write(&rules, stdout) == 0)
		exit_code = RELAY_EXIT_OK;
	if (exit_code == RELAY_EXIT_OK && program->advice)
		fprintf(stderr, "nat64-relay: %s\n", program->advice);
	for (size_t i = 0; from_words && i < rules.domain_count; i++)
		free((char *)(uintptr_t)rules.domains[i]);
	return relay_session_close(&session, exit_code);
}
