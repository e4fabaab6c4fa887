/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NAT64 prefixes in router advertisements: the PREF64 option (RFC 8781). */
#ifndef RELAY_DETECT_PREF64_H
#define RELAY_DETECT_PREF64_H

#include "conf/address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

enum { RELAY_PREF64_MAX = 8 };

struct relay_pref64 {
	struct conf_prefix6 prefix;
	unsigned lifetime;      /* s; 0: the router takes it back */
	unsigned interface;     /* index of the one that it came in by; 0: not known */
	struct in6_addr router; /* its address on that link */
};

/* The options of an ICMPv6 message, when that is a router advertisement: at most RELAY_PREF64_MAX, how many. */
size_t relay_pref64_parse(const void *message, size_t length, struct relay_pref64 found[RELAY_PREF64_MAX]);

/* A socket that receives router advertisements of every interface, not blocking; -1 with errno, EPERM without root's rights. */
int relay_pref64_open(void);

/* Ask the routers of all interfaces to advertise now. */
void relay_pref64_solicit(int fd);

/* One advertisement, as a router on the link sends it (RFC 4861 6.1.2). True when one was read: *count may be 0. */
bool relay_pref64_receive(int fd, struct relay_pref64 found[RELAY_PREF64_MAX], size_t *count);

#endif
