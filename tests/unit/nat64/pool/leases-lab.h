/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool for the tests of leases, and its clients. What cannot go wrong in a test is asserted here. */
#ifndef TESTS_LEASES_LAB_H
#define TESTS_LEASES_LAB_H

#include "conf/entries.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_entry.h"
#include "nat64/pool/leases_walk.h"

#define START 1000000 /* the clock is the test's */

/* A client by its address, and number `number` of a /64 of that number. */
struct nat64_leases_client client(const char *text);
struct nat64_leases_client client_numbered(unsigned network, unsigned number);

/* A pool, "P/L"; quota: what the clients of one /64, or of a network of another length, may hold. */
struct leases *pool(const char *text, unsigned quota);
struct leases *pool_with(const char *text, struct conf_quota quota);
struct nat64_leases_summary summary(struct leases *leases);

/* Ask for a lease; *address when there is one. */
enum nat64_leases_result assign(struct leases *leases, const struct nat64_leases_client *who, int64_t now,
				struct in_addr *address);

/* The same: the address as text in a buffer of this function's, "pool full" or "network full". */
const char *assigned(struct leases *leases, struct nat64_leases_client who, int64_t now);

/* As the packet path looks up, which counts as use. False: there is none. */
bool address_of(struct leases *leases, const struct nat64_leases_client *who, int64_t now, struct in_addr *address);
bool client_of(struct leases *leases, struct in_addr address, int64_t now, struct nat64_leases_client *who);

#endif
