/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What init is told, finds and chooses. An option comes before what tailscaled tells; what neither gives is chosen (prefix,
 * pool) or missing (then a line says which option gives it). tailscaled is asked only when something is not given.
 */
#include "relay/setup/discover.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/value.h"
#include "kernel/address.h"
#include "relay/host/choose.h"
#include "relay/host/machine.h"
#include "tailscale/status.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static void found_print(const char *what, const char *value, const char *why)
{
	printf("  %-18s %-40s %s\n", what, value, why);
}

/* Keep a text as long as the discovery. */
static const char *text_keep(struct relay_discovery *found, const char *text)
{
	char *copy = found->text_count < sizeof(found->texts) / sizeof(found->texts[0]) ? strdup(text) : NULL;

	if (copy)
		found->texts[found->text_count++] = copy;
	return copy;
}

static void word_append(struct relay_words *words, const char *word)
{
	if (word && words->count < sizeof(words->items) / sizeof(words->items[0]))
		words->items[words->count++] = word;
}

static bool tailscaled_is_needed(const struct relay_init_options *options)
{
	return !options->no_tailscale && (!options->real_suffix || options->edge_addresses.count == 0);
}

/* Suffix and addresses, where the options do not say. */
static int tailscaled_ask(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	const char *socket = options->socket ? options->socket : "/var/run/tailscale/tailscaled.sock";
	struct tailscale_status status;
	char text[INET6_ADDRSTRLEN];
	struct conf_report quiet = {0};
	int result = -1;

	if (tailscale_status_read(socket, &status, &quiet) != 0) {
		conf_report_add(
			report,
			"%s. For init: --socket PATH; or without it --real-suffix and --edge-address (for another overlay --no-tailscale)",
			quiet.count > 0 ? quiet.lines[0] : "tailscaled does not answer");
		conf_report_clear(&quiet);
		return -1;
	}
	if (tailscale_status_is_up(&status, report) != 0)
		goto out;
	if (!options->real_suffix && status.magic_dns_suffix[0] != '\0')
		found->choice.real_suffix = text_keep(found, status.magic_dns_suffix);
	if (!status.magic_dns_enabled && options->upstreams.count == 0)
		conf_report_add(report, "MagicDNS is off in this tailnet, so that nobody knows the real names: "
					"turn it on, or give --upstream-dns");
	for (size_t i = 0; options->edge_addresses.count == 0 && i < status.address_count; i++)
		word_append(&found->edge_addresses,
			    text_keep(found, relay_machine_address_print(&status.addresses[i], text)));
	result = 0;
out:
	tailscale_status_clear(&status);
	return result;
}

static bool is_inside(const char *name, const char *domain)
{
	size_t length = strlen(name), tail = strlen(domain);

	return length >= tail && strcasecmp(name + length - tail, domain) == 0 &&
	       (length == tail || name[length - tail - 1] == '.');
}

static void names_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	const char *real = found->choice.real_suffix;

	if (!real) {
		conf_report_add(report, "the real suffix is not known: give it with --real-suffix");
		return;
	}
	found_print("real suffix", real, options->real_suffix ? "as you say" : "MagicDNS suffix, from tailscaled");
	for (size_t i = 0; i < options->split_domains.count; i++) {
		const char *split = options->split_domains.items[i];

		if (is_inside(real, split))
			conf_report_add(report,
					"--split-domain %s: the real suffix %s lies in it, so that the relay would ask itself for ever: "
					"choose another, 9929 for example",
					split, real);
	}
}

static void edge_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	const struct relay_words *edges = &found->edge_addresses;

	for (size_t i = 0; i < edges->count; i++)
		found_print("edge address", edges->items[i],
			    options->edge_addresses.count > 0 ? "as you say" : "this node, from tailscaled");
	if (edges->count == 0)
		conf_report_add(report, "this node's address in the overlay is not known: give it with --edge-address");
}

/* The link that owns the first edge address. */
static void interface_find(const struct relay_init_options *options, struct relay_discovery *found,
			   struct conf_report *report)
{
	struct conf_address address;
	char device[IF_NAMESIZE];
	const char *edge = found->edge_addresses.count > 0 ? found->edge_addresses.items[0] : "";

