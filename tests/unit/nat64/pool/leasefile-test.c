/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of leases: what is written comes back, and what is broken is left out alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_entry.h"
#include "nat64/pool/leases_walk.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct leasefile_clock now = {.steady = 5000, .wall = 1800000000};

struct fixture {
	char path[64];
	int folder;
	struct conf_nat64_prefix prefixes[2];
	struct conf_map map;
	struct conf_settings settings;
	struct leases *leases;
	struct conf_report report;
};

static struct leases *pool_new(struct fixture *fixture)
{
	struct leases *leases = nat64_leases_new(&fixture->settings.translation.dynamic_pool,
						 &fixture->settings.translation.quota);

	assert_non_null(leases);
	return leases;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct conf_settings *settings = &fixture->settings;

	strcpy(fixture->path, "/tmp/leasefile-test-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->folder = open(fixture->path, O_RDONLY | O_DIRECTORY);
	settings->node.data_dir = fixture->path;
	settings->translation.has_dynamic_pool = true;
	settings->common.prefixes = fixture->prefixes;
	settings->common.prefix_count = 1;
	settings->translation.maps = &fixture->map;
	settings->translation.map_count = 1;
	conf_prefix4_parse("10.64.0.0/20", &settings->translation.dynamic_pool);
	conf_prefix6_parse("fd64::/96", &fixture->prefixes[0].prefix);
	conf_prefix6_parse("fd65::/96", &fixture->prefixes[1].prefix);
	conf_prefix4_parse("10.64.0.9", &fixture->map.v4);
	conf_prefix6_parse("2001:db8::9", &fixture->map.v6);
	fixture->leases = pool_new(fixture);
	nat64_leases_reserve(fixture->leases, &fixture->map.v4);
	*state = fixture;
	return fixture->folder < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->folder, LEASEFILE_NAME, 0);
	close(fixture->folder);
	rmdir(fixture->path);
	nat64_leases_free(fixture->leases);
	conf_report_clear(&fixture->report);
	free(fixture);
	return 0;
}

static enum nat64_leases_result assign(struct leases *leases, const struct nat64_leases_client *client, int64_t second,
				       struct in_addr *address)
{
	struct lease *lease;
	enum nat64_leases_result result = nat64_leases_assign(leases, client, second, &lease);

	if (result == LEASES_OK)
		*address = nat64_lease_address(leases, lease);
	return result;
}

static void file_make(struct fixture *fixture, const char *text, size_t length)
{
	int file = openat(fixture->folder, LEASEFILE_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, text, length), length);
	close(file);
}

static int file_read(struct fixture *fixture, const char *text)
{
	file_make(fixture, text, strlen(text));
	return nat64_leasefile_read(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report);
}

/* The client's address as text; "none". */
static const char *address_of(struct leases *leases, const char *text, unsigned prefix)
{
	static char buffer[INET_ADDRSTRLEN];
	struct nat64_leases_client client = {.prefix = prefix};
	struct in_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &client.address), 1);
	if (!nat64_leases_find(leases, &client, &address))
		return "none";
	return inet_ntop(AF_INET, &address, buffer, sizeof(buffer));
}

static void assert_reported(struct fixture *fixture, const char *part)
{
	for (size_t i = 0; i < fixture->report.count; i++)
		if (strstr(fixture->report.lines[i], part))
			return;
	fail_msg("expected a message with \"%s\", got %zu messages, the first: %s", part, fixture->report.count,
		 fixture->report.count ? fixture->report.lines[0] : "none");
}

