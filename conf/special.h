/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that are no host's, or not part of the global Internet; and those of a tailnet. */
#ifndef CONF_SPECIAL_H
#define CONF_SPECIAL_H

#include "conf/address.h"

#include <stdbool.h>

struct conf_address;

/* The ranges of a tailnet, and its resolver on every node (MagicDNS), as texts. */
#define CONF_TAILNET4          "100.64.0.0/10"
#define CONF_TAILNET6          "fd7a:115c:a1e0::/48"
#define CONF_TAILNET_RESOLVER  "100.100.100.100"
#define CONF_TAILNET_RESOLVER6 "fd7a:115c:a1e0::53"
#define CONF_TAILNET_VIA6      "fd7a:115c:a1e0:b1a::/64" /* of 4via6: what lies there is an IPv4 network behind a node */

/* Is it one of MagicDNS' two addresses, as text? */
bool conf_special_is_tailnet_resolver(const char *server);

/* 100.64.0.0/10 (RFC 6598), where the nodes of a tailnet live: tailscaled drops such sources that others forward. */
struct conf_prefix4 conf_special_shared_space(void);

/* fd7a:115c:a1e0::/48, where they have their IPv6 addresses (Tailscale's ULA prefix, which headscale takes as well). */
struct conf_prefix6 conf_special_tailnet6(void);

/* Is the address in one of these two ranges? */
bool conf_special_is_of_tailnet(const struct conf_address *address);

/* 127/8, or ::1. */
bool conf_special_is_loopback(const struct conf_address *address);

/* 0/8, 127/8, 169.254/16, 224/4 and 255.255.255.255: no host behind a prefix has such an address. conf/reach.h knows the exceptions. */
bool conf_special_is_martian4(struct in_addr address);

/* 169.254/16 (RFC 3927) */
bool conf_special_is_link_local4(struct in_addr address);

/* The index-th of these ranges, or of those that the IANA registry does not call globally reachable; false behind the last. */
bool conf_special_martian4(size_t index, struct conf_prefix4 *prefix);
bool conf_special_range4(size_t index, struct conf_prefix4 *prefix);

/* True when the IANA registry calls the address globally reachable. */
bool conf_special_is_global4(struct in_addr address);

/*
 * Unspecified, loopback, v4-mapped and the rest of ::/8 but 64:ff9b::/32; link-local; multicast. fec0::/10 is an address like any other
 * (RFC 3879 section 4).
 */
bool conf_special_is_martian6(const struct in6_addr *address);

#endif
