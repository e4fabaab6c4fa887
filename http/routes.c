/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paths, and who gets an answer at all: a GET or HEAD whose Host is a name or an address of ours, and which no page of somebody else's has sent.
 * A browser on the tailnet that is made to open a stranger's page must not be able to read the relay's for it.
 */
#include "http/routes.h"

#include "conf/json.h"
#include "conf/http.h"
#include "http/advice.h"
#include "http/openmetrics.h"
#include "http/page.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/text.h"
#include "http/visitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

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
static enum MHD_Result old_send(const struct http_asked *asked)
{
	return http_reply_text(asked->connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			       asked->snapshot ?
				       "nat64-relay has sent no data for a minute: see systemctl status nat64-relay\n" :
				       "nat64-relay has sent no data yet\n");
}

static enum MHD_Result metrics_send(const struct http_asked *asked)
{
	const char *text = conf_json_text(asked->snapshot, "metrics");
	struct http_reply reply = {.status = MHD_HTTP_OK, .type = "text/plain; version=0.0.4; charset=utf-8"};
	size_t length;
	char *open;

	if (is_old(asked)) /* Prometheus takes the scrape as failed, which it is */
		return old_send(asked);
	if (!http_accepts(header(asked, "Accept"), OPENMETRICS))
		return http_reply_send(asked->connection, &reply, strdup(text), strlen(text));
	reply.type = OPENMETRICS "; version=1.0.0; charset=utf-8";
	open = http_openmetrics_make(text, &length);
	return http_reply_send(asked->connection, &reply, open, length);
}

/* 200 while the relay works, 503 while it does not, with the reason behind it. What it reaches is newer than the snapshot. */
static enum MHD_Result health_send(const struct http_asked *asked)
{
	bool works = conf_json_is_true(status_of(asked), "works");
	struct http_reply reply = {.type = HTTP_TYPE_TEXT};
	struct http_reach reach;
	char text[2048];

	if (is_old(asked))
		return old_send(asked);
	if (MHD_lookup_connection_value(asked->connection, MHD_GET_ARGUMENT_KIND, CONF_SERVED_LOOK))
		http_reach_request(asked->site->look);
	http_reach_read(asked->site->snapshot.path, &reach);
	reply.status = works && reach.works ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
	reply.reach = *reach.header != '\0' ? reach.header : NULL;
	if (works && !reach.works)
		snprintf(text, sizeof(text), "The relay does not reach its targets or upstreams: %s\n", reach.why);
	else
		snprintf(text, sizeof(text), "%s\n", conf_json_text(status_of(asked), "verdict"));
	return http_reply_send(asked->connection, &reply, strdup(text), strlen(text));
}

/* The newest dropped packets: who wanted to talk to whom is for admins, like the clients. */
static void examples_hide(json_t *status)
{
	json_t *translator = json_copy(json_object_get(status, "translator"));

	json_object_set_new(translator, "examples", json_object());
	json_object_set_new(status, "translator", translator);
}

static enum MHD_Result status_send(const struct http_asked *asked)
{
	struct http_visitor visitor;
	json_t *status;

	if (!asked->snapshot)
		return old_send(asked);
	http_visitor_find(asked->snapshot, asked->connection, &visitor);
	status = json_copy((json_t *)(uintptr_t)status_of(asked));
	if (!visitor.is_admin)
		examples_hide(status);
	json_object_set_new(status, "age_ms", json_integer((json_int_t)http_snapshot_age(&asked->site->snapshot)));
	return http_reply_json(asked->connection, NULL, status);
}

/* Was the page asked for by a name below a split domain? */
static bool is_by_name(const struct http_asked *asked)
{
	return http_host_is_ours(header(asked, "Host"), NULL) == false &&
	       http_host_is_ours(header(asked, "Host"), json_object_get(json_object_get(asked->snapshot, "ways"), "names"));
}

