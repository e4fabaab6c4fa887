/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A supervised child: its log line by line, its end, the growing delay, and the stop that insists. */
#include "relay/host/child.h"
#include "relay/host/clock.h"
#include "relay/host/loop.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static sd_event *loop;
static int saved_stdout;
static FILE *captured;

/* From here on stdout goes into a file. */
static void capture_begin(void)
{
	captured = tmpfile();
	assert_non_null(captured);
	fflush(stdout);
	saved_stdout = dup(STDOUT_FILENO);
	dup2(fileno(captured), STDOUT_FILENO);
}

/* What came; static. */
static const char *capture_end(void)
{
	static char text[4096];
	size_t length;

	fflush(stdout);
	dup2(saved_stdout, STDOUT_FILENO);
	close(saved_stdout);
	rewind(captured);
	length = fread(text, 1, sizeof(text) - 1, captured);
	text[length] = '\0';
	fclose(captured);
	return text;
}

static void end_await(const struct relay_child *child)
{
	while (child->pid != 0)
		assert_true(relay_loop_wait(loop, UINT64_MAX));
}

/* Start a shell and wait for its end. */
static void shell_run(struct relay_child *child, const char *script)
{
	const char *argv[] = {"/bin/sh", "-c", script, NULL};

	child->argv = argv;
	assert_int_equal(relay_child_start(loop, child), 0);
	end_await(child);
}

static void test_lines_carry_the_name_once(void **state)
{
	struct relay_child child;
	const char *text;

	(void)state;
	relay_child_init(&child, "nat64d", NULL, "WHO=world");
	capture_begin();
	shell_run(&child, "printf 'one\\ntwo %s\\nnat64d: three\\n' $WHO; echo four >&2; exit 3");
	text = capture_end();
	assert_string_equal(
		text, "nat64d: one\nnat64d: two world\nnat64d: three\nnat64d: four\nnat64d: ended with exit code 3\n");
	assert_int_equal(child.log, -1);
}

static void test_an_overlong_line_comes_in_pieces(void **state)
{
	struct relay_child child;
	const char *text;

	(void)state;
	relay_child_init(&child, "x", NULL, "A=B");
	capture_begin();
	shell_run(&child, "printf '%03000d\\n' 7");
	text = capture_end();
	assert_int_equal(strspn(text + 3, "0"), sizeof(child.line));
	assert_non_null(strstr(text, "7\nx: ended"));
}

/* When it is due, in ms. */
static uint64_t due_of(const struct relay_child *child)
{
	uint64_t time;

	assert_true(sd_event_source_get_time(child->timer, &time) >= 0);
	return time / 1000;
}

static void test_the_delay_doubles(void **state)
{
	const char *argv[] = {"/bin/false", NULL};
	static const unsigned expected[] = {250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
	struct relay_child child;
	uint64_t before;

	(void)state;
	relay_child_init(&child, "x", NULL, "A=B");
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		before = relay_clock_ms();
		capture_begin();
		shell_run(&child, "exit 1");
		capture_end();
		assert_in_range(due_of(&child), before + expected[i], relay_clock_ms() + expected[i]);
		assert_int_equal(child.restarts, i + 1);
	}
	before = relay_clock_ms();
	child.argv = argv;
	capture_begin();
	assert_int_equal(relay_child_start(loop, &child), 0);
	child.started -= 11000; /* as if it had run well for a while */
	end_await(&child);
	capture_end();
	assert_in_range(due_of(&child), before + 250, relay_clock_ms() + 250);
}

static void test_a_program_that_is_not_there(void **state)
{
	const char *argv[] = {"/nonexistent/program", NULL};
	struct relay_child child;
	const char *text;

	(void)state;
	relay_child_init(&child, "x", argv, "A=B");
	capture_begin();
	assert_int_equal(relay_child_start(loop, &child), 0);
	end_await(&child);
	text = capture_end();
	assert_non_null(strstr(text, "x: cannot start /nonexistent/program: No such file"));
	assert_non_null(strstr(text, "exit code 127"));
}

static void test_stop_ends_all(void **state)
{
	const char *argv[] = {"/bin/sleep", "100", NULL};
	struct relay_child children[2];
	pid_t pids[2];
	const char *text;
	uint64_t begun;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		relay_child_init(&children[i], "x", argv, "A=B");
		assert_int_equal(relay_child_start(loop, &children[i]), 0);
		pids[i] = children[i].pid;
	}
	capture_begin();
	begun = relay_clock_ms();
	relay_children_stop(loop, children, 2);
	text = capture_end();
	assert_string_equal(text, "");                /* an end that is wanted is not told */
	assert_true(relay_clock_ms() - begun < 5000); /* SIGTERM is enough: SIGKILL comes later */
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(children[i].pid, 0);
		assert_int_equal(kill(pids[i], 0), -1);
		assert_int_equal(errno, ESRCH);
	}
}

/* One that heeds no SIGTERM, and whose child keeps the log open. */
static void test_stop_insists(void **state)
{
	const char *argv[] = {"/bin/sh", "-c", "trap '' TERM; sleep 100 & echo ready; wait; wait", NULL};
	struct relay_child child;
	const char *text;
	pid_t pid;

	(void)state;
	relay_child_init(&child, "x", argv, "A=B");
	capture_begin();
	assert_int_equal(relay_child_start(loop, &child), 0);
	pid = child.pid;
	assert_true(relay_loop_wait(loop, UINT64_MAX));
	relay_children_stop(loop, &child, 1);
	text = capture_end();
	assert_string_equal(text, "x: ready\n");
	assert_int_equal(child.pid, 0);
	assert_int_equal(child.log, -1);
	kill(-pid, SIGKILL); /* its process group */
}

static int loop_begin(void **state)
{
	(void)state;
	loop = relay_loop_new();
	return loop ? 0 : -1;
}

static int loop_end(void **state)
{
	(void)state;
	loop = sd_event_unref(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_carry_the_name_once),
		cmocka_unit_test(test_an_overlong_line_comes_in_pieces),
		cmocka_unit_test(test_the_delay_doubles),
		cmocka_unit_test(test_a_program_that_is_not_there),
		cmocka_unit_test(test_stop_ends_all),
		cmocka_unit_test(test_stop_insists),
	};

	return cmocka_run_group_tests(tests, loop_begin, loop_end);
}
