/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An answer with the headers that all have. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <jansson.h>
#include <microhttpd.h>

struct http_reply {
	unsigned status;
	const char *type;
	const char *policy; /* Content-Security-Policy; NULL: nothing may be loaded */
	const char *reach;  /* NAT64-Reach: what another relay asks for; NULL: not told */
	const char *origin; /* the page of ours elsewhere that may read it; NULL: none */
};

#define HTTP_TYPE_TEXT "text/plain; charset=utf-8"
#define HTTP_TYPE_JSON "application/json"

/* Send a body, which is given away (free(3)). NULL is out of memory, and ends the connection. */
enum MHD_Result http_reply_send(struct MHD_Connection *connection, const struct http_reply *reply, char *body,
				size_t length);

/* Send a text; the JSON object, which is given away. */
enum MHD_Result http_reply_text(struct MHD_Connection *connection, unsigned status, const char *text);
enum MHD_Result http_reply_json(struct MHD_Connection *connection, const char *origin, json_t *object);

#endif
