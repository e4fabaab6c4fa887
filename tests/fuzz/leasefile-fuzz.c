/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dynamic.map of any octets, as power loss, a hand or another program may leave it.
 *
 * What comes back is read by nobody's parser but inspected in the pool: addresses of the pool that are not spoken for, each once, each
 * with a client of its own; times that are neither in the future nor past being kept. It is then written and read again: the same
 * leases, and not a word about them. The first octet chooses the settings.
 */
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_entry.h"
#include "nat64/pool/leases_walk.h"
#include "nat64/pool/pool.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LEASES_MAX 256 /* the pool has no more */

static const struct leasefile_clock now = {.steady = 5000000, .wall = 1800000000};

static struct conf_nat64_prefix prefixes[2];
static struct conf_map map;
static char path[64];
static int folder = -1;

static void demand(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "expected %s\n", what);
	abort();
}

static void folder_remove(void)
{
	unlinkat(folder, LEASEFILE_NAME, 0);
	rmdir(path);
}

/* In memory, where there is a file system of it: each input is synced. */
static void folder_open(void)
{
	snprintf(path, sizeof(path), "/dev/shm/leasefile-fuzz.XXXXXX");
	if (!mkdtemp(path)) {
		snprintf(path, sizeof(path), "/tmp/leasefile-fuzz.XXXXXX");
		demand(mkdtemp(path) != NULL, "a folder");
	}
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	demand(folder >= 0, "a folder that opens");
	atexit(folder_remove);
}

static struct conf_settings settings_for(uint8_t bits)
{
	struct conf_settings settings = {
		.node.data_dir = (char *)(uintptr_t) "data",
		.translation.has_dynamic_pool = true,
		.common.prefixes = prefixes,
		.common.prefix_count = 1 + (bits & 1),
		.translation.maps = &map,
		.translation.map_count = bits >> 1 & 1,
		.translation.ipv4_address = {htonl(0xc0a80001)},
	};

	conf_prefix4_parse(bits & 4 ? "192.168.0.0/24" : "192.168.0.0/28", &settings.translation.dynamic_pool);
	conf_prefix4_parse("192.168.0.9", &map.v4);
	conf_prefix6_parse("2001:db8::9", &map.v6);
	conf_prefix6_parse("fd64::/96", &prefixes[0].prefix);
	conf_prefix6_parse("fd65::/96", &prefixes[1].prefix);
	settings.translation.quota.count = 4;
	settings.translation.quota.length = bits & 8 ? 64 : 128;
	return settings;
}

static void file_put(const uint8_t *data, size_t size)
{
	int file = openat(folder, LEASEFILE_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	demand(file >= 0 && write(file, data, size) == (ssize_t)size && close(file) == 0, "room for a file");
}

static void lease_check(const struct conf_settings *settings, const struct nat64_leases_entry *entry)
{
	demand(conf_prefix4_contains(&settings->translation.dynamic_pool, entry->address), "an address of the pool");
	demand(entry->address.s_addr != settings->translation.ipv4_address.s_addr, "not the translator's own address");
	demand(!settings->translation.map_count || entry->address.s_addr != map.v4.address.s_addr,
	       "not an address that a map has");
	demand(entry->client.prefix < settings->common.prefix_count, "a prefix that there is");
	demand(!IN6_IS_ADDR_MULTICAST(&entry->client.address) && !IN6_IS_ADDR_UNSPECIFIED(&entry->client.address),
	       "a client");
	demand(entry->last_used <= now.steady && entry->last_used > now.steady - LEASE_KEEP_SECONDS, "a time that is kept");
}

static bool same_client(const struct nat64_leases_entry *a, const struct nat64_leases_entry *b)
{
	return a->client.prefix == b->client.prefix && IN6_ARE_ADDR_EQUAL(&a->client.address, &b->client.address);
}

/* The leases of the file as they come back; how many. */
static size_t file_get(const struct conf_settings *settings, struct nat64_leases_entry entries[LEASES_MAX],
		       struct conf_report *notices, struct leases **leases)
{
	uint64_t place = 0;
	int restored;
	size_t count;

	*leases = nat64_pool_make(settings);
	demand(*leases != NULL, "a pool");
	restored = nat64_leasefile_read(folder, *leases, settings, now, notices);
	count = nat64_leases_copy(*leases, &place, entries, LEASES_MAX);
	demand(restored >= 0 && (size_t)restored == count, "as many leases as are told");
	return count;
}

static void nat64_leases_check(const struct conf_settings *settings, const struct nat64_leases_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		lease_check(settings, &entries[i]);
		for (size_t j = 0; j < i; j++)
			demand(entries[i].address.s_addr != entries[j].address.s_addr &&
				       !same_client(&entries[i], &entries[j]),
			       "each address and each client once");
	}
}

static void again(const struct conf_settings *settings, struct leases *leases, const struct nat64_leases_entry *entries,
		  size_t count)
{
	static struct nat64_leases_entry other[LEASES_MAX];
	struct conf_report report = {0};
	struct leases *second;

	demand(!nat64_leasefile_write(folder, leases, settings, now, &report), "a file that can be written");
	demand(file_get(settings, other, &report, &second) == count && report.count == 0, "all of what was written");
	for (size_t i = 0; i < count; i++)
		demand(other[i].address.s_addr == entries[i].address.s_addr && same_client(&other[i], &entries[i]) &&
			       other[i].last_used == entries[i].last_used,
		       "the very lease that was written");
	nat64_leases_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nat64_leases_entry entries[LEASES_MAX];
	struct conf_report notices = {0};
	struct conf_settings settings;
	struct leases *leases;
	size_t count;

	if (size == 0)
		return 0;
	if (folder < 0)
		folder_open();
	settings = settings_for(data[0]);
	file_put(data + 1, size - 1);
	count = file_get(&settings, entries, &notices, &leases);
	for (size_t i = 0; i < notices.count; i++)
		demand(!strchr(notices.lines[i], '\n'), "one line for each notice");
	nat64_leases_check(&settings, entries, count);
	again(&settings, leases, entries, count);
	nat64_leases_free(leases);
	conf_report_clear(&notices);
	return 0;
}
