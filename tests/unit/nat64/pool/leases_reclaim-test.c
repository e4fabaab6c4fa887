/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool, or the share of one network, that is full: who is turned away, and whose address is taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "leases-lab.h"
#include "nat64/pool/lru.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <urcu/urcu-memb.h>

static bool holds(struct leases *leases, struct nat64_leases_client who)
{
	struct in_addr address;

	return nat64_leases_find(leases, &who, &address);
}

/* Two addresses, three clients: the longest idle one loses its address, and not a second too early. */
static void takes_over_the_longest_idle(void **state)
{
	struct leases *leases = pool("10.0.0.0/30", 0);
	struct nat64_leases_client a = client_numbered(0, 1), b = client_numbered(0, 2), c = client_numbered(0, 3);
	struct in_addr address;
	char old[INET_ADDRSTRLEN];

	(void)state;
	snprintf(old, sizeof(old), "%s", assigned(leases, b, START));
	assigned(leases, a, START + 10);
	assert_string_equal(assigned(leases, c, START + LEASE_IDLE_SECONDS - 1), "pool full");
	assert_string_equal(assigned(leases, c, START + LEASE_IDLE_SECONDS), old);
	assert_false(address_of(leases, &b, START + LEASE_IDLE_SECONDS, &address));
	assert_true(address_of(leases, &a, START + LEASE_IDLE_SECONDS, &address));
	assert_int_equal(summary(leases).reassigned, 1);
	assert_int_equal(summary(leases).held, 2);
	nat64_leases_age(leases, START + LEASE_IDLE_SECONDS);
	nat64_leases_free(leases);
}

/* Packets towards the client keep the lease as well as its own. */
static void never_takes_one_in_use(void **state)
{
	struct leases *leases = pool("10.0.0.0/30", 0);
	struct nat64_leases_client a = client_numbered(0, 1), b = client_numbered(0, 2), found;
	struct in_addr address;

	(void)state;
	assert_int_equal(assign(leases, &a, START, &address), LEASES_OK);
	assigned(leases, b, START);
	for (int64_t now = START; now < START + 3 * LEASE_IDLE_SECONDS; now += 600) {
		assert_true(client_of(leases, address, now, &found));
		assert_true(address_of(leases, &b, now, &(struct in_addr){0}));
		assert_string_equal(assigned(leases, client_numbered(0, 3), now), "pool full");
	}
	nat64_leases_free(leases);
}

/* A pool of 510 idle leases, used at times in no order: take-overs come oldest first, over several walks. */
static void takes_over_in_order(void **state)
{
	struct leases *leases = pool("10.0.0.0/23", 0);
	unsigned count = 0;

	(void)state;
	while (summary(leases).held < summary(leases).usable) {
		assigned(leases, client_numbered(1, count), START + count * 97 % 510);
		count++;
	}
	for (int64_t second = 0; second < 510; second++) {
		struct nat64_leases_entry entries[510];
		uint64_t place = 0;
		size_t held = nat64_leases_copy(leases, &place, entries, 510);

		for (size_t i = 0; i < held; i++)
			assert_true(entries[i].last_used >= START + second);
		assert_string_not_equal(
			assigned(leases, client_numbered(2, (unsigned)second), START + 600 + LEASE_IDLE_SECONDS),
			"pool full");
	}
	assert_int_equal(summary(leases).reassigned, 510);
	nat64_leases_free(leases);
}

/* What was used since the walk that found it idle is not taken over. */
static void leaves_one_that_woke_up(void **state)
{
	struct leases *leases = pool("10.0.0.0/29", 0);
	int64_t later = START + 10 + LEASE_IDLE_SECONDS;
	struct nat64_leases_client woken = client_numbered(1, 1);
	struct in_addr address, again;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		assigned(leases, client_numbered(1, i), START + i);
	assigned(leases, client_numbered(2, 0), later); /* in the place of client 0; client 1 would be next */
	assert_true(address_of(leases, &woken, later, &address));
	assigned(leases, client_numbered(2, 1), later);
	assert_true(address_of(leases, &woken, later, &again));
	assert_int_equal(address.s_addr, again.s_addr);
	nat64_leases_free(leases);
}

static void keeps_the_oldest_of_many(void **state)
{
	struct nat64_lru lru = {.count = 0};
	struct nat64_lru_entry entry;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		nat64_lru_offer(&lru, i * 7919 % 1000, i);
	for (int64_t used = 0; used < NAT64_LRU_MAX; used++) {
		assert_true(nat64_lru_pop(&lru, &entry));
		assert_int_equal(entry.used, used);
		assert_int_equal(entry.place * 7919 % 1000, used);
	}
	assert_false(nat64_lru_pop(&lru, &entry));
}

