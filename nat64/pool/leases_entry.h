/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lease as a value: for the file of leases, for another pool, and for the control socket. */
#ifndef NAT64_POOL_LEASES_ENTRY_H
#define NAT64_POOL_LEASES_ENTRY_H

#include "nat64/pool/lease.h"

#include <netinet/in.h>
#include <stdint.h>

struct leases;

struct nat64_leases_entry {
	struct in_addr address;
	struct nat64_leases_client client;
	int64_t since; /* the client has had it for so long, or longer when it comes from disk */
	int64_t last_used;
	struct nat64_leases_traffic out, in; /* from the client, to the client; since the start */
};

enum nat64_leases_restored {
	LEASES_RESTORED,
	LEASES_OUTSIDE,
	LEASES_RESERVED,
	LEASES_TAKEN,
	LEASES_CLIENT_TWICE,
	LEASES_MAPPED
};

/* Put back a lease of an earlier run or of another pool, before the first packet. */
enum nat64_leases_restored nat64_leases_restore(struct leases *leases, const struct nat64_leases_entry *entry);

#endif
