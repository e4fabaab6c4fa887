/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of Debian's versions, beside dpkg's own; and what dpkg's status and apt's lists say of a package, in a folder made for it. */
#include "unbound/debian.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PADDING = 3 * 256 * 1024, STEPS = 48 };

static void the_order_is_dpkgs(void **state)
{
	static const char *const versions[] = {
		"1.17.1-2+deb12u3",
		"1.17.1-2+deb12u4",
		"1.17.1-2+deb12u10",
		"1.17.1-2",
		"1.17.1~rc1-1",
		"1.17.1",
		"1.17.1-0",
		"1:1.0",
		"1.26.1-0+deb13u1",
		"1.26.1-1",
		"1.26.1-1~bpo12+1",
		"1.26.1+dfsg-1",
		"1.026.1-1",
		"1.9a-1",
		"1.9-1",
		"1.26.1a-1",
		"",
		"0",
		"1.26.1-1build1",
		"1.26.1-1ubuntu0.1",
	};
	bool has_dpkg = system("command -v dpkg >/dev/null") == 0;
	const size_t count = sizeof(versions) / sizeof(versions[0]);

	(void)state;
	assert_true(unboundconf_debian_version_compare("1.17.1-2+deb12u3", "1.17.1-2+deb12u10") < 0);
	assert_true(unboundconf_debian_version_compare("1.26.1-1~bpo12+1", "1.26.1-1") < 0);
	assert_int_equal(unboundconf_debian_version_compare("1.26.1-1", "1.026.1-1"), 0);
	for (size_t i = 0; has_dpkg && i < count; i++)
		for (size_t j = 0; j < count; j++) {
			char command[200];
			int expected, got = unboundconf_debian_version_compare(versions[i], versions[j]);

			if (versions[i][0] == '\0' || versions[j][0] == '\0')
				continue; /* dpkg takes a missing version for another thing */
			snprintf(command, sizeof(command), "dpkg --compare-versions '%s' lt '%s'", versions[i],
				 versions[j]);
			expected = WEXITSTATUS(system(command));
			if ((got < 0) != (expected == 0))
				fail_msg("%s < %s: expected %d, got %d", versions[i], versions[j], expected == 0, got);
		}
}

/* A folder with some files; its path. */
struct machine {
	char root[64], lists[128], version[UNBOUNDCONF_DEBIAN_VERSION];
};

static void file_write(const struct machine *machine, const char *folder, const char *name, size_t padding, const char *text)
{
	char path[512], command[600];
	FILE *stream;

	snprintf(command, sizeof(command), "mkdir -p '%s/%s'", machine->root, folder);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/%s/%s", machine->root, folder, name);
	stream = fopen(path, "we");
	assert_non_null(stream);
	for (size_t i = 0; i < padding; i++)
		putc('a', stream);
	fputs(text, stream);
	fclose(stream);
}

static void machine_make(struct machine *machine)
{
	snprintf(machine->root, sizeof(machine->root), "/tmp/debian-test.XXXXXX");
	assert_non_null(mkdtemp(machine->root));
	file_write(machine, "etc", "os-release", 0, "NAME=\"Debian GNU/Linux\"\nVERSION_CODENAME=bookworm\nID=debian\n");
}

static void machine_remove(const struct machine *machine)
{
	char command[200];

	snprintf(command, sizeof(command), "rm -rf '%s'", machine->root);
	assert_int_equal(system(command), 0);
}

#define LISTS            "var/lib/apt/lists"
#define UNBOUND(version) "Package: unbound\nSection: net\nVersion: " version "\nDepends: libc6\n\n"

