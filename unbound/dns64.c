/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gateway mode in the generated unbound.conf. Unbound's own dns64 makes the answers; here stands what it needs around it.
 *
 * An AAAA record in dns64-exclude does not count (RFC 6147 section 5.1.4). Unbound's dns64 has no such list, but private-address
 * takes these records out of answers on their way in, before dns64 sees them: when none is left, dns64 asks for A. The same lines
 * take out IPv4 addresses that are not forwarded, so that no answer leads to one. Names below a real suffix are a
 * private-domain: their addresses stay, for the module, which looks at each of them.
 *
 * ipv4only.arpa (RFC 7050, RFC 8880 section 7) is answered here and never asked upstream: static zones are authoritative, so other
 * types are NODATA and names below are NXDOMAIN. Clients that are told another prefix than dns64's have a view of their own; a
 * view knows its own zones and, by view-first, all the others.
 *
 * Where dns64 is for some clients alone, the others have a view whose response-ip empties an answer with an address in the prefix, each time one is
 * sent. So there is one cache, which holds what dns64 has made, and the answer of one client is never another one's: Unbound keeps
 * questions of different views apart (services/mesh.c) and applies the view to what comes from the cache (daemon/worker.c). It takes respip, the first
 * of the modules.
 */
#include "unbound/parts.h"

#include "conf/gateway.h"
#include "conf/reach.h"
#include "conf/rfc6052.h"
#include "conf/rfc7050.h"
#include "conf/settings.h"
#include "conf/special.h"

#include <arpa/inet.h>

#define SERVER "    "
#define ARPA   "ipv4only.arpa."

/* The views. */
#define DISCOVERY "ipv4only"
#define DIRECT    "direct"

/* The prefixes that one set of clients discovers. */
struct told {
	const struct conf_prefix6 *prefixes;
	size_t count;
};

/* The name of one embedded address leads back (RFC 6147 section 5.3.1). */
static void write_pointer(const struct in6_addr *address, FILE *stream)
{
	const struct conf_prefix6 whole = {*address, 128};
	char name[CONF_REVERSE_TEXT];

	fprintf(stream, SERVER "local-data: \"%s. 3600 PTR " ARPA "\"\n", conf_prefix6_print_reverse(&whole, name));
}

static void write_zone(const char *zone, FILE *stream)
{
	fprintf(stream,
		SERVER "local-zone: \"%s\" static\n" SERVER
		       "local-data: \"%s 3600 SOA localhost. nobody.invalid. 1 3600 1200 604800 3600\"\n",
		zone, zone);
}

static void write_embedded(const struct conf_prefix6 *prefix, FILE *stream)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < CONF_RFC7050_ADDRESSES; i++) {
		const struct in6_addr address = conf_rfc6052_embed(prefix, conf_rfc7050_address(i));

		fprintf(stream, SERVER "local-data: \"" ARPA " 3600 AAAA %s\"\n",
			inet_ntop(AF_INET6, &address, text, sizeof(text)));
		write_pointer(&address, stream);
	}
}

/* All zones of ipv4only.arpa, as one set of clients sees them. */
static void write_discovery(struct told told, FILE *stream)
{
	write_zone(ARPA, stream);
	for (size_t i = 0; i < CONF_RFC7050_ADDRESSES; i++) {
		const struct in_addr address = conf_rfc7050_address(i);
		char zone[sizeof("170.0.0.192.in-addr.arpa.")], text[INET_ADDRSTRLEN];

		fprintf(stream, SERVER "local-data: \"" ARPA " 3600 A %s\"\n",
			inet_ntop(AF_INET, &address, text, sizeof(text)));
		snprintf(zone, sizeof(zone), "%u.0.0.192.in-addr.arpa.", ntohl(address.s_addr) & 0xff);
		write_zone(zone, stream);
		fprintf(stream, SERVER "local-data: \"%s 3600 PTR " ARPA "\"\n", zone);
	}
	for (size_t i = 0; i < told.count; i++)
		write_embedded(&told.prefixes[i], stream);
}

static void write_excluded(const struct conf_settings *settings, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	fputs(SERVER "# IPv6 addresses that do not count: dns64-exclude.\n", stream);
	for (size_t i = 0; i < settings->dns.dns64.excluded_count; i++)
		fprintf(stream, SERVER "private-address: %s\n", conf_prefix6_print(&settings->dns.dns64.excluded[i], text));
}

static void write_private4(const struct conf_prefix4 *prefix, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	fprintf(stream, SERVER "private-address: %s\n", conf_prefix4_print(prefix, text));
}

/* Addresses that the translator does not reach. */
static void write_unreachable(const struct conf_settings *settings, FILE *stream)
{
	struct conf_prefix4 special;

	fputs(SERVER "# IPv4 addresses that are not forwarded: deny-destination, the gateway's own, and those that are not "
		     "host addresses.\n",
	      stream);
	for (size_t i = 0; i < settings->common.denied_destinations.count4; i++)
		write_private4(&settings->common.denied_destinations.v4[i], stream);
	for (size_t i = 0; !conf_settings_is_relay(settings) && conf_reach_own4(settings, i, &special); i++)
		write_private4(&special, stream); /* in a relay the module sees to it, and leaves A alone: module/dns64.c */
	for (size_t i = 0; conf_reach_martian4(settings, i, &special); i++)
		write_private4(&special, stream);
	if (!conf_rfc6052_wants_global(settings, &settings->dns.dns64.prefix))
		return;
	fputs(SERVER "# 64:ff9b::/96 may hold only global addresses (RFC 6052 section 3.1).\n", stream);
	for (size_t i = 0; conf_special_range4(i, &special); i++)
		write_private4(&special, stream);
}

