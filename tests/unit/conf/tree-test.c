/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in the place of a file is removed, whatever it is, and nothing behind it. */
#include "conf/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEEP = 3000 }; /* folders in each other: more than descriptors, and a longer path than there may be */

static char world[] = "/tmp/tree-test-XXXXXX";
static int folder;

static void touch(int where, const char *name)
{
	int file = openat(where, name, O_WRONLY | O_CREAT, 0600);

	assert_true(file >= 0);
	close(file);
}

static int world_make(void **state)
{
	(void)state;
	if (!mkdtemp(world))
		return -1;
	folder = open(world, O_RDONLY | O_DIRECTORY);
	return folder < 0 || mkdirat(folder, "kept", 0700) || mkdirat(folder, "aside", 0700) ? -1 : 0;
}

static int world_remove(void **state)
{
	(void)state;
	unlinkat(folder, "kept/file", 0);
	return unlinkat(folder, "kept", AT_REMOVEDIR) || unlinkat(folder, "aside", AT_REMOVEDIR) || rmdir(world);
}

/* Only what the world has from the start is there. */
static void expect_gone(void)
{
	DIR *stream = opendir(world);
	const struct dirent *entry;

	while ((entry = readdir(stream)))
		if (*entry->d_name != '.' && strcmp(entry->d_name, "kept") != 0 && strcmp(entry->d_name, "aside") != 0)
			fail_msg("expected nothing but what was kept, got %s", entry->d_name);
	closedir(stream);
	assert_int_equal(faccessat(folder, "kept/file", F_OK, 0), 0);
}

static void any_file_is_removed(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	touch(folder, "kept/file");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", world);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(mkfifoat(folder, "pipe", 0600), 0);
	assert_int_equal(symlinkat("kept/file", folder, "link"), 0);
	assert_int_equal(symlinkat("kept", folder, "link to a folder"), 0);
	assert_int_equal(linkat(folder, "kept/file", folder, "second name", 0), 0);
	touch(folder, "file");
	for (const char *const *name = (const char *const[]){"socket", "pipe", "link", "link to a folder",
							     "second name", "file", "none", NULL};
	     *name; name++)
		assert_int_equal(conf_tree_remove(folder, *name, folder), 0);
	close(listener);
	expect_gone();
}

static void a_folder_goes_with_all_in_it(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(folder, "tree", 0), 0); /* nobody may enter */
	assert_int_equal(fchmodat(folder, "tree", 0700, 0), 0);
	assert_int_equal(mkdirat(folder, "tree/removed-0", 0700), 0);
	assert_int_equal(mkdirat(folder, "tree/removed-1", 0700), 0);
	assert_int_equal(mkdirat(folder, "tree/removed-1/inner", 0700), 0);
	touch(folder, "tree/removed-1/inner/file");
	assert_int_equal(symlinkat("../kept", folder, "tree/out"), 0);
	touch(folder, "tree/file");
	assert_int_equal(fchmodat(folder, "tree", 0, 0), 0);
	assert_int_equal(conf_tree_remove(folder, "tree", folder), 0);
	expect_gone();
}

static void a_deep_tree_is_removed(void **state)
{
	int aside = openat(folder, "aside", O_RDONLY | O_DIRECTORY), at;

	(void)state;
	assert_int_equal(mkdirat(folder, "deep", 0700), 0);
	at = openat(folder, "deep", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < DEEP; i++) {
		int next;

		assert_int_equal(mkdirat(at, "a folder with a long name", 0700), 0);
		next = openat(at, "a folder with a long name", O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
	}
	touch(at, "file");
	close(at);
	assert_int_equal(conf_tree_remove(folder, "deep", aside), 0);
	close(aside);
	expect_gone();
}

/* A removal was killed on its way: what it has left aside goes with the next one. */
static void what_was_left_aside_goes(void **state)
{
	int aside = openat(folder, "aside", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_int_equal(mkdirat(folder, "aside/removed-0", 0700), 0);
	touch(folder, "aside/removed-0/file");
	assert_int_equal(mkdirat(folder, "tree", 0700), 0);
	touch(folder, "tree/file");
	assert_int_equal(conf_tree_remove(folder, "tree", aside), 0);
	assert_int_equal(faccessat(aside, "removed-0", F_OK, 0), -1);
	close(aside);
	expect_gone();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_file_is_removed),
		cmocka_unit_test(a_folder_goes_with_all_in_it),
		cmocka_unit_test(a_deep_tree_is_removed),
		cmocka_unit_test(what_was_left_aside_goes),
	};

	return cmocka_run_group_tests(tests, world_make, world_remove);
}
