/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is answered to a request. */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include "http/history.h"
#include "http/snapshot.h"

#include <microhttpd.h>
#include <stdarg.h>

struct http_site {
	struct http_snapshot snapshot;
	struct http_history history;
	int look; /* http_reach_request_open() */
};

/* libmicrohttpd's callbacks: a request's beginning, its end, and what it has to say of itself, which is nothing to log: clients could fill a disk by it. */
enum MHD_Result http_route(void *site, struct MHD_Connection *connection, const char *path, const char *method,
			   const char *version, const char *upload, size_t *upload_size, void **request);
void http_route_end(void *site, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode why);
void http_log(void *nothing, const char *format, va_list arguments);

#endif
