/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket: the real server in a thread, the real client, and peers that behave badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/stream.h"
#include "nat64/control/control.h"
#include "nat64/daemon/privileges.h"
#include "nat64/daemon/server.h"

#include <errno.h>
#include <fcntl.h>
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
		return json_pack("{s:i, s:b, s:O}", "version", NAT64_CONTROL_VERSION, "trusted", trusted, "question",
				 question);
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
		{.fd = fixture->stop, .events = POLLIN},
		{.fd = nat64d_server_descriptor(fixture->server), .events = POLLIN},
	};

	while (poll(wait, 2, -1) > 0 && !wait[0].revents)
		nat64d_server_run(fixture->server);
	return NULL;
}

/* The folder of the sockets, as nat64d makes it. */
static int sockets_make(const char *path)
{
	int runtime = open(path, O_RDONLY | O_DIRECTORY), sockets = conf_runtime_sockets_open(runtime, getgid());

	close(runtime);
	return sockets < 0 ? -1 : close(sockets);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const struct nat64d_privileges privileges = {.user = getuid(), .group = getgid(), .starter = getuid()};

	strcpy(fixture->path, "/tmp/control-test-XXXXXX");
	if (!mkdtemp(fixture->path) || sockets_make(fixture->path))
		return -1;
	fixture->stop = eventfd(0, 0);
	fixture->server = nat64d_server_open(fixture->path, &privileges, answer, NULL, &fixture->report);
	*state = fixture;
	return fixture->server ? pthread_create(&fixture->thread, NULL, serve, fixture) : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	char sockets[80];

	eventfd_write(fixture->stop, 1);
	pthread_join(fixture->thread, NULL);
	nat64d_server_close(fixture->server);
	close(fixture->stop);
	conf_report_clear(&fixture->report);
	snprintf(sockets, sizeof(sockets), "%s/" CONF_RUNTIME_SOCKETS, fixture->path);
	if (rmdir(sockets) || rmdir(fixture->path))
		return -1; /* the socket was not removed */
	free(fixture);
	return 0;
}

static int peer_connect(struct fixture *fixture)
{
	struct sockaddr_un address;
	const struct timeval timeout = {.tv_sec = 5};
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

	assert_int_equal(nat64_control_ask_with(fixture->path,
						json_pack("{s:s, s:s}", "command", "whoami", "from", "10.0.0.1"),
						&reply, &fixture->report),
			 0);
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
		"\n",
		"{}\n",
		"[]\n",
		"null\n",
		"{\"command\":7}\n",
		"{\"command\":\"a\",\"command\":\"b\"}\n",
		"\x01\xff\n",
		"{\"command\":\"counters\"\n",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
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

/* --- in the place of nat64d: its user has been taken over --- */

struct impostor {
	char path[64], socket[108];
	int listener;
	const char *says;
	bool for_ever;
	pthread_t thread;
};

/* Say it in one segment, or again and again, a byte at a time. */
static void *impostor_run(void *context)
{
	struct impostor *impostor = context;
	int peer = accept(impostor->listener, NULL, NULL);
	char question[1024];
	size_t length = strlen(impostor->says);

	if (recv(peer, question, sizeof(question), 0) > 0 && !impostor->for_ever)
		(void)!send(peer, impostor->says, length, MSG_NOSIGNAL);
	for (size_t i = 0; impostor->for_ever && send(peer, impostor->says + i % length, 1, MSG_NOSIGNAL) == 1; i++)
		usleep(100000);
	close(peer);
	return NULL;
}

static void impostor_start(struct impostor *impostor, const char *says, bool for_ever)
{
	struct sockaddr_un address;
	struct conf_report report = {0};

	*impostor = (struct impostor){.path = "/tmp/control-test-XXXXXX", .says = says, .for_ever = for_ever};
	assert_non_null(mkdtemp(impostor->path));
	assert_int_equal(sockets_make(impostor->path), 0);
	assert_int_equal(nat64_control_address(impostor->path, &address, &report), 0);
	memcpy(impostor->socket, address.sun_path, sizeof(impostor->socket));
	impostor->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(impostor->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(impostor->listener, 1), 0);
	assert_int_equal(pthread_create(&impostor->thread, NULL, impostor_run, impostor), 0);
}

static void impostor_end(struct impostor *impostor)
{
	char path[108];

	pthread_join(impostor->thread, NULL);
	close(impostor->listener);
	unlink(impostor->socket);
	snprintf(path, sizeof(path), "%s/" CONF_RUNTIME_SOCKETS, impostor->path);
	rmdir(path);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", impostor->path,
			 i ? CONF_RUNTIME_NAT64D_SOCKET : CONF_RUNTIME_UNBOUND_SOCKET);
		unlink(path);
	}
	assert_int_equal(rmdir(impostor->path), 0);
}

