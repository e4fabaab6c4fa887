/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of addresses in the generated unbound.conf.
 *
 * The zone of each prefix under ip6.arpa is handed to the module, which asks for the name of the IPv4 address instead.
 * That question must reach those who know the hosts, and nobody else: the name servers of the first real suffix, for every
 * destination that is allowed. An upstream-dns line for a zone under in-addr.arpa, or above it, says otherwise.
 *
 * Zones under in-addr.arpa are cut at octets, so 100.64.0.0/10 is 64 of them. A destination wider than an octet is no
 * network of one's own; of such a one only 100.64.0.0/10, where overlays live, is asked of that upstream, and the
 * rest is asked as any name.
 */

#include "conf/settings.h"
#include "conf/special.h"
#include "conf/value.h"
#include "unbound/parts.h"

#include <stdbool.h>
#include <string.h>

#define OCTET_BITS 8

/* The zone whose name servers know the first real suffix that has any of its own; NULL when none has. */
static const char *upstream_zone(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const char *best = NULL;

		for (size_t j = 0; j < settings->dns.upstream_count; j++) {
			const char *zone = settings->dns.upstreams[j].zone;

			if (strcmp(zone, ".") != 0 && conf_domain_is_within(settings->dns.split_domains[i].real, zone) &&
			    (!best || strlen(zone) > strlen(best)))
				best = zone;
		}
		if (best)
			return best;
	}
	return NULL;
}

/* Does relay.conf itself say who knows the zone? */
static bool zone_has_upstream(const struct conf_settings *settings, const char *zone)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (strcmp(settings->dns.upstreams[i].zone, ".") != 0 &&
		    conf_domain_is_within(zone, settings->dns.upstreams[i].zone))
			return true;
	return false;
}

typedef void zone_writer(const struct conf_settings *settings, const char *zone, FILE *stream);

static void write_insecure(const struct conf_settings *settings, const char *zone, FILE *stream)
{
	(void)settings;
	fprintf(stream, "    domain-insecure: \"%s.\"\n", zone);
}

static void write_forwarder(const struct conf_settings *settings, const char *zone, FILE *stream)
{
	fprintf(stream, "forward-zone:\n    name: \"%s.\"\n", zone);
	unboundconf_forward_write_servers(settings, upstream_zone(settings), stream);
}

/* Write every zone that a destination's addresses lie in. How many; write is NULL to count alone. */
static unsigned write_zones_of(const struct conf_settings *settings, const struct conf_prefix4 *destination,
			       zone_writer *write, FILE *stream)
{
	char zone[CONF_REVERSE_TEXT];
	unsigned count = 0;

	for (unsigned i = 0; i < conf_prefix4_reverse_zones(destination); i++) {
		conf_prefix4_print_reverse(destination, i, zone);
		if (zone_has_upstream(settings, zone))
			continue;
		count++;
		if (write)
			write(settings, zone, stream);
	}
	return count;
}

/* The zone of the addresses that twin6 stands for. 1, or 0 when relay.conf says who knows it. */
static unsigned write_zone6(const struct conf_settings *settings, zone_writer *write, FILE *stream)
{
	char zone[CONF_REVERSE_TEXT];

	conf_prefix6_print_reverse(&settings->common.twin6.real, zone);
	if (zone_has_upstream(settings, zone))
		return 0;
	if (write)
		write(settings, zone, stream);
	return 1;
}

/* The same for every zone that is asked of the first real suffix's name servers. */
static unsigned write_zones(const struct conf_settings *settings, zone_writer *write, FILE *stream)
{
	const struct conf_prefix4 shared = conf_special_shared_space();
	unsigned count = 0;

	if (settings->common.prefix_count == 0 || !upstream_zone(settings))
		return 0;
	if (settings->common.has_twin6)
		count += write_zone6(settings, write, stream);
	for (size_t i = 0; i < settings->common.allowed_destinations.count4; i++) {
		const struct conf_prefix4 *destination = &settings->common.allowed_destinations.v4[i];

		if (destination->length >= OCTET_BITS)
			count += write_zones_of(settings, destination, write, stream);
		else if (conf_prefix4_overlaps(destination, &shared))
			count += write_zones_of(settings, &shared, write, stream);
	}
	return count;
}

