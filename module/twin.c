/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv4 twin in the names.
 *
 * With a-policy twin the answer to A is what the answer to AAAA is, by other means: the addresses that the relay lets
 * packets through to, moved into the twin prefix. What lies outside of the network that the twin stands for is left out.
 *
 * Backwards, a zone under in-addr.arpa is cut at octets, so that 10.192.0.0/10 is 64 zones of two octets. A twin longer than
 * /24 has a zone for each address, and no name lies below it. They are looked through for names under in-addr.arpa alone.
 */
#include "module/twin.h"

#include "conf/settings.h"
#include "module/domain.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define OCTETS 4

/* How many octets of an address the zone of the twin has. */
static unsigned zone_octets(const struct conf_twin *twin)
{
	return (twin->twin.length + 7) / 8;
}

int splitdns_twin_zones_make(struct split_domains *domains, const struct conf_settings *settings)
{
	unsigned count = settings->common.has_twin ? conf_prefix4_reverse_zones(&settings->common.twin.twin) : 0;
	char text[CONF_REVERSE_TEXT];

	domains->twin = settings->common.twin;
	domains->twin_zones = calloc(count + 1, sizeof(*domains->twin_zones));
	if (!domains->twin_zones)
		return -1;
	for (; domains->twin_zone_count < count; domains->twin_zone_count++) {
		struct reverse_zone *zone = &domains->twin_zones[domains->twin_zone_count];

		zone->is_twin = true;
		zone->is_host = zone_octets(&settings->common.twin) == OCTETS;
		splitdns_wire_name_parse(conf_prefix4_print_reverse(&settings->common.twin.twin,
								    (unsigned)domains->twin_zone_count, text),
					 &zone->zone);
	}
	return 0;
}

const struct reverse_zone *splitdns_twin_find_zone(const struct split_domains *domains, const uint8_t *name,
						   size_t length, size_t *offset)
{
	static const struct wire_name in_addr_arpa = {"\7in-addr\4arpa", sizeof("\7in-addr\4arpa")};

	if (domains->twin_zone_count == 0 || !splitdns_wire_name_find_suffix(name, length, &in_addr_arpa, offset))
		return NULL;
	for (size_t i = 0; i < domains->twin_zone_count; i++)
		if (splitdns_wire_name_find_suffix(name, length, &domains->twin_zones[i].zone, offset))
			return &domains->twin_zones[i];
	return NULL;
}

/* The octet that a label writes in decimal, or -1. Zeros in front make another name, which no address has. */
static int octet_read(const uint8_t *label)
{
	int value = 0;

	if (*label == 0 || *label > 3 || (*label > 1 && label[1] == '0'))
		return -1;
	for (unsigned i = 1; i <= *label; i++) {
		if (label[i] < '0' || label[i] > '9')
			return -1;
		value = value * 10 + label[i] - '0';
	}
	return value < 256 ? value : -1;
}

enum reverse_kind splitdns_twin_reverse_read(const struct conf_twin *twin, const uint8_t *name, size_t offset,
					     struct in_addr *address)
{
	unsigned wanted = OCTETS - zone_octets(twin), count = 0;
	struct in_addr moved;
	uint32_t value = 0;

	for (size_t at = 0; at < offset; at += name[at] + 1U)
		if (count++ == wanted || octet_read(&name[at]) < 0)
			return REVERSE_ABSENT;
	if (count < wanted)
		return REVERSE_BETWEEN;
	for (unsigned i = 0; i < OCTETS; i++, name += *name + 1U)
		value |= (uint32_t)octet_read(name) << 8 * i;
	moved.s_addr = htonl(value);
	return conf_prefix4_move(&twin->twin, &twin->real, moved, address) ? REVERSE_ADDRESS : REVERSE_ABSENT;
}