static const char *parameter(const struct http_asked *asked, const char *name)
{
	return MHD_lookup_connection_value(asked->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* What to do on this visitor's system. "guess" and "language" are the page's, "device" is a person's. */
static json_t *advice_of(const struct http_asked *asked, const struct http_visitor *visitor)
{
	const char *language = parameter(asked, "language");
	enum http_system system = http_system_find(parameter(asked, "device"), conf_json_text(visitor->device, "os"),
						   parameter(asked, "guess"), header(asked, "User-Agent"));

	return http_advice_make(system, language && strcmp(language, "zh") == 0);
}

/* What the page shows, for this visitor. */
static json_t *live_make(const struct http_asked *asked, const struct http_visitor *visitor)
{
	const json_t *snapshot = asked->snapshot;

	return json_pack("{s:i, s:I, s:b, s:O*, s:O*, s:O*, s:O*, s:o, s:o, s:{s:s, s:s, s:s, s:b, s:s}, s:b, s:o}",
			 "version", 1, "age_ms", (json_int_t)http_snapshot_age(&asked->site->snapshot), "old",
			 is_old(asked), "works", json_object_get(status_of(asked), "works"), "verdict",
			 json_object_get(status_of(asked), "verdict"), "lines", json_object_get(snapshot, "lines"),
			 "ways", json_object_get(snapshot, "ways"), "history", http_history_make(&asked->site->history),
			 "clients", http_visitor_clients(snapshot, visitor), "you", "address", visitor->address, "name",
			 conf_json_text(visitor->device, "name"), "login", conf_json_text(visitor->device, "login"),
			 "admin", visitor->is_admin, "way", http_way_text(visitor->way), "by_name", is_by_name(asked),
			 "advice", advice_of(asked, visitor));
}

static enum MHD_Result live_send(const struct http_asked *asked)
{
	struct http_visitor visitor;

	if (!asked->snapshot)
		return old_send(asked);
	http_visitor_find(asked->snapshot, asked->connection, &visitor);
	return http_reply_json(asked->connection, NULL, live_make(asked, &visitor));
}

/* By which way has this request come? A page of ours that was opened at another of our addresses may read it. */
static enum MHD_Result here_send(const struct http_asked *asked)
{
	struct http_visitor visitor;

	http_visitor_find(asked->snapshot, asked->connection, &visitor);
	return http_reply_json(asked->connection, header(asked, "Origin"),
			       json_pack("{s:s, s:s}", "way", http_way_text(visitor.way), "address", visitor.address));
}

static enum MHD_Result text_send(const struct http_asked *asked)
{
	struct http_reply reply = {.status = MHD_HTTP_OK, .type = HTTP_TYPE_TEXT};
	struct http_visitor visitor;
	size_t length = 0;
	json_t *live;
	char *text;

	if (!asked->snapshot)
		return old_send(asked);
	http_visitor_find(asked->snapshot, asked->connection, &visitor);
	live = live_make(asked, &visitor);
	text = http_text_make(live, &visitor, &length);
	json_decref(live);
	return http_reply_send(asked->connection, &reply, text, length);
}

static void sources_print(FILE *stream, const json_t *addresses, long long port)
{
	json_t *address;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)addresses, i, address) {
		const char *text = json_string_value(address);

		if (!text || text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_")] != '\0')
			continue; /* it would say something else in the header */
		fprintf(stream, " http://%s:%lld", strchr(text, ':') ? "*" : text, port);
	}
}

/* What the page may load (a policy has no way to write an IPv6 address: then it is any host, on that port): itself, and answers from the relay's other addresses. */
static char *policy_make(const struct http_asked *asked, const char *nonce)
{
	const json_t *ways = json_object_get(asked->snapshot, "ways");
	long long port = conf_json_number(ways, "port");
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	fprintf(stream,
		"default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; img-src data:; base-uri 'none'; form-action 'none'; "
		"frame-ancestors 'none'; connect-src 'self'",
		nonce, nonce);
	sources_print(stream, json_object_get(ways, "prefix"), port);
	sources_print(stream, json_object_get(ways, "names"), port);
	sources_print(stream, json_object_get(ways, "twin"), port);
	fclose(stream);
	return text;
}

/* The page with the nonce in its tags. */
static char *page_make(const char *nonce, size_t *length)
{
	const char *from = (const char *)http_page, *end = from + http_page_size, *mark;
	char *text = NULL;
	FILE *stream = open_memstream(&text, length);

	if (!stream)
		return NULL;
	while ((mark = memmem(from, (size_t)(end - from), HTTP_PAGE_NONCE, strlen(HTTP_PAGE_NONCE)))) {
		fwrite(from, 1, (size_t)(mark - from), stream);
		fputs(nonce, stream);
		from = mark + strlen(HTTP_PAGE_NONCE);
	}
	fwrite(from, 1, (size_t)(end - from), stream);
	fclose(stream);
	return text;
}

static enum MHD_Result page_send(const struct http_asked *asked)
{
	struct http_reply reply = {.status = MHD_HTTP_OK, .type = "text/html; charset=utf-8"};
	unsigned char random[16];
	char nonce[2 * sizeof(random) + 1], *policy, *page;
	enum MHD_Result result;
	size_t length = 0;

	if (!http_accepts(header(asked, "Accept"), "text/html"))
		return text_send(asked);
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return MHD_NO;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(nonce + 2 * i, 3, "%02x", random[i]);
	policy = policy_make(asked, nonce);
	reply.policy = policy;
	page = policy ? page_make(nonce, &length) : NULL;
	result = http_reply_send(asked->connection, &reply, page, length);
	free(policy);
	return result;
}

static const struct {
	const char *path;
	enum MHD_Result (*send)(const struct http_asked *asked);
} routes[] = {
	{"/", page_send},          {"/metrics", metrics_send}, {"/healthz", health_send}, {"/status.json", status_send},
	{"/live.json", live_send}, {"/here", here_send},
};

static enum MHD_Result request_answer(const struct http_asked *asked, const char *path, const char *method)
{
	const json_t *names = json_object_get(asked->snapshot, "names");

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return http_reply_text(asked->connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				       "this page is read-only: GET and HEAD\n");
	if (!http_host_is_ours(header(asked, "Host"), names))
		return http_reply_text(asked->connection, MHD_HTTP_MISDIRECTED_REQUEST,
				       "this relay does not have this name: open it by its address\n");
	if (!http_origin_is_ours(header(asked, "Origin"), names))
		return http_reply_text(asked->connection, MHD_HTTP_FORBIDDEN, "a page of another site requested this\n");
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(path, routes[i].path) == 0)
			return routes[i].send(asked);
	return http_reply_text(asked->connection, MHD_HTTP_NOT_FOUND,
			       "available: /, /metrics, /healthz and /status.json\n");
}

/* libmicrohttpd calls a second time when the headers are complete, and again for what a body brings: of that nothing is read. */
enum MHD_Result http_route(void *site, struct MHD_Connection *connection, const char *path, const char *method,
			   const char *version, const char *upload, size_t *upload_size, void **request)
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