/* Unbound answers the reverse zones of private addresses itself, unless it is told otherwise. */
static void write_reverse(const struct conf_settings *settings, FILE *stream)
{
	char zone[CONF_REVERSE_TEXT];

	if (conf_settings_is_relay(settings))
		return; /* it is handed to the module */
	fprintf(stream, SERVER "local-zone: \"%s.\" transparent\n",
		conf_prefix6_print_reverse(&settings->dns.dns64.prefix, zone));
}

static void write_dns64(const struct conf_settings *settings, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	fprintf(stream,
		SERVER "# A name without AAAA records gets its A records inside this prefix (RFC 6147).\n" SERVER
		       "dns64-prefix: %s\n",
		conf_prefix6_print(&settings->dns.dns64.prefix, text));
	write_reverse(settings, stream);
	write_excluded(settings, stream);
	write_unreachable(settings, stream);
	fputs(SERVER "# How hosts discover the prefix (RFC 7050, RFC 8880).\n", stream);
	write_discovery((struct told){&settings->dns.dns64.prefix, 1}, stream);
	fputc('\n', stream);
}

static void write_view_line(const struct conf_prefix *client, const char *view, size_t number, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	fprintf(stream, SERVER "access-control-view: %s %s", conf_prefix_print(client, text), view);
	if (number > 0)
		fprintf(stream, "-%zu", number);
	fputc('\n', stream);
}

/* Which ipv4only-arpa is that of all clients of the prefix, counted from 1: the one with the longest CLIENT. 0: none. */
static size_t discovery_find(const struct conf_settings *settings, const struct conf_prefix *client)
{
	const struct conf_discovery *list = settings->dns.discoveries;
	size_t found = 0;

	for (size_t i = 0; i < settings->dns.discovery_count; i++)
		if (conf_prefix_covers(&list[i].client, client) &&
		    (found == 0 || conf_prefix_covers(&list[found - 1].client, &list[i].client)))
			found = i + 1;
	return found;
}

/* The view of one prefix of clients: Unbound takes that of the longest one alone, so every prefix that any line names has its own. */
static void write_client(const struct conf_settings *settings, struct conf_prefix client, FILE *stream)
{
	size_t discovery = discovery_find(settings, &client);

	if (!conf_gateway_synthesizes(settings, &client))
		write_view_line(&client, DIRECT, discovery, stream);
	else if (discovery > 0)
		write_view_line(&client, DISCOVERY, discovery, stream);
}

/* Where some clients alone get the answers of dns64. A prefix that stands twice does no harm. */
static void write_clients(const struct conf_settings *settings, FILE *stream)
{
	const struct conf_dns *dns = &settings->dns;

	fputs(SERVER "# Clients without answers of dns64, or with their own ipv4only-arpa: see the views at the end.\n",
	      stream);
	for (size_t i = 0; i < conf_networks_count(&dns->clients); i++)
		write_client(settings, conf_networks_at(&dns->clients, i), stream);
	for (size_t i = 0; i < dns->edge_address_count; i++)
		write_client(settings, conf_prefix_of_host(&dns->edge_addresses[i]), stream);
	for (size_t i = 0; i < dns->dns64.client_count; i++)
		write_client(settings, dns->dns64.clients[i], stream);
	for (size_t i = 0; i < dns->discovery_count; i++)
		write_client(settings, dns->discoveries[i].client, stream);
	fputc('\n', stream);
}

void unboundconf_dns64_write_server(const struct conf_settings *settings, FILE *stream)
{
	if (settings->dns.dns64.on)
		write_dns64(settings, stream);
	if (settings->dns.dns64.client_count > 0)
		write_clients(settings, stream);
	if (settings->dns.discovery_count == 0 || settings->dns.dns64.client_count > 0)
		return;
	fputs(SERVER "# Clients with their own ipv4only-arpa: see the views at the end.\n", stream);
	for (size_t i = 0; i < settings->dns.discovery_count; i++)
		write_view_line(&settings->dns.discoveries[i].client, DISCOVERY, i + 1, stream);
	fputc('\n', stream);
}

static void write_view(const char *name, size_t number, struct told told, FILE *stream)
{
	fprintf(stream, "view:\n" SERVER "name: %s", name);
	if (number > 0)
		fprintf(stream, "-%zu", number);
	fputs("\n" SERVER "view-first: yes\n", stream);
	write_discovery(told, stream);
}

/* An answer of dns64, also one from the cache, becomes an empty one. */
static void write_direct(const struct conf_settings *settings, size_t number, struct told told, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	fputs("# Clients that get no answers of dns64: redirect without data leaves an empty answer.\n", stream);
	write_view(DIRECT, number, told, stream);
	fprintf(stream, SERVER "response-ip: %s redirect\n\n", conf_prefix6_print(&settings->dns.dns64.prefix, text));
}

void unboundconf_dns64_write_views(const struct conf_settings *settings, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->dns.discovery_count; i++) {
		const struct conf_discovery *entry = &settings->dns.discoveries[i];

		const struct told told = {entry->prefixes, entry->prefix_count};

		fprintf(stream, "# The NAT64 prefixes that %s discovers.\n", conf_prefix_print(&entry->client, text));
		write_view(DISCOVERY, i + 1, told, stream);
		fputc('\n', stream);
		if (settings->dns.dns64.client_count > 0)
			write_direct(settings, i + 1, told, stream);
	}
	if (settings->dns.dns64.client_count > 0)
		write_direct(settings, 0, (struct told){NULL, 0}, stream);
}
