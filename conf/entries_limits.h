/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one line of relay.conf about limits holds: what clients may do, and how much the translator says of errors. */
#ifndef CONF_ENTRIES_LIMITS_H
#define CONF_ENTRIES_LIMITS_H

#include "conf/address.h"

/* icmp-pool P/L, icmp-rate N: the ICMP errors that the translator sends. */
struct conf_icmp {
	struct conf_prefix4 *pool; /* sources of IPv6 routers' errors; none: the translator's own address */
	size_t pool_count;
	unsigned rate; /* errors a second of each worker; 0: none are sent */
};

/* client-prefix-length L, client-quota N: what the clients of one IPv6 network may hold of the pool. */
struct conf_quota {
	unsigned length; /* of a network, in bits */
	unsigned count;  /* leases at once; 0: no limit */
};

/* client-limit WHAT N: what one client, a network of client-prefix-length, may do; 0: no limit. */
struct conf_limits {
	unsigned packets;     /* a second, into the translator */
	unsigned fragments;   /* of them, a second */
	unsigned connections; /* at once */
	unsigned fresh;       /* new connections, a second */
	unsigned said;        /* a bit for each that the file has a line for */
};

#endif
