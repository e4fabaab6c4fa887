/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP as far as tailscaled's LocalAPI needs it: one request a connection, the body's length in Content-Length, the connection closed after the
 * answer. As the real one it answers 403 to any Host but its own, and edits the preferences that a PATCH names in a NAMESet member.
 */
#include "tests/unit/tailscale/tailscaled.h"

#include "conf/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define REQUEST_LIMIT 8192

static void expect(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "recorded tailscaled: %s\n", what);
	abort();
}

char *recording_read(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/unit/data/tailscale/%s", getenv("srcdir") ? getenv("srcdir") : ".", name);
	FILE *file = fopen(path, "r");
	expect(file != NULL, path);
	char *text = calloc(1, 65536);
	expect(text && fread(text, 1, 65535, file) > 0, path);
	fclose(file);
	return text;
}

static void reply(int client, int status, const char *body)
{
	char head[160];
	int length = snprintf(head, sizeof(head),
			      "HTTP/1.1 %d Recorded\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
			      strlen(body));

	(void)!write(client, head, (size_t)length);
	(void)!write(client, body, strlen(body));
}

static void reply_json(int client, const json_t *object)
{
	char *text = json_dumps(object, JSON_INDENT(1));

	reply(client, 200, text);
	free(text);
}

static void reply_recording(int client, int status, const char *name)
{
	char *text = recording_read(name);

	reply(client, status, text);
	free(text);
}

/* As the bus: chunks without an end, and the connection stays open until the other side has enough. */
static void reply_stream(struct tailscaled *server, int client)
{
	char *text = recording_read(server->bus),
	     head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
	char chunk[32], rest;
	size_t length = strlen(text);

	(void)!write(client, head, strlen(head));
	for (size_t at = 0; at < length; at += 1000) {
		size_t part = length - at < 1000 ? length - at : 1000;

		snprintf(chunk, sizeof(chunk), "%zx\r\n", part);
		(void)!send(client, chunk, strlen(chunk), MSG_NOSIGNAL);
		(void)!send(client, text + at, part, MSG_NOSIGNAL);
		(void)!send(client, "\r\n", 2, MSG_NOSIGNAL);
	}
	(void)!read(client, &rest, 1); /* its end */
	free(text);
}

static void prefs_patch(struct tailscaled *server, int client, const char *body)
{
	json_t *patch = json_loads(body, 0, NULL);
	json_t *routes = json_object_get(patch, "AdvertiseRoutes");

	server->patches++;
	if (server->refusal) {
		reply_recording(client, server->refusal_status, server->refusal);
	} else if (!json_is_array(routes) || !json_is_true(json_object_get(patch, "AdvertiseRoutesSet"))) {
		reply(client, 400, "{\"Error\":\"nothing to set\"}");
	} else {
		if (server->intrusions > 0)
			server->intrusions--;
		else
			json_object_set(server->prefs, "AdvertiseRoutes", routes);
		reply_json(client, server->prefs);
	}
	json_decref(patch);
}

static void serve(struct tailscaled *server, int client, const char *request)
{
	const char *end = strstr(request, "\r\n\r\n");

	server->requests++;
	if (server->raw)
		(void)!send(client, server->raw, server->raw_length, MSG_NOSIGNAL);
	else if (!strstr(request, "\r\nHost: local-tailscaled.sock\r\n"))
		reply(client, 403, "invalid localapi request\n");
	else if (strncmp(request, "GET /localapi/v0/status?peers=false ", 36) == 0 && server->status)
		reply_recording(client, 200, server->status);
	else if (strncmp(request, "GET /localapi/v0/watch-ipn-bus?mask=152 ", 40) == 0 && server->bus)
		reply_stream(server, client);
	else if (strncmp(request, "GET /localapi/v0/prefs ", 23) == 0 && server->prefs)
		reply_json(client, server->prefs);
	else if (strncmp(request, "PATCH /localapi/v0/prefs ", 25) == 0 && server->prefs)
		prefs_patch(server, client, end + 4);
	else
		reply(client, 404, "404 page not found\n");
}

/* Read head and body; true when they are whole. */
static int request_read(int client, char *request)
{
	size_t length = 0;

	while (length < REQUEST_LIMIT - 1) {
		ssize_t got = read(client, request + length, REQUEST_LIMIT - 1 - length);
		if (got <= 0)
			return 0;
		length += (size_t)got;
		request[length] = '\0';
		const char *end = strstr(request, "\r\n\r\n");
		const char *size = strstr(request, "\r\nContent-Length: ");
		if (end && strlen(end + 4) >= (size ? strtoul(size + 18, NULL, 10) : 0))
			return 1;
	}
	return 0;
}

static void *run(void *context)
{
	struct tailscaled *server = context;
	char request[REQUEST_LIMIT];
	int client;

	while ((client = accept(server->listener, NULL, NULL)) >= 0) {
		if (request_read(client, request))
			serve(server, client, request);
		close(client);
	}
	return NULL;
}

struct tailscaled *tailscaled_start(const char *status, const char *prefs)
{
	struct tailscaled *server = calloc(1, sizeof(*server));
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	expect(server != NULL, "out of memory");
	server->status = status;
	if (prefs) {
		char *text = recording_read(prefs);
		server->prefs = json_loads(text, 0, NULL);
		free(text);
		expect(server->prefs != NULL, prefs);
	}
	snprintf(server->path, sizeof(server->path), "/tmp/nat64-tailscaled-%d.sock", getpid());
	strcpy(address.sun_path, server->path);
	unlink(server->path);
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect(bind(server->listener, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	expect(listen(server->listener, 8) == 0, "listen");
	expect(pthread_create(&server->thread, NULL, run, server) == 0, "pthread_create");
	return server;
}

void tailscaled_stop(struct tailscaled *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
	unlink(server->path);
	json_decref(server->prefs);
	free(server);
}

struct conf_prefix prefix(const char *text)
{
	struct conf_prefix prefix;

	assert_int_equal(conf_prefix_parse(text, &prefix), 0);
	return prefix;
}

void assert_reported(struct conf_report *report, const char *part)
{
	assert_int_equal(report->count, 1);
	if (!strstr(report->lines[0], part))
		fail_msg("expected a message with \"%s\", got \"%s\"", part, report->lines[0]);
	conf_report_clear(report);
}

void assert_quiet(const struct conf_report *report)
{
	if (report->count)
		fail_msg("expected no message, got \"%s\"", report->lines[0]);
}
