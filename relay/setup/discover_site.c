/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A site behind this node, of init: its own names, its own name server, its own network, and the interface that leads there. */
#include "relay/setup/discover.h"
#include "relay/setup/discover_parts.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* The interface with an address in the prefix, other than the overlay's. Kept; NULL: there is none. */
static const char *lan_search(struct relay_discovery *found, const struct conf_prefix4 *reach)
{
	struct ifaddrs *list = NULL;
	const char *name = NULL;

	if (getifaddrs(&list) != 0)
		return NULL;
	for (const struct ifaddrs *entry = list; entry && !name; entry = entry->ifa_next) {
		struct sockaddr_in address;

		if (!entry->ifa_addr || entry->ifa_addr->sa_family != AF_INET ||
		    (found->choice.overlay_interface && strcmp(entry->ifa_name, found->choice.overlay_interface) == 0))
			continue;
		memcpy(&address, entry->ifa_addr, sizeof(address));
		if (conf_prefix4_contains(reach, address.sin_addr))
			name = relay_found_keep(found, entry->ifa_name);
	}
	freeifaddrs(list);
	return name;
}

/* All that is reached leaves by one interface: what lies behind another would be out of reach, without a word. */
static void lans_compare(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix4 reach;

	for (size_t i = 1; i < options->reach.count; i++) {
		const char *name = conf_prefix4_parse(options->reach.items[i], &reach) == 0 ? lan_search(found, &reach) :
											      NULL;

		if (name && strcmp(name, found->choice.lan_interface) != 0)
			conf_report_add(
				report,
				"--reach %s is the network of %s, and --reach %s that of %s: a site has one interface; "
				"choose it with --lan-interface if it leads to both",
				options->reach.items[i], name, options->reach.items[0], found->choice.lan_interface);
	}
}

static void lan_find(const struct relay_init_options *options, struct relay_discovery *found,
		     const struct conf_prefix4 *reach, struct conf_report *report)
{
	if (options->lan_interface)
		found->choice.lan_interface = options->lan_interface;
	else if (!found->choice.lan_interface)
		found->choice.lan_interface = lan_search(found, reach);
	if (!found->choice.lan_interface)
		conf_report_add(report,
				"no interface of this machine has an address in %s: name the site's interface with "
				"--lan-interface",
				options->reach.items[0]);
	else
		relay_found_print("LAN interface", found->choice.lan_interface,
				  !options->lan_interface ? "this interface has an address of the site" :
				  if_nametoindex(found->choice.lan_interface) == 0 ?
							    "as given; there is no such interface now" :
							    "as given");
}

bool relay_discovery_reaches(const struct relay_init_options *options, const char *upstream)
{
	char text[INET_ADDRSTRLEN];
	struct conf_prefix4 reach;
	struct in_addr address;

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(upstream, "@#"), upstream);
	if (!options->site || inet_pton(AF_INET, text, &address) != 1)
		return !options->site;
	for (size_t i = 0; i < options->reach.count; i++)
		if (conf_prefix4_parse(options->reach.items[i], &reach) == 0 && conf_prefix4_contains(&reach, address))
			return true;
	return false;
}

/* No host has an address in it; link-local ones somebody may have who asks for them. */
static bool is_no_network(const struct conf_prefix4 *reach)
{
	struct conf_prefix4 martian;

	for (size_t i = 0; conf_special_martian4(i, &martian); i++)
		if (!conf_special_is_link_local4(martian.address) && conf_prefix4_covers(&martian, reach))
			return true;
	return false;
}

void relay_discover_site(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix4 reach;
	size_t before = report->count;

	if (!options->site) {
		if (options->reach.count > 0 || options->lan_interface)
			conf_report_add(report, "--%s is for a site: give its name too, for example --site berlin",
					options->reach.count > 0 ? "reach" : "lan-interface");
		return;
	}
	if (!options->real_suffix)
		conf_report_add(report, "--site %s: give the suffix of the site's own names: --real-suffix office.example",
				options->site);
	if (options->upstreams.count == 0)
		conf_report_add(report, "--site %s: give the site's name server: --upstream-dns 10.0.0.1", options->site);
	if (options->reach.count == 0)
		conf_report_add(report, "--site %s: give the network that clients may reach: --reach 10.0.0.0/24",
				options->site);
	for (size_t i = 0; i < options->reach.count; i++)
		if (!strchr(options->reach.items[i], '/') || conf_prefix4_parse(options->reach.items[i], &reach) != 0 ||
		    conf_prefix4_has_host_bits(&reach))
			conf_report_add(report,
					"--reach %s: an IPv4 prefix without host bits is wanted, 10.0.0.0/24 for example",
					options->reach.items[i]);
		else if (is_no_network(&reach))
			conf_report_add(report,
					"--reach %s: no host has such an address (RFC 6890); give the site's network",
					options->reach.items[i]);
		else
			relay_found_print("site", options->reach.items[i], "as given");
	if (report->count == before && conf_prefix4_parse(options->reach.items[0], &reach) == 0)
		lan_find(options, found, &reach, report);
	if (found->choice.lan_interface && !options->lan_interface)
		lans_compare(options, found, report);
}
