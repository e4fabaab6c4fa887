/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names and addresses that the overlay gives a node: split-domain and edge-address.
 *
 * A tailnet can get another suffix, and a node other addresses. Where a line says "auto" instead, what it stands for is in
 * settings->node.tailnet before the lines are read, when the reader knows it: nat64-relay, which asks tailscaled. For the others the word is
 * still there in the end: to the translator names are nothing, and the module refuses such settings.
 */
#include "conf/tailnet.h"

#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/store.h"
#include "conf/value.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool conf_tailnet_is_followed(const struct conf_settings *settings)
{
	bool followed = settings->dns.edge_auto > 0;

	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		followed |= settings->dns.split_domains[i].is_auto;
	return followed;
}

unsigned conf_tailnet_unknown(const struct conf_settings *settings)
{
	unsigned first = settings->node.tailnet.address_count == 0 ? settings->dns.edge_auto : 0;

	for (size_t i = 0; i < settings->dns.split_domain_count && *settings->node.tailnet.suffix == '\0'; i++) {
		const struct conf_split_domain *domain = &settings->dns.split_domains[i];

		if (domain->is_auto && (first == 0 || domain->line < first))
			first = domain->line;
	}
	return first;
}

bool conf_tailnet_has_edge(const struct conf_settings *settings)
{
	return settings->dns.edge_address_count > 0 || settings->dns.edge_auto > 0;
}

static bool is_among(const struct conf_address *addresses, size_t count, const struct conf_address *address)
{
	for (size_t i = 0; i < count; i++)
		if (conf_address_equals(&addresses[i], address))
			return true;
	return false;
}

bool conf_tailnet_has(const struct conf_tailnet *tailnet, const struct conf_address *address)
{
	return is_among(tailnet->addresses, tailnet->address_count, address);
}

bool conf_tailnet_is_edge(const struct conf_settings *settings, const struct conf_address *address)
{
	return is_among(settings->dns.edge_addresses, settings->dns.edge_address_count, address);
}

/* Names that are checked already become the settings'. */
static int append_split_domain(struct conf_settings *settings, const struct conf_split_domain *domain,
			       const struct conf_line *line, struct conf_report *report)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (strcmp(settings->dns.split_domains[i].split, domain->split) == 0)
			return CONF_REFUSE("\"%s\" is already a split domain: name each once", domain->split);
	return conf_line_append(&settings->dns.split_domains, &settings->dns.split_domain_count, domain,
				sizeof(*domain), line, report);
}

int conf_store_split_domain(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	bool is_auto = strcasecmp(line->words[2], CONF_AUTO) == 0;
	const char *suffix = is_auto && *settings->node.tailnet.suffix ? settings->node.tailnet.suffix : line->words[2];
	struct conf_split_domain domain = {.split = conf_domain_parse(line->words[1]),
					   .real = conf_domain_parse(suffix),
					   .is_auto = is_auto,
					   .line = line->number};
	const char *wrong = !domain.split || strcmp(domain.split, ".") == 0 ? line->words[1] :
			    !domain.real                                    ? suffix :
									      NULL;
	int result = wrong ? CONF_REFUSE("\"%s\" is not a domain%s: write split-domain SPLIT REAL, as in split-domain 9929 "
					 "tail1234.ts.net",
					 wrong, conf_domain_advice(wrong)) :
			     append_split_domain(settings, &domain, line, report);
	if (result < 0) {
		free(domain.split);
		free(domain.real);
	}
	return result;
}

/* Unless it is there. */
static int append_edge_address(struct conf_settings *settings, const struct conf_address *address,
			       const struct conf_line *line, struct conf_report *report)
{
	if (conf_tailnet_is_edge(settings, address))
		return 0;
	return conf_line_append(&settings->dns.edge_addresses, &settings->dns.edge_address_count, address,
				sizeof(*address), line, report);
}

static int append_own_addresses(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	if (line->count > 2)
		return CONF_REFUSE("\"%s\" together with " CONF_AUTO
				   ", which stands for all addresses of this node: remove one of them",
				   line->words[strcasecmp(line->words[1], CONF_AUTO) == 0 ? 2 : 1]);
	if (settings->dns.edge_auto == 0)
		settings->dns.edge_auto = line->number;
	for (unsigned i = 0; i < settings->node.tailnet.address_count; i++)
		if (append_edge_address(settings, &settings->node.tailnet.addresses[i], line, report) < 0)
			return -1;
	return 0;
}

int conf_store_edge_address(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_address address;
	for (size_t i = 1; i < line->count; i++)
		if (strcasecmp(line->words[i], CONF_AUTO) == 0)
			return append_own_addresses(settings, line, report);
	for (size_t i = 1; i < line->count; i++) {
		if (conf_address_parse(line->words[i], &address) < 0)
			return CONF_REFUSE("\"%s\" is not an address: edge-address takes this node's IPv4 and IPv6 addresses in "
					   "the overlay, or " CONF_AUTO,
					   line->words[i]);
		if (append_edge_address(settings, &address, line, report) < 0)
			return -1;
	}
	return 0;
}