static void comes_back(void **state)
{
	struct fixture *fixture = *state;
	struct leases *again = pool_new(fixture);
	struct nat64_leases_client client = {0};
	struct nat64_leases_entry entry;
	struct in_addr address;
	uint64_t place = 0;

	for (unsigned i = 0; i < 200; i++) {
		client.address.s6_addr[15] = (uint8_t)i;
		client.address.s6_addr[0] = 0xfd;
		assert_int_equal(assign(fixture->leases, &client, now.steady - 100, &address), LEASES_OK);
	}
	assert_int_equal(
		nat64_leasefile_write(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report), 0);
	assert_int_equal(nat64_leasefile_read(fixture->folder, again, &fixture->settings, now, &fixture->report), 200);
	assert_int_equal(fixture->report.count, 0);
	assert_int_equal(nat64_leases_copy(again, &place, &entry, 1), 1);
	assert_int_equal(entry.last_used, now.steady - 100);
	for (unsigned i = 0; i < 200; i++) {
		struct in_addr back;

		client.address.s6_addr[15] = (uint8_t)i;
		assert_true(nat64_leases_find(fixture->leases, &client, &address));
		assert_true(nat64_leases_find(again, &client, &back));
		assert_int_equal(address.s_addr, back.s_addr);
	}
	assert_int_equal(faccessat(fixture->folder, LEASEFILE_NAME "~~", F_OK, 0), -1);
	nat64_leases_free(again);
}

/* The age of a lease survives, whatever the steady clock says in the new run. */
static void keeps_ages(void **state)
{
	struct fixture *fixture = *state;
	struct nat64_leases_entry entry;
	uint64_t place = 0;

	assert_int_equal(file_read(fixture, "10.64.0.5\t2001:db8::1\t1799990000\n"), 1);
	assert_int_equal(nat64_leases_copy(fixture->leases, &place, &entry, 1), 1);
	assert_int_equal(entry.last_used, now.steady - 10000);
}

static void reads_a_future_use_as_now(void **state)
{
	struct fixture *fixture = *state;
	struct nat64_leases_entry entry;
	uint64_t place = 0;

	assert_int_equal(file_read(fixture, "10.64.0.5\t2001:db8::1\t1900000000\n"), 1);
	assert_int_equal(nat64_leases_copy(fixture->leases, &place, &entry, 1), 1);
	assert_int_equal(entry.last_used, now.steady);
}

static void reads_what_tayga_writes(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(file_read(fixture, "###\n###\n### tayga dynamic map database\n###\n\n"
					    "10.64.0.5\t2001:db8::1\t1799999999\n10.64.0.6\t2001:db8::2\t1799999999\n"),
			 2);
	assert_string_equal(address_of(fixture->leases, "2001:db8::2", 0), "10.64.0.6");
	assert_int_equal(fixture->report.count, 0);
}

static void starts_without_a_file(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		nat64_leasefile_read(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report), 0);
	assert_int_equal(fixture->report.count, 0);
}

/* Each bad line is told and left out; the good one at the end is read. */
static void leaves_bad_lines_out(void **state)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
		{"10.64.0.5", "line 1: expected"},
		{"10.64.0.5 2001:db8::1", "expected"},
		{"10.64.0.5 2001:db8::1 1 fd64::/96 more", "expected"},
		{"10.64.0 2001:db8::1 1", "first word"},
		{"10.64.0.5 2001:db8:1 1", "second word"},
		{"10.64.0.5 2001:db8::1 soon", "third word"},
		{"10.64.0.5 2001:db8::1 12x", "third word"},
		{"10.64.0.5 2001:db8::1 0", "third word"},
		{"10.64.0.5 2001:db8::1 -5", "third word"},
		{"10.64.0.5 2001:db8::1 99999999999999999999", "third word"},
		{"10.64.0.5 2001:db8::1 1 fd66::/96", "fourth word"},
		{"10.65.0.5 2001:db8::1 1799999999", "outside"},
		{"10.64.0.9 2001:db8::1 1799999999", "excluded from"},
		{"10.64.0.0 2001:db8::1 1799999999", "excluded from"},
		{"10.64.0.5 ff02::1 1799999999", "not a client"},
		{"10.64.0.5 :: 1799999999", "not a client"},
		{"10.64.0.5 2001:db8::9 1799999999", "through a map or prefix"},
		{"10.64.0.5 fd64::1 1799999999", "through a map or prefix"},
		{"10.64.0.7 2001:db8::8 1799999999\n10.64.0.7 2001:db8::1 1799999999", "IPv4 address was"},
		{"10.64.0.7 2001:db8::8 1799999999\n10.64.0.5 2001:db8::8 1799999999", "client was"},
	};
	struct fixture *fixture = *state;
	char text[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		nat64_leases_free(fixture->leases);
		fixture->leases = pool_new(fixture);
		nat64_leases_reserve(fixture->leases, &fixture->map.v4);
		conf_report_clear(&fixture->report);
		snprintf(text, sizeof(text), "%s\n10.64.1.1 2001:db8::ff 1799999999\n", cases[i].line);
		assert_true(file_read(fixture, text) >= 1);
		assert_reported(fixture, cases[i].message);
		assert_string_equal(address_of(fixture->leases, "2001:db8::1", 0), "none");
		assert_string_equal(address_of(fixture->leases, "2001:db8::ff", 0), "10.64.1.1");
	}
}

