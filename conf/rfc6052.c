/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 addresses inside IPv6 prefixes (RFC 6052 section 2.2).
 *
 * The four octets follow the prefix, and step over octet 8, the u octet:
 *
 *     /32  4 5 6 7         /48  6 7 - 9 10         /64  - 9 10 11 12
 *     /40  5 6 7 - 9       /56  7 - 9 10 11        /96  12 13 14 15
 */
#include "conf/rfc6052.h"

#include "conf/address.h"
#include "conf/settings.h"
#include "conf/special.h"

#include <arpa/inet.h>
#include <string.h>

enum { U_OCTET = 8 };

bool conf_rfc6052_length_is_valid(unsigned length)
{
	return length == 96 || (length >= 32 && length <= 64 && length % 8 == 0);
}

int conf_rfc6052_prefix_parse(const char *text, struct conf_prefix6 *prefix)
{
	return strchr(text, '/') && conf_prefix6_parse(text, prefix) == 0 && !conf_prefix6_has_host_bits(prefix) &&
			       conf_rfc6052_length_is_valid(prefix->length) &&
			       !conf_special_is_martian6(&prefix->address) ?
		       0 :
		       -1;
}

struct in6_addr conf_rfc6052_embed(const struct conf_prefix6 *prefix, struct in_addr address)
{
	struct in6_addr out = {0};
	const uint8_t *octets = (const uint8_t *)&address.s_addr;
	unsigned at = prefix->length / 8;

	memcpy(out.s6_addr, prefix->address.s6_addr, at);
	for (unsigned i = 0; i < 4; i++, at++) {
		if (at == U_OCTET)
			at++;
		out.s6_addr[at] = octets[i];
	}
	return out;
}

bool conf_rfc6052_extract(const struct conf_prefix6 *prefix, const struct in6_addr *address, struct in_addr *out)
{
	if (!conf_prefix6_contains(prefix, address))
		return false;

	uint8_t *octets = (uint8_t *)&out->s_addr;
	unsigned at = prefix->length / 8;
	for (unsigned i = 0; i < 4; i++, at++) {
		if (at == U_OCTET)
			at++;
		octets[i] = address->s6_addr[at];
	}
	return true;
}

bool conf_rfc6052_is_well_known(const struct conf_prefix6 *prefix)
{
	static const uint8_t well_known[16] = {0x00, 0x64, 0xff, 0x9b};
	return prefix->length == 96 && memcmp(prefix->address.s6_addr, well_known, sizeof(well_known)) == 0;
}

bool conf_rfc6052_wants_global(const struct conf_settings *settings, const struct conf_prefix6 *prefix)
{
	return settings->common.well_known_strict && conf_rfc6052_is_well_known(prefix);
}
