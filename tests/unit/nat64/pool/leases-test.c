/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dynamic pool: choice, ageing, what comes back from disk, and readers beside a writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "leases-lab.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <urcu/urcu-memb.h>

static enum nat64_leases_restored restore(struct leases *leases, struct in_addr address,
					  const struct nat64_leases_client *who, int64_t used)
{
	return nat64_leases_restore(leases,
				    &(struct nat64_leases_entry){.address = address, .client = *who, .last_used = used});
}

static void reserve(struct leases *leases, const char *text)
{
	struct conf_prefix4 range;

	assert_int_equal(conf_prefix4_parse(text, &range), 0);
	nat64_leases_reserve(leases, &range);
}

/* TAYGA's choice on a little-endian machine: 2001:db8::69 in a /24 becomes .80. */
static void chooses_as_tayga(void **state)
{
	struct leases *leases = pool("192.168.255.0/24", 0);

	(void)state;
	assert_string_equal(assigned(leases, client("2001:db8::69"), START), "192.168.255.80");
	nat64_leases_free(leases);
}

static void keeps_an_address(void **state)
{
	struct leases *leases = pool("192.168.240.0/20", 0);
	struct nat64_leases_client who = client("fd7a:115c:a1e0::1"), found;
	struct in_addr address, again;

	(void)state;
	assert_int_equal(assign(leases, &who, START, &address), LEASES_OK);
	assert_int_equal(assign(leases, &who, START + 5, &again), LEASES_OK);
	assert_int_equal(address.s_addr, again.s_addr);
	assert_true(address_of(leases, &who, START + 6, &again));
	assert_int_equal(address.s_addr, again.s_addr);
	assert_true(client_of(leases, address, START + 7, &found));
	assert_memory_equal(&found.address, &who.address, sizeof(found.address));
	assert_int_equal(summary(leases).held, 1);
	nat64_leases_free(leases);
}

static void does_not_know_others(void **state)
{
	struct leases *leases = pool("192.168.240.0/24", 0);
	struct nat64_leases_client who = client("fd7a:115c:a1e0::1"), found;
	struct in_addr address = {0}, outside = {htonl(0xc0a8ef01)};

	(void)state;
	assert_false(address_of(leases, &who, START, &address));
	assert_false(client_of(leases, outside, START, &found));
	assert_int_equal(assign(leases, &who, START, &address), LEASES_OK);
	address.s_addr ^= htonl(1);
	assert_false(client_of(leases, address, START, &found));
	nat64_leases_free(leases);
}

/* A client has an address for each prefix it talks through. So small a pool has 4 buckets: over 50 clients, both share one. */
static void tells_prefixes_apart(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		struct leases *leases = pool("192.168.240.0/30", 0);
		struct nat64_leases_client first = client_numbered(0, i), second = first, found;
		struct in_addr address;

		second.prefix = 1;
		assert_int_equal(assign(leases, &first, START, &address), LEASES_OK);
		assert_int_equal(assign(leases, &second, START, &address), LEASES_OK);
		assert_int_equal(summary(leases).held, 2);
		assert_true(client_of(leases, address, START, &found));
		assert_int_equal(found.prefix, 1);
		nat64_leases_free(leases);
	}
}

/* Network, broadcast and reserved addresses stay out: of 16, three go to reservations and two to the ends. */
static void leaves_reserved_alone(void **state)
{
	struct leases *leases = pool("10.0.0.0/28", 0);

	(void)state;
	reserve(leases, "10.0.0.1");
	reserve(leases, "10.0.0.6/31");
	reserve(leases, "192.0.2.0/24"); /* beside the pool */
	assert_int_equal(summary(leases).usable, 11);
	for (unsigned i = 0; i < 11; i++) {
		const char *text = assigned(leases, client_numbered(i, 1), START);

		assert_string_not_equal(text, "pool full");
		assert_string_not_equal(text, "10.0.0.0");
		assert_string_not_equal(text, "10.0.0.1");
		assert_string_not_equal(text, "10.0.0.6");
		assert_string_not_equal(text, "10.0.0.7");
		assert_string_not_equal(text, "10.0.0.15");
	}
	assert_string_equal(assigned(leases, client_numbered(11, 1), START), "pool full");
	assert_int_equal(summary(leases).refused_full, 1);
	nat64_leases_free(leases);
}

