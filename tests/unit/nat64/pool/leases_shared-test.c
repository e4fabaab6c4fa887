/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leases that the program in the kernel uses, without one packet to nat64d: in use, counted and limited as if all had come here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "leases-lab.h"
#include "nat64/pool/leases_shared.h"

#include <string.h>
#include <urcu/urcu-memb.h>

#define ADDRESSES 8
#define STRIPES   4

static struct plain_lease entries[ADDRESSES];
static struct plain_use uses[STRIPES * ADDRESSES];

/* A pool that shares its leases with a program. */
static struct leases *shared_pool(const char *prefix, unsigned quota)
{
	struct leases *leases = pool(prefix, quota);

	memset(entries, 0, sizeof(entries));
	memset(uses, 0, sizeof(uses));
	nat64_leases_share(leases, (struct nat64_leases_shared){entries, uses, ADDRESSES, STRIPES});
	return leases;
}

/* The lease of a client, as the learner tells it to the program. */
static uint32_t place_of(struct leases *leases, const struct nat64_leases_client *client, uint32_t *generation)
{
	struct lease *lease;
	uint32_t place;

	urcu_memb_read_lock();
	assert_int_equal(nat64_leases_assign(leases, client, START, &lease), LEASES_OK);
	assert_true(lease_is_shared(leases, lease, &place, generation));
	urcu_memb_read_unlock();
	return place;
}

/* The program passes a packet of the client's. */
static void pass(uint32_t place, unsigned stripe, int64_t second, uint64_t octets)
{
	struct plain_use *use = &uses[stripe * ADDRESSES + place];

	use->last_used = (uint64_t)second * 1000000000;
	use->out_packets++;
	use->out_bytes += octets;
	use->in_packets += 2;
	use->in_bytes += 2 * octets;
}

/* Both clients are silent for nat64d; one of them talks by the program. */
static void a_lease_in_use_by_the_program_is_not_idle(void **state)
{
	struct leases *leases = shared_pool("10.0.0.0/30", 0);
	struct nat64_leases_client a = client_numbered(0, 1), b = client_numbered(0, 2), c = client_numbered(0, 3);
	uint32_t generation_a, generation_b, place_a = place_of(leases, &a, &generation_a),
					     place_b = place_of(leases, &b, &generation_b);

	(void)state;
	for (unsigned i = 0; i < STRIPES; i++)
		pass(place_a, i, START + LEASE_IDLE_SECONDS - 1 - i, 100);
	pass(place_b, 1, START + 10, 100);
	assert_string_equal(assigned(leases, c, START + LEASE_IDLE_SECONDS), "pool full");
	assert_string_not_equal(assigned(leases, c, START + LEASE_IDLE_SECONDS + 10), "pool full");
	assert_int_equal(entries[place_a].generation, generation_a);
	assert_int_equal(entries[place_b].generation, generation_b + 1);
	nat64_leases_free(leases);
}

/* The same within the share of one network. */
static void a_quota_sees_both_ways(void **state)
{
	struct leases *leases = shared_pool("10.0.0.0/29", 1);
	struct nat64_leases_client a = client_numbered(0, 1), b = client_numbered(0, 2);
	uint32_t generation, place = place_of(leases, &a, &generation);

	(void)state;
	pass(place, 2, START + LEASE_IDLE_SECONDS, 100);
	assert_string_equal(assigned(leases, b, START + LEASE_IDLE_SECONDS), "network full");
	assert_string_not_equal(assigned(leases, b, START + 2 * LEASE_IDLE_SECONDS), "network full");
	assert_int_equal(entries[place].generation, generation + 1);
	nat64_leases_free(leases);
}

/* What is forgotten after a long time is not what the program used lately. */
static void is_kept_while_the_program_uses_it(void **state)
{
	struct leases *leases = shared_pool("10.0.0.0/29", 0);
	struct nat64_leases_client a = client_numbered(0, 1), b = client_numbered(0, 2);
	uint32_t generation, place = place_of(leases, &a, &generation);

	(void)state;
	assigned(leases, b, START);
	pass(place, 3, START + 100, 100);
	nat64_leases_age(leases, START + LEASE_KEEP_SECONDS + 100);
	assert_int_equal(summary(leases).held, 1);
	assert_true(nat64_leases_find(leases, &a, &(struct in_addr){0}));
	nat64_leases_free(leases);
}

/* All stripes and nat64d's own, summed up; the next client begins at nothing. */
static void traffic_is_that_of_both_ways(void **state)
{
	struct leases *leases = shared_pool("10.0.0.0/30", 0);
	struct nat64_leases_client a = client_numbered(0, 1);
	uint32_t generation, place = place_of(leases, &a, &generation);
	struct nat64_leases_entry entry;
	struct lease *lease;
	uint64_t from = 0;

	(void)state;
	urcu_memb_read_lock();
	lease = nat64_leases_by_client(leases, &a, START);
	nat64_lease_count_out(lease, 1, 1000);
	nat64_lease_count_in(lease, 3, 3000);
	urcu_memb_read_unlock();
	for (unsigned i = 0; i < STRIPES; i++)
		pass(place, i, START + i, 10 * (i + 1));
	assert_int_equal(nat64_leases_copy(leases, &from, &entry, 1), 1);
	assert_int_equal(entry.last_used, START + STRIPES - 1);
	assert_int_equal(entry.out.packets, 1 + STRIPES);
	assert_int_equal(entry.out.bytes, 1000 + 100);
	assert_int_equal(entry.in.packets, 3 + 2 * STRIPES);
	assert_int_equal(entry.in.bytes, 3000 + 200);
	nat64_leases_forget(leases, INT64_MAX);
	place_of(leases, &a, &generation);
	from = 0;
	assert_int_equal(nat64_leases_copy(leases, &from, &entry, 1), 1);
	assert_int_equal(entry.out.packets + entry.in.packets + entry.out.bytes + entry.in.bytes, 0);
	assert_int_equal(entry.last_used, START);
	nat64_leases_free(leases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_in_use_by_the_program_is_not_idle),
		cmocka_unit_test(a_quota_sees_both_ways),
		cmocka_unit_test(is_kept_while_the_program_uses_it),
		cmocka_unit_test(traffic_is_that_of_both_ways),
	};

	urcu_memb_register_thread();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