/* Escape sequences: as JSON writes them, of C1, in a refusal; and a name that has one. */
static void nothing_steers_a_terminal(void **state)
{
	struct impostor impostor;
	struct conf_report report = {0};
	json_t *reply;

	(void)state;
	impostor_start(&impostor, "{\"version\":1,\"device\":\"a\\u001b]0;b\\u0007\\u009bc\\nd\\u202e\\u00e9\"}\n", false);
	assert_int_equal(nat64_control_ask(impostor.path, "info", &reply, &report), 0);
	assert_string_equal(json_string_value(json_object_get(reply, "device")), "a?]0;b???c?d???\xc3\xa9");
	json_decref(reply);
	impostor_end(&impostor);
	impostor_start(&impostor, "{\"version\":1,\"error\":\"no\\u001b[2J\",\"messages\":[\"\\u001bc\"]}\n", false);
	assert_int_equal(nat64_control_ask(impostor.path, "info", &reply, &report), -1);
	assert_string_equal(report.lines[0], "nat64d: no?[2J");
	assert_string_equal(report.lines[1], "?c");
	conf_report_clear(&report);
	impostor_end(&impostor);
	impostor_start(&impostor, "{\"version\":1,\"counters\":{\"drops\":{\"\\u001b[2J\":1}}}\n", false);
	assert_int_equal(nat64_control_ask(impostor.path, "counters", &reply, &report), -1);
	assert_string_equal(report.lines[0], "nat64d's answer is not a JSON object");
	conf_report_clear(&report);
	impostor_end(&impostor);
	impostor_start(&impostor, "\x1b[2J{\n", false);
	assert_int_equal(nat64_control_ask(impostor.path, "counters", &reply, &report), -1);
	assert_string_equal(report.lines[0], "nat64d's answer is not a JSON object");
	conf_report_clear(&report);
	impostor_end(&impostor);
}

/* A byte at a time is not an answer: this ends. */
static void slow_bytes_are_not_waited_for(void **state)
{
	struct impostor impostor;
	struct conf_report report = {0};
	json_t *reply;

	(void)state;
	impostor_start(&impostor, " ", true);
	assert_int_equal(nat64_control_ask(impostor.path, "info", &reply, &report), -1);
	assert_string_equal(report.lines[0], "nat64d did not answer: Connection timed out");
	conf_report_clear(&report);
	impostor_end(&impostor);
}

/* Root does not speak to a socket that the daemons' user leads it to. */
static void a_link_is_no_socket(void **state)
{
	struct fixture *fixture = *state;
	struct conf_report report = {0};
	char target[96], path[108];
	json_t *reply;

	snprintf(target, sizeof(target), "%s/" CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_NAT64D_SOCKET, fixture->path);
	snprintf(path, sizeof(path), "%s/" CONF_RUNTIME_SOCKETS "/other", fixture->path);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(conf_stream_connect_local(path, conf_stream_deadline(5000)), -1);
	assert_int_equal(errno, ENOTSOCK);
	unlink(path);
	assert_int_equal(nat64_control_ask(fixture->path, "counters", &reply, &report), 0);
	json_decref(reply);
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
		cmocka_unit_test(nothing_steers_a_terminal),
		cmocka_unit_test(slow_bytes_are_not_waited_for),
		cmocka_unit_test_setup_teardown(a_link_is_no_socket, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
