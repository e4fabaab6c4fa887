/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in a folder that others may write to: what stands in our way is not believed, not followed, not waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/file.h"
#include "conf/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STRANGER = 65534 };

struct folder {
	char path[64], file[80], other[80], temporary[80];
};

static int folder_make(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	strcpy(folder->path, "/tmp/file-test-XXXXXX");
	if (!mkdtemp(folder->path))
		return -1;
	snprintf(folder->file, sizeof(folder->file), "%s/file", folder->path);
	snprintf(folder->other, sizeof(folder->other), "%s/other", folder->path);
	snprintf(folder->temporary, sizeof(folder->temporary), "%s/file.new", folder->path);
	*state = folder;
	return 0;
}

static int folder_remove(void **state)
{
	struct folder *folder = *state;
	char command[96];

	snprintf(command, sizeof(command), "rm -r '%s'", folder->path);
	if (system(command) != 0)
		return -1;
	free(folder);
	return 0;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void expect_text(const char *path, const char *text)
{
	if (!conf_file_is(path, text, strlen(text)))
		fail_msg("%s: expected a file of our own with \"%s\"", path, text);
}

static void expect_refused(const struct folder *folder, const char *what, int error)
{
	int fd = conf_file_open(folder->file, O_RDONLY), got = errno;

	if (fd >= 0)
		fail_msg("%s: expected it refused, it was opened", what);
	if (got != error)
		fail_msg("%s: expected %s, got %s", what, strerror(error), strerror(got));
	assert_false(conf_file_is(folder->file, "text", 4));
}

static void write_file(const struct folder *folder, const char *text, const char *backup)
{
	struct conf_report report = {0};
	int result = conf_file_put(folder->file, text, strlen(text), 0640, backup, &report);

	if (result != 0)
		fail_msg("expected %s written, got: %s", folder->file, report.lines[0]);
}

static void test_a_file_is_put_and_kept(void **state)
{
	const struct folder *folder = *state;
	struct stat status;

	write_file(folder, "one", NULL);
	expect_text(folder->file, "one");
	assert_false(conf_file_is(folder->file, "on", 2));
	assert_false(conf_file_is(folder->file, "one more", 8));
	assert_int_equal(stat(folder->file, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	write_file(folder, "two", folder->other);
	expect_text(folder->file, "two");
	expect_text(folder->other, "one");
	assert_int_equal(access(folder->temporary, F_OK), -1);
}

static void test_what_is_no_file_of_ours_is_refused(void **state)
{
	const struct folder *folder = *state;

	expect_refused(folder, "nothing there", ENOENT);
	put(folder->other, "text");
	assert_int_equal(symlink(folder->other, folder->file), 0);
	expect_refused(folder, "a link", EPERM);
	unlink(folder->file);
	assert_int_equal(link(folder->other, folder->file), 0);
	expect_refused(folder, "a second name", EPERM);
	unlink(folder->file);
	assert_int_equal(mkfifo(folder->file, 0666), 0);
	expect_refused(folder, "a pipe", EPERM);
	unlink(folder->file);
	assert_int_equal(mkdir(folder->file, 0755), 0);
	expect_refused(folder, "a folder", EPERM);
}

static void test_a_strangers_file_is_refused(void **state)
{
	const struct folder *folder = *state;

	if (geteuid() != 0)
		skip(); /* nobody else can make one */
	put(folder->file, "text");
	assert_int_equal(chown(folder->file, STRANGER, STRANGER), 0);
	expect_refused(folder, "a stranger's file", EPERM);
	write_file(folder, "ours", NULL);
	expect_text(folder->file, "ours");
}

static void test_writing_replaces_links(void **state)
{
	const struct folder *folder = *state;

	put(folder->other, "untouched");
	assert_int_equal(symlink(folder->other, folder->file), 0);
	assert_int_equal(symlink(folder->other, folder->temporary), 0);
	write_file(folder, "ours", NULL);
	expect_text(folder->file, "ours");
	expect_text(folder->other, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_file_is_put_and_kept, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_what_is_no_file_of_ours_is_refused, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_a_strangers_file_is_refused, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(test_writing_replaces_links, folder_make, folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
