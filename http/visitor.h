/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who looks at the page, and what of the clients is shown to that device. */
#ifndef HTTP_VISITOR_H
#define HTTP_VISITOR_H

#include "http/request.h"

#include <jansson.h>
#include <stdbool.h>

/* How a request has come. */
enum http_way { HTTP_DIRECT, HTTP_BY_PREFIX, HTTP_BY_TWIN };

struct http_visitor {
	char address[INET6_ADDRSTRLEN]; /* the device's own, also where the translator has lent it another */
	const json_t *device;           /* of the snapshot; NULL: tailscaled does not know it */
	enum http_way way;
	bool is_admin;
};

/* connection: whose original destination says that it came by the twin. */
void http_visitor_find(const json_t *snapshot, struct MHD_Connection *connection, struct http_visitor *visitor);

/* "direct", "prefix", "twin" */
const char *http_way_text(enum http_way way);

/* The clients that this visitor may see: for an admin all, for others the device itself. Each with "name" and "login" where they are known. */
json_t *http_visitor_clients(const json_t *snapshot, const struct http_visitor *visitor);

#endif