	if (options->overlay_interface) {
		found->choice.overlay_interface = options->overlay_interface;
		found_print("interface", options->overlay_interface, "as you say");
		return;
	}
	if (*edge == '\0')
		return; /* edge_find has said what is missing */
	if (conf_address_parse(edge, &address) != 0) {
		conf_report_add(report, "--edge-address %s: an IPv4 or IPv6 address is wanted", edge);
	} else if (kernel_address_owner(&address, device, report) == 1) {
		found->choice.overlay_interface = text_keep(found, device);
		found_print("interface", device, "it has the edge address");
	} else if (options->no_tailscale) {
		conf_report_add(report,
				"no interface of this machine has %s: give the overlay's with --overlay-interface", edge);
	} else {
		found->choice.overlay_interface = "tailscale0";
		found_print("interface", "tailscale0", "the usual one; no interface has the edge address yet");
	}
}

static void prefix_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix6 *prefix = &found->choice.prefix;
	char text[CONF_PREFIX_TEXT];
	uint8_t random[7];

	if (options->prefix) {
		if (conf_prefix6_parse(options->prefix, prefix) != 0 || conf_prefix6_has_host_bits(prefix) ||
		    !conf_rfc6052_length_is_valid(prefix->length))
			conf_report_add(report,
					"--prefix %s: an IPv6 prefix without host bits is wanted, of length 32, 40, 48, 56, 64 or 96: "
					"fd64:9929::/96 for example",
					options->prefix);
		else
			found_print("prefix", options->prefix, "as you say");
		return;
	}
	if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
		conf_report_add(report, "the kernel gives no random numbers: %s", strerror(errno));
		return;
	}
	*prefix = relay_prefix_make(random);
	found_print("prefix", conf_prefix6_print(prefix, text),
		    "a random unique local one (RFC 4193), which nobody else has");
}

static void pool_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix4 *pool = &found->choice.pool;
	struct relay_taken taken = {0};
	char text[CONF_PREFIX_TEXT];
	const char *by;

	if (relay_machine_taken(NULL, &taken, report) != 0)
		goto out;
	if (!options->pool) {
		if (relay_pool_choose(&taken, pool))
			found_print("pool", conf_prefix4_print(pool, text),
				    "the first private /20 that no route of this machine uses");
		else
			conf_report_add(report,
					"every /20 of private address space is routed here: give a free prefix with --pool");
	} else if (conf_prefix4_parse(options->pool, pool) != 0 || conf_prefix4_has_host_bits(pool)) {
		conf_report_add(report,
				"--pool %s: an IPv4 prefix without host bits is wanted, 192.168.240.0/20 for example",
				options->pool);
	} else if ((by = relay_taken_find(&taken, pool))) {
		conf_report_add(report, "--pool %s overlaps %s: choose another, or leave the choice to init",
				options->pool, by);
	} else {
		found_print("pool", options->pool, "as you say; no route of this machine uses it");
	}
out:
	relay_taken_clear(&taken);
}

/* Length and overlaps with other settings are conf's to judge, when the file is read back. */
static void twin_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct relay_taken taken = {0};
	struct conf_prefix4 twin;
	const char *by;

	if (!options->twin || relay_machine_taken(found->choice.overlay_interface, &taken, report) != 0)
		goto out;
	found->choice.twin = options->twin;
	if (conf_prefix4_parse(options->twin, &twin) != 0)
		conf_report_add(report, "--twin-prefix %s: an IPv4 prefix is wanted, 10.192.0.0/10 for example",
				options->twin);
	else if ((by = relay_taken_find(&taken, &twin)))
		conf_report_add(report, "--twin-prefix %s overlaps %s: choose another private range", options->twin, by);
	else
		found_print("twin prefix", options->twin, "as you say; no route of this machine uses it");
out:
	relay_taken_clear(&taken);
}

static bool has_ip4(const struct relay_words *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (!strchr(addresses->items[i], ':'))
			return true;
	return false;
}

/* A tailnet without IPv4: tailscaled gives this node an IPv6 address alone. */
static bool is_ip6_alone(const struct relay_init_options *options, const struct relay_discovery *found)
{
	return !options->no_tailscale && found->edge_addresses.count > 0 && !has_ip4(&found->edge_addresses);
}

