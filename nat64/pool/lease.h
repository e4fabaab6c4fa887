/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds a lease, and what it carried. */
#ifndef NAT64_POOL_LEASE_H
#define NAT64_POOL_LEASE_H

#include <netinet/in.h>
#include <stdint.h>

/* Who holds a lease: an IPv6 address, and which of the relay's prefixes it talks through, so that answers come from there. */
struct nat64_leases_client {
	struct in6_addr address;
	unsigned prefix; /* index of conf_settings.prefixes */
};

/* Packets and octets of one way, as they came in. */
struct nat64_leases_traffic {
	uint64_t packets, bytes;
};

#endif
