/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Martians.
 *
 * Link-local IPv4 addresses are no host's behind a prefix: 169.254.169.254 is the metadata of clouds, and nobody reaches it through a relay
 * by chance. But TAYGA takes such addresses in a pool, a map or as its own, and whoever writes one asks for it.
 */
#include "conf/reach.h"

#include "conf/settings.h"
#include "conf/special.h"

#include <string.h>

/* Has a line other than map given the address to somebody on the translator's side? */
static bool is_given(const struct conf_settings *settings, struct in_addr address)
{
	return (settings->has_dynamic_pool && conf_prefix4_contains(&settings->dynamic_pool, address)) ||
	       address.s_addr == settings->ipv4_address.s_addr || address.s_addr == settings->device_address.s_addr;
}

bool conf_reach_is_martian4(const struct conf_settings *settings, struct in_addr address, bool is_mapped)
{
	if (!conf_special_is_martian4(address))
		return false;
	return !conf_special_is_link_local4(address) || !(is_mapped || is_given(settings, address));
}

bool conf_reach_is_martian6(const struct in6_addr *address)
{
	static const uint8_t well_known[4] = { 0x00, 0x64, 0xff, 0x9b };

	if (address->s6_addr[0] == 0)
		return memcmp(address, well_known, sizeof(well_known)) != 0;
	return IN6_IS_ADDR_MULTICAST(address) || IN6_IS_ADDR_LINKLOCAL(address);
}