static void twin6_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix6 *twin6 = &found->choice.twin6;
	char text[CONF_PREFIX_TEXT];
	uint8_t random[7] = {0};

	if (options->twin6) {
		if (conf_prefix6_parse(options->twin6, twin6) != 0 || conf_prefix6_has_host_bits(twin6) ||
		    twin6->length == 0)
			conf_report_add(
				report,
				"--twin6-prefix %s: an IPv6 prefix without host bits is wanted, fd99:9929:1::/48 for example",
				options->twin6);
		else
			found_print("twin6 prefix", options->twin6, "as you say");
	} else if (is_ip6_alone(options, found)) {
		if (getrandom(random, 5, 0) != 5) {
			conf_report_add(report, "the kernel gives no random numbers: %s", strerror(errno));
			return;
		}
		*twin6 = relay_prefix_make(random);
		twin6->length = 48;
		found_print("twin6 prefix", conf_prefix6_print(twin6, text),
			    "a random unique local one: this tailnet has no IPv4");
	}
}

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
			name = text_keep(found, entry->ifa_name);
	}
	freeifaddrs(list);
	return name;
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
				"no interface of this machine has an address in %s: give the site's with --lan-interface",
				options->reach.items[0]);
	else
		found_print("LAN interface", found->choice.lan_interface,
			    options->lan_interface ? "as you say" : "it has an address of the site");
}

/* The site behind this node: its own names, its own name server, its own network. */
static void site_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	struct conf_prefix4 reach;
	size_t before = report->count;

	if (!options->site) {
		if (options->reach.count > 0 || options->lan_interface)
			conf_report_add(report, "--%s is of a site: give its name too, --site berlin for example",
					options->reach.count > 0 ? "reach" : "lan-interface");
		return;
	}
	if (!options->real_suffix)
		conf_report_add(
			report,
			"--site %s: whose names are meant? Give the suffix of the site's own: --real-suffix office.example",
			options->site);
	if (options->upstreams.count == 0)
		conf_report_add(report, "--site %s: who knows them? Give the site's name server: --upstream-dns 10.0.0.1",
				options->site);
	if (options->reach.count == 0)
		conf_report_add(report, "--site %s: what do clients reach of it? Give its network: --reach 10.0.0.0/24",
				options->site);
	for (size_t i = 0; i < options->reach.count; i++)
		if (conf_prefix4_parse(options->reach.items[i], &reach) != 0 || conf_prefix4_has_host_bits(&reach))
			conf_report_add(report,
					"--reach %s: an IPv4 prefix without host bits is wanted, 10.0.0.0/24 for example",
					options->reach.items[i]);
		else
			found_print("site", options->reach.items[i], "as you say");
	if (report->count == before && conf_prefix4_parse(options->reach.items[0], &reach) == 0)
		lan_find(options, found, &reach, report);
}

static void upstreams_find(const struct relay_init_options *options, struct relay_discovery *found,
			   struct conf_report *report)
{
	if (options->upstreams.count > 0)
		found->upstreams = options->upstreams;
	else if (!options->no_tailscale)
		word_append(&found->upstreams,
			    is_ip6_alone(options, found) ? CONF_TAILNET_RESOLVER6 : CONF_TAILNET_RESOLVER);
	else
		conf_report_add(report, "who knows the real names? Give a name server with --upstream-dns");
	for (size_t i = 0; i < found->upstreams.count; i++)
		found_print("upstream DNS", found->upstreams.items[i],
			    options->upstreams.count > 0 ? "as you say" : "MagicDNS");
}

int relay_discover(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	size_t before = report->count;

	*found = (struct relay_discovery){.edge_addresses = options->edge_addresses};
	found->choice = (struct relay_choice){
		.split_domains = &options->split_domains,
		.real_suffix = options->real_suffix,
		.edge_addresses = &found->edge_addresses,
		.upstreams = &found->upstreams,
		.reach = &options->reach,
		.tailscale_socket = options->socket,
		.advertise_none = options->no_tailscale,
	};
	if (tailscaled_is_needed(options) && tailscaled_ask(options, found, report) != 0)
		return -1;
	names_find(options, found, report);
	edge_find(options, found, report);
	interface_find(options, found, report);
	prefix_find(options, found, report);
	pool_find(options, found, report);
	twin_find(options, found, report);
	twin6_find(options, found, report);
	site_find(options, found, report);
	upstreams_find(options, found, report);
	if (options->no_tailscale)
		found_print("access", "a tailnet's addresses alone",
			    "the default: the end of the file says how to name your overlay's");
	return report->count == before ? 0 : -1;
}

void relay_discovery_clear(struct relay_discovery *found)
{
	for (size_t i = 0; i < found->text_count; i++)
		free(found->texts[i]);
	*found = (struct relay_discovery){0};
}