/* The last address is lent, as TAYGA does; the first is not. */
static void lends_the_last_address_of_a_tiny_pool(void **state)
{
	struct leases *leases = pool("10.0.0.0/31", 0), *single = pool("10.0.0.0/32", 0);

	(void)state;
	assert_string_equal(assigned(leases, client_numbered(1, 1), START), "10.0.0.1");
	assert_string_equal(assigned(leases, client_numbered(0, 1), START), "pool full");
	assert_string_equal(assigned(single, client_numbered(0, 1), START), "pool full");
	nat64_leases_free(leases);
	nat64_leases_free(single);
}

static void forgets_after_two_weeks(void **state)
{
	struct leases *leases = pool("10.0.0.0/24", 0);
	struct nat64_leases_client a = client_numbered(0, 1);
	struct in_addr address;

	(void)state;
	assigned(leases, a, START);
	nat64_leases_age(leases, START + LEASE_KEEP_SECONDS);
	assert_int_equal(summary(leases).held, 1);
	nat64_leases_age(leases, START + LEASE_KEEP_SECONDS + 1);
	assert_int_equal(summary(leases).held, 0);
	assert_false(address_of(leases, &a, START + LEASE_KEEP_SECONDS + 1, &address));
	nat64_leases_free(leases);
}

static void restores(void **state)
{
	struct leases *leases = pool("10.0.0.0/24", 0);
	struct nat64_leases_client a = client_numbered(0, 1), b = client_numbered(0, 2);
	struct in_addr address = {htonl(0x0a000011)}, outside = {htonl(0x0a000111)}, ours = {htonl(0x0a000001)};

	(void)state;
	reserve(leases, "10.0.0.1");
	assert_int_equal(restore(leases, address, &a, START), LEASES_RESTORED);
	assert_int_equal(restore(leases, address, &b, START), LEASES_TAKEN);
	assert_int_equal(restore(leases, outside, &b, START), LEASES_OUTSIDE);
	assert_int_equal(restore(leases, ours, &b, START), LEASES_RESERVED);
	address.s_addr = htonl(0x0a000012);
	assert_int_equal(restore(leases, address, &a, START), LEASES_CLIENT_TWICE);
	assert_string_equal(assigned(leases, a, START), "10.0.0.17");
	nat64_leases_free(leases);
}

static void copies_in_parts(void **state)
{
	struct leases *leases = pool("10.0.0.0/20", 0);
	struct nat64_leases_entry entries[7];
	uint64_t place = 0;
	size_t count, total = 0;
	uint32_t last = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assigned(leases, client_numbered(i, 1), START + i);
	while ((count = nat64_leases_copy(leases, &place, entries, 7)))
		for (size_t i = 0; i < count; i++, total++) {
			assert_true(ntohl(entries[i].address.s_addr) > last);
			last = ntohl(entries[i].address.s_addr);
		}
	assert_int_equal(total, 100);
	nat64_leases_free(leases);
}

static void counts_what_goes_through(void **state)
{
	struct leases *leases = pool("10.0.0.0/24", 0);
	struct nat64_leases_client who = client_numbered(0, 1);
	struct nat64_leases_entry entry;
	struct lease *lease;
	uint64_t place = 0;

	(void)state;
	assert_int_equal(nat64_leases_assign(leases, &who, START, &lease), LEASES_OK);
	nat64_lease_count_out(lease, 2, 3000);
	nat64_lease_count_out(lease, 1, 40);
	nat64_lease_count_in(lease, 1, 1500);
	assert_int_equal(nat64_leases_copy(leases, &place, &entry, 1), 1);
	assert_int_equal(entry.since, START);
	assert_int_equal(entry.out.packets, 3);
	assert_int_equal(entry.out.bytes, 3040);
	assert_int_equal(entry.in.packets, 1);
	assert_int_equal(entry.in.bytes, 1500);
	nat64_leases_free(leases);
}

