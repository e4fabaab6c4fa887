/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an unbound.conf needs around the module, in the generated file and in a user's own: the order of the modules, the zones that
 * are handed to ours, and those whose names it asks for. */
#include "unbound/parts.h"

#include "conf/policy.h"
#include "conf/settings.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool name_is_root(const char *name)
{
	return strcmp(name, ".") == 0;
}

/* False when an earlier split domain stands for the same real suffix, or it is a split domain itself. */
static bool real_is_first(const struct conf_settings *settings, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcasecmp(settings->dns.split_domains[i].real, settings->dns.split_domains[index].real) == 0)
			return false;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (strcasecmp(settings->dns.split_domains[i].split, settings->dns.split_domains[index].real) == 0)
			return false;
	return true;
}

/* What Unbound needs for the names that the module asks for. */
static void write_real(const struct conf_settings *settings, const struct conf_split_domain *domain, FILE *stream)
{
	const char *real = domain->real;
	bool insecure = conf_policy_is_insecure(settings, domain);

	fprintf(stream, "    # %s: %s, and its addresses may be private ones.\n    local-zone: \"%s.\" transparent\n",
		real, insecure ? "no chain of DNSSEC keys leads to it" : "it is validated like any public name", real);
	if (insecure)
		fprintf(stream, "    domain-insecure: \"%s.\"\n", real);
	fprintf(stream, "    private-domain: \"%s.\"\n", real);
}

/* Unbound answers some zones itself, "test." and "home.arpa." among them, before any module is asked. */
static void write_domain(const struct conf_settings *settings, size_t index, FILE *stream)
{
	const struct conf_split_domain *domain = &settings->dns.split_domains[index];

	if (conf_split_domain_is_same(domain)) {
		fprintf(stream, "    # %s: passed to the module, which answers for it under its own name.\n",
			domain->split);
		write_real(settings, domain, stream);
		return;
	}
	fprintf(stream, "    # %s: passed to the module, which asks for the same name ", domain->split);
	if (name_is_root(domain->real))
		fputs("without it.\n", stream);
	else
		fprintf(stream, "below %s.\n", domain->real);
	fprintf(stream, "    local-zone: \"%s.\" transparent\n", domain->split);
	if (!name_is_root(domain->real) && real_is_first(settings, index))
		write_real(settings, domain, stream);
}

/* Our module goes before dns64, which would look at the answers for split domains otherwise. */
void unboundconf_module_write_server(const struct conf_settings *settings, FILE *stream)
{
	bool loads = conf_settings_loads_module(settings);
	bool some = settings->dns.dns64.client_count > 0;

	fprintf(stream,
		"    # The order of the modules for a query: %s%s%sthe DNSSEC check, the resolver.\n"
		"    module-config: \"%s%s%svalidator iterator\"\n",
		some ? "the views of clients, " : "", loads ? "nat64-relay's module, " : "",
		settings->dns.dns64.on ? "DNS64, " : "", some ? "respip " : "", loads ? "dynlib " : "",
		settings->dns.dns64.on ? "dns64 " : "");
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		write_domain(settings, i, stream);
	if (conf_settings_is_relay(settings)) {
		fputs("    # trustanchor.unbound would show a client each real suffix that has a DNSSEC key of its own.\n"
		      "    hide-trustanchor: yes\n",
		      stream);
		unboundconf_reverse_write_zones(settings, stream);
	}
	fputc('\n', stream);
}

void unboundconf_module_close_zones(const struct conf_settings *settings, FILE *stream)
{
	if (!conf_settings_is_relay(settings))
		return;
	unboundconf_forward_close_splits(settings, stream);
	unboundconf_reverse_close(settings, stream);
}

void unboundconf_module_write_dynlib(const struct conf_settings *settings, FILE *stream)
{
	if (!conf_settings_loads_module(settings))
		return;
	fprintf(stream,
		"# The module. It reads the file that the environment variable NAT64_RELAY_CONF names.\n"
		"dynlib:\n"
		"    dynlib-file: \"%s\"\n\n",
		settings->node.unbound_module);
}
