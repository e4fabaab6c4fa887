/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket: the real server in a thread, the real client, and peers that behave badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/report.h"
#include "nat64/control.h"
#include "nat64/rights.h"
#include "nat64/server.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE 300000 /* entries: far more than a socket's buffer takes */

struct fixture {
	char path[64];
	int stop;
	pthread_t thread;
	struct server *server;
	struct conf_report report;
};

static json_t *answer(void *context, const char *command, const json_t *question, bool trusted)
{
	json_t *numbers;

	(void)context;
	if (!strcmp(command, "whoami"))
		return json_pack("{s:i, s:b, s:O}", "version", NAT64_CONTROL_VERSION, "trusted", trusted, "question", question);
	if (!strcmp(command, "counters"))
		return json_pack("{s:i, s:i}", "version", NAT64_CONTROL_VERSION, "leases", 42);
	if (!strcmp(command, "future"))
		return json_pack("{s:i}", "version", NAT64_CONTROL_VERSION + 1);
	if (strcmp(command, "large"))
		return NULL;
	numbers = json_array();
	for (int i = 0; i < LARGE; i++)
		json_array_append_new(numbers, json_integer(i));
	return json_pack("{s:i, s:o}", "version", NAT64_CONTROL_VERSION, "numbers", numbers);
}

static void *serve(void *context)
{
	struct fixture *fixture = context;
	struct pollfd wait[] = {
		{ .fd = fixture->stop, .events = POLLIN },
		{ .fd = server_descriptor(fixture->server), .events = POLLIN },
	};

	while (poll(wait, 2, -1) > 0 && !wait[0].revents)
		server_run(fixture->server);
	return NULL;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const struct rights rights = { .user = getuid(), .group = getgid(), .starter = getuid() };

	strcpy(fixture->path, "/tmp/control-test-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	fixture->stop = eventfd(0, 0);
	fixture->server = server_open(fixture->path, &rights, answer, NULL, &fixture->report);
	*state = fixture;
	return fixture->server ? pthread_create(&fixture->thread, NULL, serve, fixture) : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	eventfd_write(fixture->stop, 1);
	pthread_join(fixture->thread, NULL);
	server_close(fixture->server);
	close(fixture->stop);
	conf_report_clear(&fixture->report);
	if (rmdir(fixture->path))
		return -1; /* the socket was not removed */
	free(fixture);
	return 0;
}

static int peer_connect(struct fixture *fixture)
{
	struct sockaddr_un address;
	const struct timeval timeout = { .tv_sec = 5 };
	int peer = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(nat64_control_address(fixture->path, &address, &fixture->report), 0);
	setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof(address)), 0);
	return peer;
}

