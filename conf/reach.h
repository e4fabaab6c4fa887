/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses a packet may carry, by the settings: one answer for everybody who asks. */
#ifndef CONF_REACH_H
#define CONF_REACH_H

#include <netinet/in.h>
#include <stdbool.h>

struct conf_settings;

/*
 * Is the address no address of a translated packet? 0/8, 127/8, 224/4 and 255.255.255.255 always are martians. 169.254/16 is one unless the
 * settings give the address to a client or to the translator: a map (is_mapped, which the caller knows), the dynamic-pool, ipv4-addr,
 * device-address. What the settings accept works both ways.
 */
bool conf_reach_is_martian4(const struct conf_settings *settings, struct in_addr address, bool is_mapped);

/*
 * Unspecified, loopback, v4-mapped and the rest of ::/8 but 64:ff9b::/32; link-local; multicast. fec0::/10 is an address like any other
 * (RFC 3879 section 4).
 */
bool conf_reach_is_martian6(const struct in6_addr *address);

#endif
