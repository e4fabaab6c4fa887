/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address, and a prefix, of either family. */
#include "conf/prefix.h"

#include <string.h>

bool conf_address_equals(const struct conf_address *a, const struct conf_address *b)
{
	return a->family == b->family && memcmp(&a->v6, &b->v6, conf_address_size(a->family)) == 0;
}

size_t conf_address_size(int family)
{
	return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

int conf_prefix_parse(const char *text, struct conf_prefix *prefix)
{
	prefix->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return prefix->family == AF_INET ? conf_prefix4_parse(text, &prefix->v4) : conf_prefix6_parse(text, &prefix->v6);
}

const char *conf_prefix_print(const struct conf_prefix *prefix, char text[CONF_PREFIX_TEXT])
{
	return prefix->family == AF_INET ? conf_prefix4_print(&prefix->v4, text) : conf_prefix6_print(&prefix->v6, text);
}

bool conf_prefix_has_host_bits(const struct conf_prefix *prefix)
{
	return prefix->family == AF_INET ? conf_prefix4_has_host_bits(&prefix->v4) :
					   conf_prefix6_has_host_bits(&prefix->v6);
}

unsigned conf_prefix_length(const struct conf_prefix *prefix)
{
	return prefix->family == AF_INET ? prefix->v4.length : prefix->v6.length;
}

struct conf_address conf_prefix_address(const struct conf_prefix *prefix)
{
	if (prefix->family == AF_INET)
		return (struct conf_address){.family = AF_INET, .v4 = prefix->v4.address};
	return (struct conf_address){.family = AF_INET6, .v6 = prefix->v6.address};
}

struct conf_prefix conf_prefix_of_host(const struct conf_address *address)
{
	if (address->family == AF_INET)
		return (struct conf_prefix){.family = AF_INET, .v4 = {address->v4, 32}};
	return (struct conf_prefix){.family = AF_INET6, .v6 = {address->v6, 128}};
}

bool conf_prefix_equals(const struct conf_prefix *a, const struct conf_prefix *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET ? conf_prefix4_equals(&a->v4, &b->v4) : conf_prefix6_equals(&a->v6, &b->v6);
}

bool conf_prefix_covers(const struct conf_prefix *wide, const struct conf_prefix *narrow)
{
	if (wide->family != narrow->family)
		return false;
	return wide->family == AF_INET ? conf_prefix4_covers(&wide->v4, &narrow->v4) :
					 conf_prefix6_covers(&wide->v6, &narrow->v6);
}

bool conf_prefix_overlaps(const struct conf_prefix *a, const struct conf_prefix *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET ? conf_prefix4_overlaps(&a->v4, &b->v4) : conf_prefix6_overlaps(&a->v6, &b->v6);
}
