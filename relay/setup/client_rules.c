/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both programs answer names with addresses of their own (fake-ip), take all routes into their TUN, and send what they pass on out by the default
 * interface. A split name needs the relay's address, the tailnet's resolver, and the tailnet's interface: so it is named in all three places.
 */
#include "relay/setup/client_rules.h"

#include <arpa/inet.h>
#include <jansson.h>

static const char *address_print(const struct conf_prefix *host, char text[INET6_ADDRSTRLEN])
{
	const void *address = host->family == AF_INET ? (const void *)&host->v4.address : (const void *)&host->v6.address;

	return inet_ntop(host->family, address, text, INET6_ADDRSTRLEN);
}

int relay_client_rules_mihomo(const struct relay_client_rules *rules, FILE *stream)
{
	bool is_v6 = rules->resolver.family == AF_INET6;
	char text[CONF_PREFIX_TEXT], address[INET6_ADDRSTRLEN];

	address_print(&rules->resolver, address);
	fputs("# For mihomo on a client of the relay: merge this into its configuration, and put the rules before the "
	      "others.\n"
	      "# fake-ip-filter-mode has to be blacklist, the default.\n"
	      "ipv6: true\n"
	      "dns:\n"
	      "  ipv6: true\n"
	      "  fake-ip-filter:\n",
	      stream);
	for (size_t i = 0; i < rules->domain_count; i++)
		fprintf(stream, "    - '+.%s'\n", rules->domains[i]);
	fputs("  nameserver-policy:\n", stream);
	for (size_t i = 0; i < rules->domain_count; i++)
		fprintf(stream, "    '+.%s': 'udp://%s%s%s:53#%s'\n", rules->domains[i], is_v6 ? "[" : "", address,
			is_v6 ? "]" : "", rules->interface);
	fputs("tun:\n  route-exclude-address:\n", stream);
	for (size_t i = 0; i < rules->prefix_count; i++)
		fprintf(stream, "    - '%s'\n", conf_prefix_print(&rules->prefixes[i], text));
	fprintf(stream, "    - '%s'\n", conf_prefix_print(&rules->resolver, text));
	fprintf(stream, "proxies:\n  - name: tailnet\n    type: direct\n    udp: true\n    interface-name: '%s'\nrules:\n",
		rules->interface);
	for (size_t i = 0; i < rules->domain_count; i++)
		fprintf(stream, "  - 'DOMAIN-SUFFIX,%s,tailnet'\n", rules->domains[i]);
	for (size_t i = 0; i < rules->prefix_count; i++)
		fprintf(stream, "  - '%s,%s,tailnet,no-resolve'\n",
			rules->prefixes[i].family == AF_INET ? "IP-CIDR" : "IP-CIDR6",
			conf_prefix_print(&rules->prefixes[i], text));
	return 0;
}

static json_t *domains_json(const struct relay_client_rules *rules)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rules->domain_count; i++)
		json_array_append_new(list, json_string(rules->domains[i]));
	return list;
}

static json_t *prefixes_json(const struct relay_client_rules *rules)
{
	json_t *list = json_array();
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < rules->prefix_count; i++)
		json_array_append_new(list, json_string(conf_prefix_print(&rules->prefixes[i], text)));
	return list;
}

int relay_client_rules_sing_box(const struct relay_client_rules *rules, FILE *stream)
{
	char text[CONF_PREFIX_TEXT], address[INET6_ADDRSTRLEN];
	json_t *excluded = prefixes_json(rules);
	json_t *dns, *route, *all;

	json_array_append_new(excluded, json_string(conf_prefix_print(&rules->resolver, text)));
	dns = json_pack("{s:[{s:s, s:s, s:s, s:s}], s:[{s:o, s:s, s:s}]}", "servers", "type", "udp", "tag", "tailnet",
			"server", address_print(&rules->resolver, address), "bind_interface", rules->interface, "rules",
			"domain_suffix", domains_json(rules), "action", "route", "server", "tailnet");
	route = json_pack("{s:[{s:o, s:s, s:s}, {s:o, s:s, s:s}]}", "rules", "domain_suffix", domains_json(rules),
			  "action", "route", "outbound", "tailnet", "ip_cidr", prefixes_json(rules), "action", "route",
			  "outbound", "tailnet");
	all = json_pack("{s:o, s:[{s:s, s:s, s:o}], s:[{s:s, s:s, s:s}], s:o}", "dns", dns, "inbounds", "type", "tun",
			"tag", "tun-in", "route_exclude_address", excluded, "outbounds", "type", "direct", "tag",
			"tailnet", "bind_interface", rules->interface, "route", route);
	if (!all)
		return -1;
	json_dumpf(all, stream, JSON_INDENT(2));
	fputc('\n', stream);
	json_decref(all);
	return 0;
}