/* After idle leases have gone, a full pool is no longer remembered as full. */
static void opens_again_when_leases_go(void **state)
{
	struct leases *leases = pool("10.0.0.0/30", 0);

	(void)state;
	assigned(leases, client_numbered(0, 1), START - LEASE_KEEP_SECONDS);
	assigned(leases, client_numbered(0, 2), START);
	nat64_leases_age(leases, START + 1);
	assert_string_not_equal(assigned(leases, client_numbered(0, 3), START + 1), "pool full");
	assert_string_equal(assigned(leases, client_numbered(0, 4), START + 1), "pool full");
	nat64_leases_free(leases);
}

static void limits_a_site(void **state)
{
	struct leases *leases = pool("10.0.0.0/24", 2);

	(void)state;
	assigned(leases, client_numbered(7, 1), START);
	assigned(leases, client_numbered(7, 2), START);
	assert_string_equal(assigned(leases, client_numbered(7, 3), START), "network full");
	assert_string_not_equal(assigned(leases, client_numbered(8, 1), START), "network full");
	assert_int_equal(summary(leases).refused_network, 1);
	nat64_leases_forget(leases, START);
	assert_string_not_equal(assigned(leases, client_numbered(7, 3), START + 1), "network full");
	nat64_leases_free(leases);
}

/* Its own longest idle one, and nobody else's, though there is room. */
static void a_full_site_takes_over_its_own(void **state)
{
	struct leases *leases = pool("10.0.0.0/24", 3);
	int64_t later = START + LEASE_IDLE_SECONDS;
	char oldest[INET_ADDRSTRLEN];

	(void)state;
	assigned(leases, client_numbered(8, 1), START - 10);
	assigned(leases, client_numbered(7, 1), START + 2);
	snprintf(oldest, sizeof(oldest), "%s", assigned(leases, client_numbered(7, 2), START));
	assigned(leases, client_numbered(7, 3), START + 5);
	assert_string_equal(assigned(leases, client_numbered(7, 4), later - 1), "network full");
	assert_string_equal(assigned(leases, client_numbered(7, 4), later), oldest);
	assert_string_equal(assigned(leases, client_numbered(7, 5), later + 1), "network full");
	assert_string_not_equal(assigned(leases, client_numbered(7, 5), later + 2), "network full");
	assert_int_equal(summary(leases).held, 4);
	assert_int_equal(summary(leases).reassigned, 2);
	assert_int_equal(summary(leases).refused_network, 2);
	assert_true(holds(leases, client_numbered(8, 1)));
	assert_true(holds(leases, client_numbered(7, 3)));
	assert_false(holds(leases, client_numbered(7, 2)));
	nat64_leases_free(leases);
}

/* Each costs a walk over the pool: 16 in a second, however many ask. */
static void full_sites_wait_for_their_turn(void **state)
{
	struct leases *leases = pool("10.0.0.0/24", 1);
	int64_t later = START + LEASE_IDLE_SECONDS;
	unsigned count = 0;

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		assigned(leases, client_numbered(i, 1), START);
	for (unsigned i = 0; i < 20; i++)
		count += strcmp(assigned(leases, client_numbered(i, 2), later), "network full") != 0;
	assert_int_equal(count, 16);
	assert_string_not_equal(assigned(leases, client_numbered(19, 2), later + 1), "network full");
	nat64_leases_free(leases);
}

/* The quota counts networks of the length it is told: both /56 here hold two /64. */
static void limits_a_network_of_any_length(void **state)
{
	struct leases *leases = pool_with("10.0.0.0/24", (struct conf_quota){.length = 56, .count = 2});

	(void)state;
	assert_string_not_equal(assigned(leases, client("2001:db8:0:100::1"), START), "network full");
	assert_string_not_equal(assigned(leases, client("2001:db8:0:1ff::1"), START), "network full");
	assert_string_equal(assigned(leases, client("2001:db8:0:180::1"), START), "network full");
	assert_string_not_equal(assigned(leases, client("2001:db8:0:200::1"), START), "network full");
	nat64_leases_free(leases);
}

/* /128: one client and its prefixes. */
static void limits_a_single_client(void **state)
{
	struct leases *leases = pool_with("10.0.0.0/24", (struct conf_quota){.length = 128, .count = 1});
	struct nat64_leases_client other = client_numbered(0, 1);

	(void)state;
	assert_string_not_equal(assigned(leases, client_numbered(0, 1), START), "network full");
	assert_string_not_equal(assigned(leases, client_numbered(0, 2), START), "network full");
	other.prefix = 1;
	assert_string_equal(assigned(leases, other, START), "network full");
	nat64_leases_free(leases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_over_the_longest_idle),
		cmocka_unit_test(never_takes_one_in_use),
		cmocka_unit_test(opens_again_when_leases_go),
		cmocka_unit_test(limits_a_site),
		cmocka_unit_test(a_full_site_takes_over_its_own),
		cmocka_unit_test(full_sites_wait_for_their_turn),
		cmocka_unit_test(limits_a_network_of_any_length),
		cmocka_unit_test(limits_a_single_client),
		cmocka_unit_test(takes_over_in_order),
		cmocka_unit_test(leaves_one_that_woke_up),
		cmocka_unit_test(keeps_the_oldest_of_many),
	};

	urcu_memb_register_thread();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