/* Flushed: one by its address, those that are idle, all. A client that comes back gets a lease like any other. */
static void forgets_on_demand(void **state)
{
	struct leases *leases = pool("10.0.0.0/24", 0);
	struct nat64_leases_client who = client_numbered(0, 1);
	struct in_addr address, found;

	(void)state;
	assert_int_equal(assign(leases, &who, START, &address), LEASES_OK);
	assigned(leases, client_numbered(0, 2), START + 100);
	assigned(leases, client_numbered(0, 3), START + 200);
	assert_true(nat64_leases_find(leases, &who, &found));
	assert_int_equal(found.s_addr, address.s_addr);
	assert_true(nat64_leases_forget_one(leases, address));
	assert_false(nat64_leases_forget_one(leases, address));
	assert_false(nat64_leases_find(leases, &who, &found));
	assert_int_equal(nat64_leases_forget(leases, START + 100), 1);
	assert_int_equal(assign(leases, &who, START + 300, &found), LEASES_OK);
	assert_int_equal(found.s_addr, address.s_addr);
	assert_int_equal(nat64_leases_forget(leases, INT64_MAX), 2);
	assert_int_equal(summary(leases).held, 0);
	nat64_leases_age(leases, START + 300);
	nat64_leases_free(leases);
}

struct race {
	struct leases *leases;
	atomic_bool stop;
	unsigned long wrong;
};

/* Look a lease up both ways for as long as the test runs. It may change hands in between, but is always some client's. */
static void *race_read(void *context)
{
	struct race *race = context;
	struct nat64_leases_client who = client("2001:db8::42"), found;
	struct in_addr address;

	urcu_memb_register_thread();
	while (!atomic_load(&race->stop)) {
		if (address_of(race->leases, &who, START, &address) &&
		    client_of(race->leases, address, START, &found) && ntohl(found.address.s6_addr32[0]) != 0x20010db8)
			race->wrong++;
	}
	urcu_memb_unregister_thread();
	return NULL;
}

/* Clients come and go by take-over while two threads read; the sanitizers see a lease freed too early. */
static void survives_readers(void **state)
{
	struct race race = {.leases = pool("10.0.0.0/29", 0)};
	struct nat64_leases_client reader = client("2001:db8::42");
	struct in_addr address;
	pthread_t threads[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race_read, &race), 0);
	for (int64_t now = START, round = 0; round < 3000; round++, now += LEASE_IDLE_SECONDS) {
		assign(race.leases, &reader, START, &address);
		for (unsigned i = 0; i < 6; i++)
			assigned(race.leases, client_numbered(0, (unsigned)round * 6 + i + 0x100), now);
		nat64_leases_age(race.leases, now);
	}
	atomic_store(&race.stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(race.wrong, 0);
	nat64_leases_free(race.leases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_as_tayga),        cmocka_unit_test(keeps_an_address),
		cmocka_unit_test(does_not_know_others),    cmocka_unit_test(tells_prefixes_apart),
		cmocka_unit_test(leaves_reserved_alone),   cmocka_unit_test(lends_the_last_address_of_a_tiny_pool),
		cmocka_unit_test(forgets_after_two_weeks), cmocka_unit_test(counts_what_goes_through),
		cmocka_unit_test(forgets_on_demand),       cmocka_unit_test(restores),
		cmocka_unit_test(copies_in_parts),         cmocka_unit_test(survives_readers),
	};

	urcu_memb_register_thread();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
