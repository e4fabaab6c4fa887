/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going to the background: what the caller is told, and the file of the process id. */
#include "nat64/daemon/background.h"

#include "conf/report.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/background-test.XXXXXX";

/* The path of a file in the folder; good until the next call. */
static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* How the caller of a daemon ends that is ready, or that ends with a status before. */
static int caller_status(int ready, int status)
{
	pid_t caller = fork();
	int result;

	if (caller == 0) {
		struct background background = {.ready = -1};
		struct conf_report report = {0};

		if (nat64d_background_begin(&background, &report))
			_exit(99);
		if (ready)
			nat64d_background_end(&background);
		_exit(status);
	}
	assert_int_equal(waitpid(caller, &result, 0), caller);
	return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

static void the_caller_is_told(void **state)
{
	(void)state;
	assert_int_equal(caller_status(1, 7), 0);
	assert_int_equal(caller_status(0, 7), 7);
	assert_int_equal(caller_status(0, 0), 0);
}

/* Open, write, and compare with what is there then; NULL: it is refused with these words. */
static void pidfile_is(const char *path, const char *base, const char *whole, const char *refusal)
{
	struct conf_report report = {0};
	char text[32] = "", expected[32];
	int file = nat64d_pidfile_open(path, base, &report);

	if (refusal) {
		assert_int_equal(file, -1);
		assert_non_null(strstr(report.lines[0], refusal));
		conf_report_clear(&report);
		return;
	}
	assert_true(file >= 0);
	assert_int_equal(nat64d_pidfile_write(file, path, &report), 0);
	close(file);
	file = open(whole, O_RDONLY | O_CLOEXEC);
	assert_true(read(file, text, sizeof(text) - 1) > 0);
	close(file);
	snprintf(expected, sizeof(expected), "%d\n", (int)getpid());
	assert_string_equal(text, expected);
}

static void the_file_holds_the_process(void **state)
{
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s", path_of("new.pid"));
	pidfile_is(path, NULL, path, NULL);
	pidfile_is(path, NULL, path, NULL); /* what was there is gone */
	pidfile_is("new.pid", folder, path, NULL);
	pidfile_is(path_of("no/where.pid"), NULL, NULL, "cannot open");
}

static void links_and_pipes_are_refused(void **state)
{
	char target[256];

	(void)state;
	snprintf(target, sizeof(target), "%s", path_of("target"));
	close(open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(symlink(target, path_of("soft")), 0);
	assert_int_equal(link(target, path_of("hard")), 0);
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	pidfile_is(path_of("soft"), NULL, NULL, "cannot open");
	pidfile_is("hard", folder, NULL, "cannot open");
	pidfile_is(path_of("pipe"), NULL, NULL, "cannot open");
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	static const char *const names[] = {"new.pid", "target", "soft", "hard", "pipe"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_caller_is_told),
		cmocka_unit_test(the_file_holds_the_process),
		cmocka_unit_test(links_and_pipes_are_refused),
	};

	return cmocka_run_group_tests_name("background", tests, folder_make, folder_remove);
}