/* Whom a map around the pool gives an address of the pool is a client like others; whom it gives another has no lease. */
static void a_pool_inside_a_map(void **state)
{
	struct fixture *fixture = *state;

	conf_prefix4_parse("10.64.0.0/16", &fixture->map.v4);
	conf_prefix6_parse("2001:db8::/112", &fixture->map.v6);
	assert_int_equal(file_read(fixture, "10.64.0.5 2001:db8::8 1799999999\n10.64.0.6 2001:db8::ff08 1799999999\n"), 1);
	assert_string_equal(address_of(fixture->leases, "2001:db8::8", 0), "10.64.0.5");
	assert_string_equal(address_of(fixture->leases, "2001:db8::ff08", 0), "none");
}

/* A clock that was set far ahead, or not at all, when the file was written or is read: every lease comes back, and is there a
 * day later; the older ones are still the first to be taken over. */
static void keeps_leases_over_a_wrong_clock(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(
		file_read(fixture,
			  "10.64.0.5 2001:db8::1 5\n10.64.0.6 2001:db8::2 1400000000\n10.64.0.7 2001:db8::3 4000000000\n"),
		3);
	nat64_leases_age(fixture->leases, now.steady);
	nat64_leases_age(fixture->leases, now.steady + LEASE_GRACE_SECONDS);
	assert_string_equal(address_of(fixture->leases, "2001:db8::1", 0), "10.64.0.5");
	assert_string_equal(address_of(fixture->leases, "2001:db8::2", 0), "10.64.0.6");
	nat64_leases_age(fixture->leases, now.steady + LEASE_GRACE_SECONDS + 1);
	assert_string_equal(address_of(fixture->leases, "2001:db8::1", 0), "none");
	assert_string_equal(address_of(fixture->leases, "2001:db8::3", 0), "10.64.0.7");
}

/* A file cut at every octet: what stands on whole lines before the cut comes back, and nothing that never was. */
static void reads_a_file_cut_anywhere(void **state)
{
	static const char text[] = "###\n### leases\n10.64.0.17\t2001:db8::11\t1799999901\n10.64.0.28\t2001:db8::22\t1799999902\n"
				   "10.64.0.39\t2001:db8::33\t1799999903\n";
	static const char *const clients[] = {"2001:db8::11", "2001:db8::22", "2001:db8::33"};
	static const char *const addresses[] = {"10.64.0.17", "10.64.0.28", "10.64.0.39"};
	struct fixture *fixture = *state;

	for (size_t length = 0; length < sizeof(text); length++) {
		size_t whole = 0, found = 0;
		int restored;

		nat64_leases_free(fixture->leases);
		fixture->leases = pool_new(fixture);
		file_make(fixture, text, length);
		for (size_t i = 0; i < length; i++)
			whole += text[i] == '\n' && i > 15;
		restored = nat64_leasefile_read(fixture->folder, fixture->leases, &fixture->settings, now,
						&fixture->report);
		for (size_t i = 0; i < 3; i++) {
			const char *address = address_of(fixture->leases, clients[i], 0);

			assert_true(i >= whole || strcmp(address, "none") != 0);
			if (strcmp(address, "none") == 0)
				continue;
			assert_string_equal(address, addresses[i]);
			found++;
		}
		assert_int_equal(restored, found);
	}
}

