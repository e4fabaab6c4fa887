/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every answer ends its connection: a browser that polls opens another, and nobody holds one for long. */
#include "http/reply.h"

#include <stdlib.h>
#include <string.h>

#define NOTHING "default-src 'none'; frame-ancestors 'none'"

static void headers_add(struct MHD_Response *response, const struct http_reply *reply)
{
	const struct {
		const char *name, *value;
	} headers[] = {
		{"Content-Type", reply->type},
		{"Content-Security-Policy", reply->policy ? reply->policy : NOTHING},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "DENY"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", reply->origin ? "cross-origin" : "same-origin"},
		{"Cache-Control", "no-store"},
		{"Connection", "close"},
		{"Access-Control-Allow-Origin", reply->origin},
		{"NAT64-Reach", reply->reach},
		{"Vary", "Origin, Accept"},
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (headers[i].value)
			MHD_add_response_header(response, headers[i].name, headers[i].value);
}

enum MHD_Result http_reply_send(struct MHD_Connection *connection, const struct http_reply *reply, char *body, size_t length)
{
	struct MHD_Response *response = body ? MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE) : NULL;
	enum MHD_Result result;

	if (!response) {
		free(body);
		return MHD_NO;
	}
	headers_add(response, reply);
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result http_reply_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
	const struct http_reply reply = {.status = status, .type = HTTP_TYPE_TEXT};

	return http_reply_send(connection, &reply, strdup(text), strlen(text));
}

enum MHD_Result http_reply_json(struct MHD_Connection *connection, const char *origin, json_t *object)
{
	const struct http_reply reply = {.status = MHD_HTTP_OK, .type = HTTP_TYPE_JSON, .origin = origin};
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	return http_reply_send(connection, &reply, text, text ? strlen(text) : 0);
}
