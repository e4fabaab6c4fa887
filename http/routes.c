/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paths, and who gets an answer at all: a GET or HEAD whose Host is a name or an address of ours, and which no page of somebody else's has sent.
 * A browser on the tailnet that is made to open a stranger's page must not be able to read the relay's for it.
 */
#include "http/routes.h"

#include "conf/json.h"
#include "http/openmetrics.h"
#include "http/reply.h"
#include "http/request.h"

#include <stdio.h>
#include <string.h>

#define OPENMETRICS "application/openmetrics-text"

struct http_asked {
	struct http_site *site;
	struct MHD_Connection *connection;
	const json_t *snapshot;
};

static const char *header(const struct http_asked *asked, const char *name)
{
	return MHD_lookup_connection_value(asked->connection, MHD_HEADER_KIND, name);
}

static const json_t *status_of(const struct http_asked *asked)
{
	return json_object_get(asked->snapshot, "status");
}

static bool is_old(const struct http_asked *asked)
{
	return !asked->snapshot || http_snapshot_age(&asked->site->snapshot) >= HTTP_SNAPSHOT_OLD_MS;
}

/* What is wrong, in one line. */
static enum MHD_Result old_say(const struct http_asked *asked)
{
	return http_reply_text(asked->connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			       asked->snapshot ? "nat64-relay has told nothing for a minute: see systemctl status nat64-relay\n"
					       : "nat64-relay has told nothing yet\n");
}

static enum MHD_Result metrics_send(const struct http_asked *asked)
{
	const char *text = conf_json_text(asked->snapshot, "metrics");
	struct http_reply reply = {.status = MHD_HTTP_OK, .type = "text/plain; version=0.0.4; charset=utf-8"};
	size_t length;
	char *open;

	if (is_old(asked)) /* Prometheus takes the scrape as failed, which it is */
		return old_say(asked);
	if (!http_accepts(header(asked, "Accept"), OPENMETRICS))
		return http_reply_send(asked->connection, &reply, strdup(text), strlen(text));
	reply.type = OPENMETRICS "; version=1.0.0; charset=utf-8";
	open = http_openmetrics_make(text, &length);
	return http_reply_send(asked->connection, &reply, open, length);
}

/* 200 while the relay works, 503 while it does not, with the reason behind it. */
static enum MHD_Result health_send(const struct http_asked *asked)
{
	char text[2048];

	if (is_old(asked))
		return old_say(asked);
	snprintf(text, sizeof(text), "%s\n", conf_json_text(status_of(asked), "verdict"));
	return http_reply_text(asked->connection, conf_json_is_true(status_of(asked), "works") ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

static enum MHD_Result status_send(const struct http_asked *asked)
{
	json_t *status;

	if (!asked->snapshot)
		return old_say(asked);
	status = json_copy((json_t *)(uintptr_t)status_of(asked));
	json_object_set_new(status, "age_ms", json_integer((json_int_t)http_snapshot_age(&asked->site->snapshot)));
	return http_reply_json(asked->connection, NULL, status);
}

static const struct {
	const char *path;
	enum MHD_Result (*send)(const struct http_asked *asked);
} routes[] = {
	{"/", health_send},
	{"/metrics", metrics_send},
	{"/healthz", health_send},
	{"/status.json", status_send},
};

static enum MHD_Result request_answer(const struct http_asked *asked, const char *path, const char *method)
{
	const json_t *names = json_object_get(asked->snapshot, "names");

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return http_reply_text(asked->connection, MHD_HTTP_METHOD_NOT_ALLOWED, "this page is read only: GET and HEAD\n");
	if (!http_host_is_ours(header(asked, "Host"), names))
		return http_reply_text(asked->connection, MHD_HTTP_MISDIRECTED_REQUEST, "this relay has no such name: open it by its address\n");
	if (!http_origin_is_ours(header(asked, "Origin"), names))
		return http_reply_text(asked->connection, MHD_HTTP_FORBIDDEN, "a page of somebody else's asked for this\n");
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(path, routes[i].path) == 0)
			return routes[i].send(asked);
	return http_reply_text(asked->connection, MHD_HTTP_NOT_FOUND, "there is /, /metrics, /healthz and /status.json\n");
}

/* libmicrohttpd calls a second time when the headers are complete, and again for what a body brings: of that nothing is read. */
enum MHD_Result http_route(void *site, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
			   const char *upload, size_t *upload_size, void **request)
{
	struct http_site *own = site;
	const struct http_asked asked = {own, connection, own->snapshot.root};

	(void)version, (void)upload, (void)upload_size, (void)request;
	return request_answer(&asked, path, method);
}

void http_route_end(void *site, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why)
{
	(void)site, (void)connection, (void)request, (void)why;
}

void http_log(void *nothing, const char *format, va_list arguments)
{
	(void)nothing, (void)format, (void)arguments;
}
