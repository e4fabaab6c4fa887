/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What init is told, finds and chooses. An option comes before what tailscaled tells; what neither gives is chosen (prefix,
 * pool) or missing (then a line says which option gives it). tailscaled is asked only when something is not given.
 */
#include "relay/setup/discover.h"
#include "relay/setup/discover_parts.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/value.h"
#include "kernel/address.h"
#include "relay/host/machine.h"
#include "tailscale/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void relay_found_print(const char *what, const char *value, const char *why)
{
	printf("  %-18s %-40s %s\n", what, value, why);
}

const char *relay_found_keep(struct relay_discovery *found, const char *text)
{
	char *copy = found->text_count < sizeof(found->texts) / sizeof(found->texts[0]) ? strdup(text) : NULL;

	if (copy)
		found->texts[found->text_count++] = copy;
	return copy;
}

static void word_append(struct conf_words *words, const char *word)
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
		conf_report_add(report,
				"%s. For init: --socket PATH; or without tailscaled --real-suffix and --edge-address (for "
				"another overlay --no-tailscale)",
				quiet.count > 0 ? quiet.lines[0] : "tailscaled does not answer");
		conf_report_clear(&quiet);
		return -1;
	}
	if (tailscale_status_is_up(&status, report) != 0)
		goto out;
	if (!options->real_suffix && status.magic_dns_suffix[0] != '\0')
		found->choice.real_suffix = relay_found_keep(found, status.magic_dns_suffix);
	if (!status.magic_dns_enabled && options->upstreams.count == 0)
		conf_report_add(report, "MagicDNS is off in this tailnet, so that no server knows the real names: turn it on, or give "
					"--upstream-dns");
	for (size_t i = 0; options->edge_addresses.count == 0 && i < status.address_count; i++)
		word_append(&found->edge_addresses,
			    relay_found_keep(found, relay_machine_address_print(&status.addresses[i], text)));
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
	relay_found_print("real suffix", real, options->real_suffix ? "as given" : "MagicDNS suffix, from tailscaled");
	for (size_t i = 0; i < options->split_domains.count; i++) {
		const char *split = options->split_domains.items[i];

		if (is_inside(real, split))
			conf_report_add(report,
					"--split-domain %s: the real suffix %s lies in it, and the relay would ask itself: "
					"choose another, for example 9929",
					split, real);
	}
}

static void edge_find(const struct relay_init_options *options, struct relay_discovery *found, struct conf_report *report)
{
	const struct conf_words *edges = &found->edge_addresses;

	for (size_t i = 0; i < edges->count; i++)
		relay_found_print("edge address", edges->items[i],
				  options->edge_addresses.count > 0 ? "as given" : "this node, from tailscaled");
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
		relay_found_print("interface", options->overlay_interface, "as given");
		return;
	}
	if (*edge == '\0')
		return; /* edge_find has said what is missing */
	if (conf_address_parse(edge, &address) != 0) {
		conf_report_add(report, "--edge-address %s: an IPv4 or IPv6 address is wanted", edge);
	} else if (kernel_address_owner(&address, device, report) == 1) {
		found->choice.overlay_interface = relay_found_keep(found, device);
		relay_found_print("interface", device, "it has the edge address");
	} else if (options->no_tailscale) {
		conf_report_add(report,
				"no interface of this machine has %s: name the overlay's interface with "
				"--overlay-interface",
				edge);
	} else {
		found->choice.overlay_interface = "tailscale0";
		relay_found_print("interface", "tailscale0", "the default; no interface has the edge address yet");
	}
}

static bool has_ip4(const struct conf_words *addresses)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (!strchr(addresses->items[i], ':'))
			return true;
	return false;
}

bool relay_discovery_is_ip6_alone(const struct relay_init_options *options, const struct relay_discovery *found)
{
	return !options->no_tailscale && found->edge_addresses.count > 0 && !has_ip4(&found->edge_addresses);
}

static void upstreams_find(const struct relay_init_options *options, struct relay_discovery *found,
			   struct conf_report *report)
{
	if (options->upstreams.count > 0)
		found->upstreams = options->upstreams;
	else if (!options->no_tailscale)
		word_append(&found->upstreams, relay_discovery_is_ip6_alone(options, found) ? CONF_TAILNET_RESOLVER6 :
											      CONF_TAILNET_RESOLVER);
	else
		conf_report_add(report, "no server for the real names: give one with --upstream-dns");
	for (size_t i = 0; i < found->upstreams.count; i++)
		relay_found_print("upstream DNS", found->upstreams.items[i],
				  options->upstreams.count == 0 ?
					  "MagicDNS" :
				  relay_discovery_reaches(options, found->upstreams.items[i]) ?
					  "as given" :
					  "as given; outside --reach, so queries leave as the routes lead");
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
	relay_discover_prefixes(options, found, report);
	relay_discover_site(options, found, report);
	upstreams_find(options, found, report);
	if (options->no_tailscale)
		relay_found_print("access", "only a tailnet's addresses",
				  "the default: for your overlay's addresses see the end of the file");
	return report->count == before ? 0 : -1;
}

void relay_discovery_clear(struct relay_discovery *found)
{
	for (size_t i = 0; i < found->text_count; i++)
		free(found->texts[i]);
	*found = (struct relay_discovery){0};
}
