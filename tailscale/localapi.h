/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tailscaled's LocalAPI: one HTTP request over its unix socket. */
#ifndef TAILSCALE_LOCALAPI_H
#define TAILSCALE_LOCALAPI_H

#include <jansson.h>

struct conf_report;

/* Longest answer that is read, in bytes. A status without peers has 4 KiB. */
#define TAILSCALE_LOCALAPI_LIMIT (4 << 20)

/* Longest answer about every node of the tailnet, in bytes: a status, and a stream's first line, the netmap. Both have some 2 KiB a node. */
#define TAILSCALE_LOCALAPI_NODES_LIMIT (64 << 20)

/* Seconds for a whole request. tailscaled writes prefs to disk and tells the control plane before it answers. */
#define TAILSCALE_LOCALAPI_TIMEOUT 10

/*
 * GET path ("status?peers=false", or "status" with all peers), or PATCH it with a JSON object. Returns the answer, a JSON object that the caller gives up with json_decref;
 * NULL when there is none: nobody listens on the socket, we may not ask, the request was refused, or the answer is no tailscaled's.
 */
json_t *tailscale_localapi_get(const char *socket, const char *path, struct conf_report *report);
json_t *tailscale_localapi_patch(const char *socket, const char *path, const json_t *body, struct conf_report *report);

/* GET a stream of JSON objects, a line each: the first of them, as above. */
json_t *tailscale_localapi_line(const char *socket, const char *path, struct conf_report *report);

#endif