static void survives_garbage(void **state)
{
	struct fixture *fixture = *state;
	char garbage[20000];
	uint32_t random = 1;

	for (size_t i = 0; i < sizeof(garbage); i++) {
		random = random * 1664525 + 1013904223;
		garbage[i] = (char)(random >> 24);
	}
	file_make(fixture, garbage, sizeof(garbage));
	assert_int_equal(
		nat64_leasefile_read(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report), 0);
	assert_in_range(fixture->report.count, 1, 21);
}

static void steps_over_a_long_line(void **state)
{
	struct fixture *fixture = *state;
	char text[2000];

	memset(text, 'x', sizeof(text));
	memcpy(text + 1900, "\n10.64.0.5 2001:db8::1 1799999999\n", 35);
	assert_int_equal(file_read(fixture, text), 1);
	assert_reported(fixture, "line 1: the line is too long");
	assert_int_equal(fixture->report.count, 1);
}

/* With several prefixes the file names the one that a client talks through, in whatever order they stand next time. */
static void tells_prefixes_apart(void **state)
{
	struct fixture *fixture = *state;
	struct nat64_leases_client client = {.prefix = 0};
	struct conf_nat64_prefix swapped;
	struct in_addr address;
	char before[INET_ADDRSTRLEN];

	inet_pton(AF_INET6, "2001:db8::1", &client.address);
	fixture->settings.common.prefix_count = 2;
	assert_int_equal(assign(fixture->leases, &client, now.steady, &address), LEASES_OK);
	inet_ntop(AF_INET, &address, before, sizeof(before));
	assert_int_equal(
		nat64_leasefile_write(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report), 0);
	swapped = fixture->prefixes[0];
	fixture->prefixes[0] = fixture->prefixes[1];
	fixture->prefixes[1] = swapped;
	nat64_leases_free(fixture->leases);
	fixture->leases = pool_new(fixture);
	assert_int_equal(
		nat64_leasefile_read(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report), 1);
	assert_string_equal(address_of(fixture->leases, "2001:db8::1", 1), before);
	assert_string_equal(address_of(fixture->leases, "2001:db8::1", 0), "none");
}

/* What the daemons' user may put in the file's place must not keep root from starting. */
static void reads_nothing_but_a_file(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(symlinkat("/dev/zero", fixture->folder, LEASEFILE_NAME), 0);
	assert_int_equal(
		nat64_leasefile_read(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report), -1);
	assert_reported(fixture, "cannot read");
	unlinkat(fixture->folder, LEASEFILE_NAME, 0);
	assert_int_equal(mkfifoat(fixture->folder, LEASEFILE_NAME, 0600), 0);
	assert_int_equal(
		nat64_leasefile_read(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report), -1);
}

/* A pipe in the way of the new file must not hold the main thread for ever. */
static void writes_into_no_pipe(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkfifoat(fixture->folder, LEASEFILE_NAME "~~", 0600), 0);
	assert_int_equal(
		nat64_leasefile_write(fixture->folder, fixture->leases, &fixture->settings, now, &fixture->report), -1);
	assert_reported(fixture, "cannot write");
	unlinkat(fixture->folder, LEASEFILE_NAME "~~", 0);
}

/* A folder that is gone: the write fails with a message and nothing else happens. */
static void tells_a_failed_write(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(nat64_leasefile_write(-1, fixture->leases, &fixture->settings, now, &fixture->report), -1);
	assert_reported(fixture, "cannot write");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_ages, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_a_future_use_as_now, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_what_tayga_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(starts_without_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_bad_lines_out, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pool_inside_a_map, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_leases_over_a_wrong_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_a_file_cut_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(survives_garbage, setup, teardown),
		cmocka_unit_test_setup_teardown(steps_over_a_long_line, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_prefixes_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_nothing_but_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_into_no_pipe, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_a_failed_write, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