/* Send text, and read one line or to the end. */
static const char *peer_ask(int peer, const char *text)
{
	static char line[4096];
	size_t length = 0;
	ssize_t count;

	assert_int_equal(send(peer, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	while (length < sizeof(line) - 1 && (count = recv(peer, line + length, 1, 0)) == 1)
		if (line[length++] == '\n')
			break;
	line[length] = '\0';
	return line;
}

static void assert_reported(struct fixture *fixture, const char *part)
{
	const char *got = fixture->report.count ? fixture->report.lines[0] : "nothing";

	if (!strstr(got, part))
		fail_msg("expected a message with \"%s\", got: %s", part, got);
}

static void answers(void **state)
{
	struct fixture *fixture = *state;
	json_t *reply;

	assert_int_equal(nat64_control_ask(fixture->path, "counters", &reply, &fixture->report), 0);
	assert_int_equal(json_integer_value(json_object_get(reply, "leases")), 42);
	json_decref(reply);
}

/* The question comes whole, and from root, or who has opened the server. */
static void hands_on_the_question(void **state)
{
	struct fixture *fixture = *state;
	json_t *reply;

	assert_int_equal(nat64_control_ask_with(fixture->path, json_pack("{s:s, s:s}", "command", "whoami", "from", "10.0.0.1"), &reply,
						&fixture->report), 0);
	assert_true(json_is_true(json_object_get(reply, "trusted")));
	assert_string_equal(json_string_value(json_object_get(json_object_get(reply, "question"), "from")), "10.0.0.1");
	json_decref(reply);
}

static void sends_a_long_answer(void **state)
{
	struct fixture *fixture = *state;
	json_t *reply;

	assert_int_equal(nat64_control_ask(fixture->path, "large", &reply, &fixture->report), 0);
	assert_int_equal(json_array_size(json_object_get(reply, "numbers")), LARGE);
	json_decref(reply);
}

static void refuses_an_unknown_command(void **state)
{
	struct fixture *fixture = *state;
	json_t *reply;

	assert_int_equal(nat64_control_ask(fixture->path, "dance", &reply, &fixture->report), -1);
	assert_null(reply);
	assert_reported(fixture, "there is no such command");
}

static void refuses_another_version(void **state)
{
	struct fixture *fixture = *state;
	json_t *reply;

	assert_int_equal(nat64_control_ask(fixture->path, "future", &reply, &fixture->report), -1);
	assert_reported(fixture, "another version");
}

static void says_that_nobody_listens(void **state)
{
	struct fixture *fixture = *state;
	json_t *reply;

	assert_int_equal(nat64_control_ask("/tmp/there-is-no-such-folder", "info", &reply, &fixture->report), -1);
	assert_reported(fixture, "does not run");
}

static void says_that_a_path_is_long(void **state)
{
	struct fixture *fixture = *state;
	char path[200];
	json_t *reply;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(nat64_control_ask(path, "info", &reply, &fixture->report), -1);
	assert_reported(fixture, "too long");
}

static void keeps_others_out(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address;
	struct stat found;

	assert_int_equal(nat64_control_address(fixture->path, &address, &fixture->report), 0);
	assert_int_equal(stat(address.sun_path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0660);
}

/* Anything but a question is answered with a refusal, and the connection goes on. */
static void survives_nonsense(void **state)
{
	static const char *const nonsense[] = {
		"\n", "{}\n", "[]\n", "null\n", "{\"command\":7}\n", "{\"command\":\"a\",\"command\":\"b\"}\n", "\x01\xff\n",
		"{\"command\":\"counters\"\n", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
	};
	struct fixture *fixture = *state;
	int peer = peer_connect(fixture);

	for (size_t i = 0; i < sizeof(nonsense) / sizeof(*nonsense); i++) {
		const char *line = peer_ask(peer, nonsense[i]);

		if (!strstr(line, "\"error\":"))
			fail_msg("%s: expected a refusal, got: %s", nonsense[i], line);
	}
	assert_non_null(strstr(peer_ask(peer, "{\"command\":\"counters\"}\n"), "\"leases\":42"));
	close(peer);
}

/* A line without an end is cut off; others are served meanwhile. */
static void bounds_a_line(void **state)
{
	struct fixture *fixture = *state;
	char text[2000];
	int peer = peer_connect(fixture);

	memset(text, ' ', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(peer_ask(peer, text), "");
	close(peer);
	answers(state);
}

static void answers_questions_in_a_row(void **state)
{
	struct fixture *fixture = *state;
	int peer = peer_connect(fixture);

	assert_non_null(strstr(peer_ask(peer, "{\"command\":\"counters\"}\n{\"command\":\"x\"}\n"), "42"));
	assert_non_null(strstr(peer_ask(peer, ""), "error"));
	close(peer);
}

/* Idle connections do not keep others out: the oldest gives way. */
static void bounds_connections(void **state)
{
	struct fixture *fixture = *state;
	int peers[40];

	for (size_t i = 0; i < 40; i++)
		peers[i] = peer_connect(fixture);
	answers(state);
	assert_non_null(strstr(peer_ask(peers[39], "{\"command\":\"counters\"}\n"), "42"));
	for (size_t i = 0; i < 40; i++)
		close(peers[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers, setup, teardown),
		cmocka_unit_test_setup_teardown(hands_on_the_question, setup, teardown),
		cmocka_unit_test_setup_teardown(sends_a_long_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_an_unknown_command, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_another_version, setup, teardown),
		cmocka_unit_test_setup_teardown(says_that_nobody_listens, setup, teardown),
		cmocka_unit_test_setup_teardown(says_that_a_path_is_long, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_others_out, setup, teardown),
		cmocka_unit_test_setup_teardown(survives_nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_questions_in_a_row, setup, teardown),
		cmocka_unit_test_setup_teardown(bounds_connections, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
