/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The asking side of the control socket: a connection a question. The answer is read to its newline, up to a bound and until a deadline,
 * and is checked to be an object of the version we know. Root asks, and another user answers, who may have been taken over by a stranger:
 * what is in it can be printed as it is.
 */
#include "nat64/control/control.h"

#include "conf/json.h"
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET       "%s/" CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_NAT64D_SOCKET
#define TIMEOUT_MS   5000
#define WALK_MS      120000 /* all pages of a list of clients: millions of them */
#define QUESTION_MAX 1024
#define REPLY_MAX    (16u << 20) /* octets */

int nat64_control_address(const char *runtime_dir, struct sockaddr_un *address, struct conf_report *report)
{
	int length;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	length = snprintf(address->sun_path, sizeof(address->sun_path), SOCKET, runtime_dir);
	if (length >= 0 && (size_t)length < sizeof(address->sun_path))
		return 0;
	return conf_report_add(report, "the path " SOCKET " is too long for a socket; choose a shorter runtime-dir",
			       runtime_dir);
}

static void connect_explain(const char *path, int error, struct conf_report *report)
{
	if (error == ENOENT || error == ECONNREFUSED)
		conf_report_add(report, "nat64d does not run: no process listens on %s", path);
	else if (error == EACCES)
		conf_report_add(report,
				"no permission to ask nat64d on %s: run this as root, or as a member of its "
				"group",
				path);
	else
		conf_report_add(report, "cannot reach nat64d on %s: %s", path, strerror(error));
}

/* Connected, or -1 with a message. */
static int control_connect(const char *runtime_dir, uint64_t deadline, struct conf_report *report)
{
	struct sockaddr_un address;
	int connection;

	if (nat64_control_address(runtime_dir, &address, report))
		return -1;
	connection = conf_stream_connect_local(address.sun_path, deadline);
	if (connection < 0)
		connect_explain(address.sun_path, errno, report);
	return connection;
}

static int question_send(int connection, const json_t *question, uint64_t deadline, struct conf_report *report)
{
	char *text = json_dumps(question, JSON_COMPACT), line[QUESTION_MAX];
	int length = text ? snprintf(line, sizeof(line), "%s\n", text) : -1;

	free(text);
	if (length < 0 || (size_t)length >= sizeof(line))
		return conf_report_add(report, "the request to nat64d is too long");
	if (!conf_stream_send(connection, line, (size_t)length, deadline))
		return 0;
	return conf_report_add(report, "cannot ask nat64d: %s", strerror(errno));
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
static char *answer_receive(int connection, size_t *length, uint64_t deadline, struct conf_report *report)
{
	size_t room = 0;
	char *text = NULL;

	for (*length = 0; !*length || text[*length - 1] != '\n';) {
		ssize_t count;

		if (*length == room && !answer_grow(&text, &room)) {
			conf_report_add(report, "nat64d's answer is too long");
			break;
		}
		count = conf_stream_receive(connection, text + *length, room - *length, deadline);
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
	json_t *answer = conf_json_parse(text, length);
	const char *refusal = json_string_value(json_object_get(answer, "error"));

	if (!answer)
		conf_report_add(report, "nat64d's answer is not a JSON object");
	else if (conf_json_number(answer, "version") != NAT64_CONTROL_VERSION)
		conf_report_add(report, "nat64d uses another version of the control protocol; restart it after an "
					"upgrade");
	else if (refusal)
		refusal_add(answer, refusal, report);
	else
		return answer;
	json_decref(answer);
	return NULL;
}

/* The question is given away. */
static int ask_until(const char *runtime_dir, json_t *question, uint64_t deadline, json_t **reply, struct conf_report *report)
{
	int connection = question ? control_connect(runtime_dir, deadline, report) : -1;
	char *text = NULL;
	size_t length;

	*reply = NULL;
	if (connection >= 0 && !question_send(connection, question, deadline, report))
		text = answer_receive(connection, &length, deadline, report);
	if (text)
		*reply = answer_parse(text, length, report);
	free(text);
	json_decref(question);
	if (connection >= 0)
		close(connection);
	return *reply ? 0 : -1;
}

int nat64_control_ask_with(const char *runtime_dir, json_t *question, json_t **reply, struct conf_report *report)
{
	return ask_until(runtime_dir, question, conf_stream_deadline(TIMEOUT_MS), reply, report);
}

int nat64_control_ask(const char *runtime_dir, const char *command, json_t **reply, struct conf_report *report)
{
	return nat64_control_ask_with(runtime_dir, json_pack("{s:s}", "command", command), reply, report);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int nat64_control_walk_clients(const char *runtime_dir, nat64_control_client *visit, void *context,
			       struct conf_report *report)
{
	json_t *question = json_pack("{s:s}", "command", "clients"), *reply;
	uint64_t end = conf_stream_deadline(WALK_MS);

	while (question &&
	       ask_until(runtime_dir, question, least(conf_stream_deadline(TIMEOUT_MS), end), &reply, report) == 0) {
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
