/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The asking side of the control socket: a connection a question. The answer is read to its newline, up to a bound, and is
 * checked to be an object of the version we know.
 */
#include "nat64/control.h"

#include "conf/report.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT_SECONDS 5
#define QUESTION_MAX 1024
#define REPLY_MAX (16u << 20) /* octets */

int nat64_control_address(const char *runtime_dir, struct sockaddr_un *address, struct conf_report *report)
{
	int length;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	length = snprintf(address->sun_path, sizeof(address->sun_path), "%s/" NAT64_CONTROL_NAME, runtime_dir);
	if (length >= 0 && (size_t)length < sizeof(address->sun_path))
		return 0;
	conf_report_add(report, "the path %s/" NAT64_CONTROL_NAME " is too long for a socket; choose a shorter runtime-dir",
			runtime_dir);
	return -1;
}

static void connect_explain(const char *path, int error, struct conf_report *report)
{
	if (error == ENOENT || error == ECONNREFUSED)
		conf_report_add(report, "nat64d does not run: nobody listens on %s", path);
	else if (error == EACCES)
		conf_report_add(report, "may not ask nat64d on %s: be root, or a member of its group", path);
	else
		conf_report_add(report, "cannot reach nat64d on %s: %s", path, strerror(error));
}

/* A connected socket with timeouts, or -1 with a message. */
static int control_connect(const char *runtime_dir, struct conf_report *report)
{
	const struct timeval timeout = { .tv_sec = TIMEOUT_SECONDS };
	struct sockaddr_un address;
	int connection;

	if (nat64_control_address(runtime_dir, &address, report))
		return -1;
	connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection < 0) {
		conf_report_add(report, "cannot open a socket: %s", strerror(errno));
		return -1;
	}
	setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (!connect(connection, (struct sockaddr *)&address, sizeof(address)))
		return connection;
	connect_explain(address.sun_path, errno, report);
	close(connection);
	return -1;
}

static int question_send(int connection, const json_t *question, struct conf_report *report)
{
	char *text = json_dumps(question, JSON_COMPACT), line[QUESTION_MAX];
	int length = text ? snprintf(line, sizeof(line), "%s\n", text) : -1;

	free(text);
	if (length < 0 || (size_t)length >= sizeof(line)) {
		conf_report_add(report, "the question to nat64d is too long");
		return -1;
	}
	if (send(connection, line, (size_t)length, MSG_NOSIGNAL) == length)
		return 0;
	conf_report_add(report, "cannot ask nat64d: %s", strerror(errno));
	return -1;
}

/* Make room for more of the answer. False: too long, or out of memory. */
static bool answer_grow(char **text, size_t *room)
{
	size_t wanted = *room ? *room * 2 : 4096;
	char *larger = wanted > REPLY_MAX ? NULL : realloc(*text, wanted);

	if (!larger)
		return false;
	*text = larger;
	*room = wanted;
	return true;
}

/* Read up to the newline. The text, of *length octets; NULL with a message. */
static char *answer_receive(int connection, size_t *length, struct conf_report *report)
{
	size_t room = 0;
	char *text = NULL;

	for (*length = 0; !*length || text[*length - 1] != '\n';) {
		ssize_t count;

		if (*length == room && !answer_grow(&text, &room)) {
			conf_report_add(report, "nat64d's answer is too long");
			break;
		}
		count = recv(connection, text + *length, room - *length, 0);
		if (count > 0) {
			*length += (size_t)count;
			continue;
		}
		conf_report_add(report, "nat64d did not answer: %s", count ? strerror(errno) : "it closed the connection");
		break;
	}
	if (*length && text[*length - 1] == '\n')
		return text;
	free(text);
	return NULL;
}

/* What nat64d says about why not: one line, and more of them where it read settings. */
static void refusal_add(const json_t *answer, const char *refusal, struct conf_report *report)
{
	const json_t *message;
	size_t i;

	conf_report_add(report, "nat64d: %s", refusal);
	json_array_foreach(json_object_get(answer, "messages"), i, message)
		if (json_is_string(message))
			conf_report_add(report, "%s", json_string_value(message));
}

/* The answer as an object of our version that is no error; NULL with a message. */
static json_t *answer_parse(const char *text, size_t length, struct conf_report *report)
{
	json_error_t error;
	json_t *answer = json_loadb(text, length, 0, &error);
	const char *refusal = json_string_value(json_object_get(answer, "error"));

	if (!json_is_object(answer))
		conf_report_add(report, "nat64d's answer is no JSON object: %s", answer ? "another value" : error.text);
	else if (json_integer_value(json_object_get(answer, "version")) != NAT64_CONTROL_VERSION)
		conf_report_add(report, "nat64d speaks another version of the control protocol; restart it after an upgrade");
	else if (refusal)
		refusal_add(answer, refusal, report);
	else
		return answer;
	json_decref(answer);
	return NULL;
}

int nat64_control_ask_with(const char *runtime_dir, json_t *question, json_t **reply, struct conf_report *report)
{
	int connection = question ? control_connect(runtime_dir, report) : -1;
	char *text = NULL;
	size_t length;

	*reply = NULL;
	if (connection >= 0 && !question_send(connection, question, report))
		text = answer_receive(connection, &length, report);
	if (text)
		*reply = answer_parse(text, length, report);
	free(text);
	json_decref(question);
	if (connection >= 0)
		close(connection);
	return *reply ? 0 : -1;
}

int nat64_control_ask(const char *runtime_dir, const char *command, json_t **reply, struct conf_report *report)
{
	return nat64_control_ask_with(runtime_dir, json_pack("{s:s}", "command", command), reply, report);
}

int nat64_control_walk_clients(const char *runtime_dir, nat64_control_client *visit, void *context,
			       struct conf_report *report)
{
	json_t *question = json_pack("{s:s}", "command", "clients"), *reply;

	while (question && nat64_control_ask_with(runtime_dir, question, &reply, report) == 0) {
		const json_t *next = json_object_get(reply, "next"), *client;
		bool more = json_is_string(next);
		size_t i;

		json_array_foreach(json_object_get(reply, "clients"), i, client)
			visit(context, client);
		question = more ? json_pack("{s:s, s:s}", "command", "clients", "from", json_string_value(next)) : NULL;
		json_decref(reply);
		if (!more)
			return 0;
	}
	return -1;
}