static void the_newest_of_the_own_release_is_offered(void **state)
{
	struct machine machine;

	(void)state;
	machine_make(&machine);
	assert_false(unboundconf_debian_offered(machine.root, "unbound", machine.version));
	file_write(&machine, LISTS, "m_debian_dists_trixie_main_binary-amd64_Packages", 0, UNBOUND("1.26.1-0+deb13u1"));
	file_write(&machine, LISTS, "m_debian_dists_bookworm-backports_main_binary-amd64_Packages", 0,
		   UNBOUND("1.22.0-1~bpo12+1"));
	file_write(&machine, LISTS, "m_debian_dists_bookworm-security_main_binary-amd64_Packages.lz4", 0,
		   UNBOUND("1.17.1-2+deb12u9"));
	assert_false(unboundconf_debian_offered(machine.root, "unbound", machine.version));
	file_write(&machine, LISTS, "m_debian_dists_bookworm_main_binary-amd64_Packages", 0,
		   "Package: libunbound8\nVersion: 9\n\nPackage: unbound-host\nVersion: 8\n\n" UNBOUND(
			   "1.17.1-2+deb12u3") "Package: z\nVersion: 7\n");
	assert_true(unboundconf_debian_offered(machine.root, "unbound", machine.version));
	assert_string_equal(machine.version, "1.17.1-2+deb12u3");
	file_write(&machine, LISTS, "m_security_dists_bookworm-security_main_binary-amd64_Packages", 0,
		   UNBOUND("1.17.1-2+deb12u10"));
	assert_true(unboundconf_debian_offered(machine.root, "unbound", machine.version));
	assert_string_equal(machine.version, "1.17.1-2+deb12u10");
	machine_remove(&machine);
}

/* The line stands anywhere, across the border of two blocks too. */
static void a_stanza_is_found_wherever_it_stands(void **state)
{
	struct machine machine;

	(void)state;
	machine_make(&machine);
	for (size_t i = 0; i < STEPS; i++) {
		file_write(&machine, LISTS, "m_debian_dists_bookworm_main_binary-amd64_Packages",
			   PADDING + 1024 - STEPS / 2 + i, "\n\n" UNBOUND("1.17.1-2"));
		assert_true(unboundconf_debian_offered(machine.root, "unbound", machine.version));
		assert_string_equal(machine.version, "1.17.1-2");
	}
	for (size_t i = 0; i < STEPS; i++) {
		file_write(&machine, LISTS, "m_debian_dists_bookworm_main_binary-amd64_Packages",
			   256 * 1024 + 1024 - STEPS / 2 + i, "\n\n" UNBOUND("1.17.1-3"));
		assert_true(unboundconf_debian_offered(machine.root, "unbound", machine.version));
		assert_string_equal(machine.version, "1.17.1-3");
	}
	machine_remove(&machine);
}

static void what_is_installed_is_told_by_its_source(void **state)
{
	struct machine machine;

	(void)state;
	machine_make(&machine);
	assert_false(unboundconf_debian_installed(machine.root, "unbound", machine.version));
	file_write(&machine, "var/lib/dpkg", "status", 0,
		   "Package: unbound\nStatus: deinstall ok config-files\nVersion: 9\n\n"
		   "Package: libunbound8\nStatus: install ok installed\nSource: unbound (1.17.1-2+deb12u4)\nVersion: 1.17.1-2+deb12u4+b1\n\n"
		   "Package: odd\nStatus: install ok installed\nSource: odd\nVersion: 2\n\n"
		   "Package: bad\nStatus: install ok installed\nVersion: \033[31m\n\n");
	assert_false(unboundconf_debian_installed(machine.root, "unbound", machine.version));
	assert_true(unboundconf_debian_installed(machine.root, "libunbound8", machine.version));
	assert_string_equal(machine.version, "1.17.1-2+deb12u4");
	assert_true(unboundconf_debian_installed(machine.root, "odd", machine.version));
	assert_string_equal(machine.version, "2");
	assert_false(unboundconf_debian_installed(machine.root, "bad", machine.version));
	machine_remove(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_is_dpkgs),
		cmocka_unit_test(the_newest_of_the_own_release_is_offered),
		cmocka_unit_test(a_stanza_is_found_wherever_it_stands),
		cmocka_unit_test(what_is_installed_is_told_by_its_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
