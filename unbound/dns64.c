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
 */
#include "unbound/dns64.h"

#include "conf/gateway.h"
#include "conf/reach.h"
#include "conf/rfc6052.h"
#include "conf/rfc7050.h"
#include "conf/settings.h"
#include "conf/special.h"

#include <arpa/inet.h>

#define SERVER "    "
#define ARPA   "ipv4only.arpa."

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

	fputs(SERVER
	      "# IPv4 addresses that are not forwarded: deny-destination, the gateway's own, and what is no host's.\n",
	      stream);
	for (size_t i = 0; i < settings->common.denied_destination_count; i++)
		write_private4(&settings->common.denied_destinations[i], stream);
	for (size_t i = 0; !conf_settings_is_relay(settings) && conf_reach_own4(settings, i, &special); i++)
		write_private4(&special, stream); /* in a relay the module sees to it, and leaves A alone: module/dns64_reach.c */
	for (size_t i = 0; conf_reach_martian4(settings, i, &special); i++)
		write_private4(&special, stream);
	if (!conf_special_wants_global(settings, &settings->dns.dns64.prefix))
		return;
	fputs(SERVER "# 64:ff9b::/96 may hold global addresses alone (RFC 6052 section 3.1).\n", stream);
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

void unboundconf_dns64_write_server(const struct conf_settings *settings, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	if (settings->dns.dns64.on)
		write_dns64(settings, stream);
	if (settings->dns.discovery_count == 0)
		return;
	fputs(SERVER "# Clients with an ipv4only-arpa of their own: the views at the end.\n", stream);
	for (size_t i = 0; i < settings->dns.discovery_count; i++)
		fprintf(stream, SERVER "access-control-view: %s ipv4only-%zu\n",
			conf_prefix_print(&settings->dns.discoveries[i].client, text), i + 1);
	fputc('\n', stream);
}

void unboundconf_dns64_write_views(const struct conf_settings *settings, FILE *stream)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->dns.discovery_count; i++) {
		const struct conf_discovery *entry = &settings->dns.discoveries[i];

		fprintf(stream,
			"# The NAT64 prefixes that %s discovers.\nview:\n" SERVER "name: ipv4only-%zu\n" SERVER
			"view-first: yes\n",
			conf_prefix_print(&entry->client, text), i + 1);
		write_discovery((struct told){entry->prefixes, entry->prefix_count}, stream);
		fputc('\n', stream);
	}
}