static void write_twin(const struct conf_settings *settings, FILE *stream)
{
	const struct conf_prefix4 *twin = &settings->common.twin.twin;
	char zone[CONF_REVERSE_TEXT], text[CONF_PREFIX_TEXT];

	fprintf(stream, "    # Addresses of the twin %s: the same.\n", conf_prefix4_print(twin, text));
	for (unsigned i = 0; i < conf_prefix4_reverse_zones(twin); i++)
		fprintf(stream, "    local-zone: \"%s.\" transparent\n", conf_prefix4_print_reverse(twin, i, zone));
}

/* The prefixes, and behind them that of twin6; NULL behind the last. */
static const struct conf_prefix6 *prefix_at(const struct conf_settings *settings, size_t index)
{
	if (index < settings->common.prefix_count)
		return &settings->common.prefixes[index].prefix;
	return index == settings->common.prefix_count && settings->common.has_twin6 ? &settings->common.twin6.twin : NULL;
}

/* False when an earlier prefix differs in its last nibble alone. */
static bool parent_is_first(const struct conf_settings *settings, size_t index)
{
	char zone[CONF_REVERSE_TEXT], earlier[CONF_REVERSE_TEXT];

	conf_prefix6_print_reverse(prefix_at(settings, index), zone);
	for (size_t i = 0; i < index; i++) {
		conf_prefix6_print_reverse(prefix_at(settings, i), earlier);
		if (strcmp(strchr(zone, '.'), strchr(earlier, '.')) == 0)
			return false;
	}
	return true;
}

void unboundconf_reverse_write_zones(const struct conf_settings *settings, FILE *stream)
{
	char zone[CONF_REVERSE_TEXT], text[CONF_PREFIX_TEXT];

	for (size_t i = 0; prefix_at(settings, i); i++) {
		conf_prefix6_print_reverse(prefix_at(settings, i), zone);
		fprintf(stream,
			"    # Addresses of %s: passed to the module, which asks for the name of the %s address.\n"
			"    local-zone: \"%s.\" transparent\n",
			conf_prefix6_print(prefix_at(settings, i), text),
			i < settings->common.prefix_count ? "IPv4" : "real", zone);
		if (parent_is_first(settings, i))
			fprintf(stream,
				"    # The same for DS, which Unbound looks for one label above.\n"
				"    local-zone: \"%s.\" transparent\n",
				strchr(zone, '.') + 1);
	}
	if (settings->common.has_twin)
		write_twin(settings, stream);
	if (write_zones(settings, NULL, stream) == 0)
		return;
	fputs("    # There is no chain of DNSSEC keys to the names of these addresses.\n", stream);
	write_zones(settings, write_insecure, stream);
}

void unboundconf_reverse_close(const struct conf_settings *settings, FILE *stream)
{
	const struct conf_prefix4 *twin = &settings->common.twin.twin;
	char zone[CONF_REVERSE_TEXT];

	for (size_t i = 0; prefix_at(settings, i); i++)
		unboundconf_forward_close(conf_prefix6_print_reverse(prefix_at(settings, i), zone), stream);
	for (unsigned i = 0; settings->common.has_twin && i < conf_prefix4_reverse_zones(twin); i++)
		unboundconf_forward_close(conf_prefix4_print_reverse(twin, i, zone), stream);
}

void unboundconf_reverse_write_forwarders(const struct conf_settings *settings, FILE *stream)
{
	if (write_zones(settings, NULL, stream) == 0)
		return;
	fprintf(stream, "# The servers of %s also answer for the names of the destinations' addresses.\n",
		upstream_zone(settings));
	write_zones(settings, write_forwarder, stream);
	fputc('\n', stream);
}
