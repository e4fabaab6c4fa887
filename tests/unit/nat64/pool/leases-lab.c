/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pools, clients and questions to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/entries.h"
#include "leases-lab.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <urcu/urcu-memb.h>

struct nat64_leases_client client(const char *text)
{
	struct nat64_leases_client client = {0};

	assert_int_equal(inet_pton(AF_INET6, text, &client.address), 1);
	return client;
}

struct nat64_leases_client client_numbered(unsigned network, unsigned number)
{
	char text[INET6_ADDRSTRLEN];

	snprintf(text, sizeof(text), "2001:db8:0:%x::%x", network, number);
	return client(text);
}

struct leases *pool_with(const char *text, struct conf_quota quota)
{
	struct conf_prefix4 prefix;
	struct leases *leases;

	assert_int_equal(conf_prefix4_parse(text, &prefix), 0);
	leases = nat64_leases_new(&prefix, &quota);
	assert_non_null(leases);
	if (prefix.length < 31) /* kept out here, so that a /30 has two addresses */
		nat64_leases_reserve(
			leases, &(struct conf_prefix4){
					conf_prefix4_address(&prefix, (uint32_t)conf_prefix4_size(&prefix) - 1), 32});
	return leases;
}

struct leases *pool(const char *text, unsigned quota)
{
	return pool_with(text, (struct conf_quota){.length = 64, .count = quota});
}

enum nat64_leases_result assign(struct leases *leases, const struct nat64_leases_client *who, int64_t now,
				struct in_addr *address)
{
	struct lease *lease;
	enum nat64_leases_result result = nat64_leases_assign(leases, who, now, &lease);

	if (result == LEASES_OK)
		*address = nat64_lease_address(leases, lease);
	return result;
}

bool address_of(struct leases *leases, const struct nat64_leases_client *who, int64_t now, struct in_addr *address)
{
	struct lease *lease;

	urcu_memb_read_lock();
	lease = nat64_leases_by_client(leases, who, now);
	if (lease)
		*address = nat64_lease_address(leases, lease);
	urcu_memb_read_unlock();
	return lease;
}

bool client_of(struct leases *leases, struct in_addr address, int64_t now, struct nat64_leases_client *who)
{
	struct lease *lease;

	urcu_memb_read_lock();
	lease = nat64_leases_by_address(leases, address, now);
	if (lease)
		*who = *nat64_lease_client(lease);
	urcu_memb_read_unlock();
	return lease;
}

const char *assigned(struct leases *leases, struct nat64_leases_client who, int64_t now)
{
	static char text[INET_ADDRSTRLEN];
	struct in_addr address;
	enum nat64_leases_result result = assign(leases, &who, now, &address);

	if (result == LEASES_POOL_FULL)
		return "pool full";
	if (result == LEASES_NETWORK_FULL)
		return "network full";
	assert_int_equal(result, LEASES_OK);
	return inet_ntop(AF_INET, &address, text, sizeof(text));
}

struct nat64_leases_summary summary(struct leases *leases)
{
	struct nat64_leases_summary summary;

	nat64_leases_summarize(leases, &summary);
	return summary;
}
