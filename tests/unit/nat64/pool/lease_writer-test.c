/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the file of leases is due: at once after a change, not twice in a second, and again after a failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/pool/lease_writer.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START 10000000

struct fixture {
	char path[64];
	struct conf_settings settings;
	struct leases *leases;
	struct nat64_lease_writer writer;
	struct conf_report report;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int folder;

	strcpy(fixture->path, "/tmp/writer-test-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	folder = open(fixture->path, O_RDONLY | O_DIRECTORY);
	fixture->settings.node.data_dir = fixture->path;
	conf_prefix4_parse("10.64.0.0/24", &fixture->settings.translation.dynamic_pool);
	fixture->leases = nat64_leases_new(&fixture->settings.translation.dynamic_pool,
					   &fixture->settings.translation.quota);
	nat64_lease_writer_init(&fixture->writer, folder, fixture->leases, &fixture->settings, START);
	*state = fixture;
	return folder < 0 || !fixture->leases ? -1 : 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->writer.folder, LEASEFILE_NAME, 0);
	close(fixture->writer.folder);
	rmdir(fixture->path);
	nat64_leases_free(fixture->leases);
	conf_report_clear(&fixture->report);
	free(fixture);
	return 0;
}

static void lease(struct fixture *fixture, uint8_t number)
{
	struct nat64_leases_client client = {0};
	struct lease *lease;

	client.address.s6_addr[0] = 0xfd;
	client.address.s6_addr[15] = number;
	assert_int_equal(nat64_leases_assign(fixture->leases, &client, 1, &lease), LEASES_OK);
}

/* A second, or longer where the disk of this machine was slow. */
static int pause_of(const struct fixture *fixture)
{
	assert_true(fixture->writer.pause >= 1000);
	return (int)fixture->writer.pause;
}

static void writes_a_change_at_once(void **state)
{
	struct fixture *fixture = *state;

	assert_true(nat64_lease_writer_delay(&fixture->writer, START) > 0);
	lease(fixture, 1);
	assert_int_equal(nat64_lease_writer_delay(&fixture->writer, START), 0);
	assert_int_equal(nat64_lease_writer_write(&fixture->writer, START, &fixture->report), 1);
	assert_int_equal(nat64_lease_writer_delay(&fixture->writer, START + 1), 3600000 - 1);
	lease(fixture, 2);
	assert_int_equal(nat64_lease_writer_delay(&fixture->writer, START + pause_of(fixture)), 0);
}

static void bundles_changes_of_a_second(void **state)
{
	struct fixture *fixture = *state;

	nat64_lease_writer_write(&fixture->writer, START, &fixture->report);
	lease(fixture, 1);
	assert_int_equal(nat64_lease_writer_delay(&fixture->writer, START + 300), pause_of(fixture) - 300);
	nat64_lease_writer_write(&fixture->writer, START + 1000, &fixture->report);
	assert_int_equal(nat64_lease_writer_delay(&fixture->writer, START + 1000), 3600000);
}

/* A broken disk is told once, tried again, and told again after it worked. */
static void tries_again_after_a_failure(void **state)
{
	struct fixture *fixture = *state;
	int folder = fixture->writer.folder;

	fixture->writer.folder = -1;
	assert_int_equal(nat64_lease_writer_write(&fixture->writer, START, &fixture->report), -1);
	assert_int_equal(fixture->report.count, 1);
	lease(fixture, 1);
	assert_int_equal(nat64_lease_writer_delay(&fixture->writer, START), 10000);
	assert_int_equal(nat64_lease_writer_write(&fixture->writer, START + 10000, &fixture->report), -1);
	assert_int_equal(fixture->report.count, 1);
	fixture->writer.folder = folder;
	assert_int_equal(nat64_lease_writer_write(&fixture->writer, START + 20000, &fixture->report), 1);
	fixture->writer.folder = -1;
	assert_int_equal(nat64_lease_writer_write(&fixture->writer, START + 30000, &fixture->report), -1);
	assert_int_equal(fixture->report.count, 2);
	fixture->writer.folder = folder;
}

static void does_nothing_without_a_pool(void **state)
{
	struct fixture *fixture = *state;
	struct nat64_lease_writer writer;

	nat64_lease_writer_init(&writer, -1, NULL, &fixture->settings, START);
	assert_int_equal(nat64_lease_writer_delay(&writer, START), -1);
	assert_int_equal(nat64_lease_writer_write(&writer, START, &fixture->report), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_a_change_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(bundles_changes_of_a_second, setup, teardown),
		cmocka_unit_test_setup_teardown(tries_again_after_a_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(does_nothing_without_a_pool, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
