/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that an option or a setting names: what is no file, and a pipe, whose writer may come later or never. */
#include "conf/named.h"
#include "conf/report.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { TRIES = 10 };

static char folder[] = "/tmp/named-test-XXXXXX", path[64];

static int pipe_make(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/pipe", folder);
	return mkfifo(path, 0600);
}

static int pipe_remove(void **state)
{
	(void)state;
	return unlink(path) == 0 ? rmdir(folder) : -1;
}

static void expect_refused(const char *name, const char *wanted)
{
	const char *why = NULL;
	FILE *stream = conf_named_open(name, &why);

	if (stream)
		fail_msg("%s: expected \"%s\", but it was opened", name, wanted);
	assert_string_equal(why, wanted);
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	expect_refused("/nowhere/file", "No such file or directory");
	expect_refused("/", "it is a folder");
	expect_refused("/dev/zero", "it is a device");
	expect_refused("/dev/urandom", "it is a device");
	expect_refused(path, "nobody writes to this pipe");
}

static void nothing_is_empty(void **state)
{
	const char *why;
	FILE *stream = conf_named_open("/dev/null", &why);

	(void)state;
	assert_non_null(stream);
	assert_int_equal(getc(stream), EOF);
	fclose(stream);
}

/* Who waits before it opens the pipe, or before it writes. */
static pid_t writer_start(unsigned before, unsigned between)
{
	pid_t child = fork();

	if (child == 0) {
		int fd;

		usleep(before);
		fd = open(path, O_WRONLY);
		usleep(between);
		_exit(write(fd, "settings", 8) != 8);
	}
	return child;
}

/* On a busy machine the writer may come too late: then another one may not. */
static FILE *opened(unsigned before, unsigned between, pid_t *writer)
{
	const char *why;
	FILE *stream = NULL;

	for (unsigned i = 0; i < TRIES && !stream; i++) {
		*writer = writer_start(before, between);
		stream = conf_named_open(path, &why);
		if (!stream) {
			assert_string_equal(why, "nobody writes to this pipe");
			kill(*writer, SIGKILL);
			waitpid(*writer, NULL, 0);
		}
	}
	return stream;
}

static void expect_written(unsigned before, unsigned between)
{
	char text[16] = "";
	pid_t writer;
	FILE *stream = opened(before, between, &writer);
	int status;

	assert_non_null(stream);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, stream), 8);
	assert_string_equal(text, "settings");
	fclose(stream);
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
}

static void a_pipe_is_read_to_its_end(void **state)
{
	struct conf_report report = {0};

	(void)state;
	expect_written(0, 0);
	expect_written(0, 300000);
	expect_written(100000, 0);
	assert_true(conf_named_is_pipe(path, &report));
	assert_int_equal(report.count, 1);
	assert_false(conf_named_is_pipe("/dev/null", &report));
	conf_report_clear(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(nothing_is_empty),
		cmocka_unit_test(a_pipe_is_read_to_its_end),
	};

	return cmocka_run_group_tests_name("conf/named", tests, pipe_make, pipe_remove);
}
