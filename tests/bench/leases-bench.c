/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hundred thousand leases cost: to assign, to look up, to write, to read at a start, to take over, and in memory.
 *
 * usage: leases-bench [COUNT]
 *
 * Look-ups are in random order over all leases, so that they miss the processor's caches as those of many clients do. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_walk.h"
#include "nat64/pool/pool.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#define LOOKUPS    1000000
#define START      1000000
#define TAKE_OVERS 10000

static const char text[] = "prefix fd64:9929::/96\ndynamic-pool 10.64.0.0/14\nclient-quota 100\nclient-prefix-length 64\n";

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct nat64_leases_client client(uint32_t number)
{
	struct nat64_leases_client client = {.prefix = 0};
	uint32_t network = htonl(number / 16), host = htonl(number * 2654435761u);

	inet_pton(AF_INET6, "2001:db8::", &client.address);
	memcpy(client.address.s6_addr + 4, &network, sizeof(network));
	memcpy(client.address.s6_addr + 12, &host, sizeof(host));
	return client;
}

static void assign(struct leases *leases, uint32_t first, uint32_t count, int64_t second)
{
	struct lease *lease;

	for (uint32_t i = first; i < first + count; i++) {
		struct nat64_leases_client who = client(i);

		if (nat64_leases_assign(leases, &who, second, &lease) != LEASES_OK)
			abort();
	}
}

static void lookups(struct leases *leases, uint32_t count)
{
	uint32_t random = 1, found = 0;
	double begin = now();

	urcu_memb_read_lock();
	for (uint32_t i = 0; i < LOOKUPS; i++) {
		struct nat64_leases_client who = client((random = random * 1664525 + 1013904223) % count);

		found += nat64_leases_by_client(leases, &who, START) != NULL;
	}
	printf("%-44s %10.0f ns\n", "look-up of a client", (now() - begin) / LOOKUPS * 1e9);
	begin = now();
	for (uint32_t i = 0; i < LOOKUPS; i++) {
		struct in_addr address = {
			htonl(UINT32_C(0x0a400000) + (random = random * 1664525 + 1013904223) % (1 << 18))};

		found += nat64_leases_by_address(leases, address, START) != NULL;
	}
	urcu_memb_read_unlock();
	printf("%-44s %10.0f ns\n", "look-up of an address", (now() - begin) / LOOKUPS * 1e9);
	if (found < LOOKUPS)
		abort();
}

static void file(struct leases *leases, const struct conf_settings *settings, uint32_t count)
{
	struct leasefile_clock clock = {.steady = START, .wall = 1800000000};
	char path[] = "/tmp/leases-bench-XXXXXX";
	int folder = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY) : -1;
	struct leases *again = nat64_pool_make(settings);
	struct conf_report report = {0};
	double begin = now();

	if (nat64_leasefile_write(folder, leases, settings, clock, &report))
		abort();
	printf("%-44s %10.1f ms\n", "write the file, and have it on disk", (now() - begin) * 1e3);
	begin = now();
	if (nat64_leasefile_read(folder, again, settings, clock, &report) != (int)count)
		abort();
	printf("%-44s %10.1f ms\n", "read the file, at a start", (now() - begin) * 1e3);
	unlinkat(folder, LEASEFILE_NAME, 0);
	rmdir(path);
	close(folder);
	nat64_leases_free(again);
}

/* As many leases as there are addresses, all idle: each new client takes the longest unused one. */
static void take_overs(uint32_t count)
{
	struct conf_prefix4 prefix = {.address = {htonl(0x0a400000)}, .length = 32};
	struct conf_quota quota = {.length = 64};
	struct nat64_leases_summary summary;
	struct leases *leases;
	double begin;

	while (conf_prefix4_size(&prefix) < count)
		prefix.length--;
	leases = nat64_leases_new(&prefix, &quota);
	nat64_leases_summarize(leases, &summary);
	assign(leases, 0, (uint32_t)summary.usable, START);
	begin = now();
	assign(leases, (uint32_t)summary.usable, TAKE_OVERS, START + LEASE_IDLE_SECONDS);
	printf("%-44s %10.1f us\n", "a new client in a pool full of idle ones", (now() - begin) / TAKE_OVERS * 1e6);
	nat64_leases_free(leases);
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("bench", text, strlen(text), &report);
	struct leases *leases;
	size_t before;
	double begin;

	if (!settings || count == 0 || count > 250000) {
		fputs("usage: leases-bench [1 to 250000]\n", stderr);
		return EXIT_FAILURE;
	}
	urcu_memb_register_thread();
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	leases = nat64_pool_make(settings);
	begin = now();
	assign(leases, 0, count, START);
	printf("%u leases in a pool of 262144, a mebibyte of it a table of its own\n", count);
	printf("%-44s %10.0f ns\n", "a new client", (now() - begin) / count * 1e9);
	printf("%-44s %10.1f MiB\n", "memory", (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / (1 << 20));
	lookups(leases, count);
	file(leases, settings, count);
	nat64_leases_free(leases);
	take_overs(count);
	conf_settings_free(settings);
	urcu_memb_unregister_thread();
	return EXIT_SUCCESS;
}
