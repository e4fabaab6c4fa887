/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to a control plane's API over HTTPS: bounded in size and time, TLS verified, no redirect followed. */
#ifndef TAILSCALE_HTTP_H
#define TAILSCALE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct conf_report;

enum {
	TAILSCALE_HTTP_LIMIT = 4 << 20,   /* longest answer, in bytes */
	TAILSCALE_HTTP_TIMEOUT = 10,      /* seconds of one request, unless told otherwise */
	TAILSCALE_HTTP_WRITE_TIMEOUT = 3, /* the same of one that changes something: its sender has read shortly before */
	TAILSCALE_HTTP_WAIT_MAX = 30,     /* seconds of a Retry-After that are waited */
};

/*
 * How a request ended. AGAIN: it may succeed later, and if it was to change something, nobody knows whether it did. REFUSED: it may succeed later, and has
 * changed nothing.
 */
enum tailscale_outcome { TAILSCALE_DONE = 0, TAILSCALE_FAILED = -1, TAILSCALE_AGAIN = 1, TAILSCALE_REFUSED = 2 };

/* All zero but these is a good beginning. */
struct tailscale_http {
	const char *base;                     /* "https://api.tailscale.com", without a slash at its end */
	const char *ca;                       /* file with who may sign the certificate; NULL: the system's */
	const char *bearer, *user, *password; /* NULL: not sent */
	unsigned timeout;                     /* seconds; 0: as above */
	void *curl;                           /* kept between requests */
};

/* NULL for what is not sent. */
struct tailscale_request {
	const char *method, *path; /* "GET", "/api/v2/..." */
	const char *body, *type;   /* type: of the body; NULL: application/json */
	const char *accept, *if_match;
};

struct tailscale_response {
	long status;
	char *body; /* never NULL after TAILSCALE_DONE */
	size_t length;
	char *etag;           /* as sent, with its quotes; NULL: none */
	unsigned retry_after; /* seconds; 0: not said */
};

/*
 * Can this be an address of an API? https, or http to loopback alone: a key does not go over a network in the clear. 0, or -1 with what to do.
 */
int tailscale_http_base_check(const char *base, struct conf_report *report);

/* One request. DONE: there is an answer, with whatever status. The caller clears the response in every case. */
enum tailscale_outcome tailscale_http_perform(struct tailscale_http *http, const struct tailscale_request *request,
					      struct tailscale_response *response, struct conf_report *report);

/* The same for a request that changes nothing: a few times, when that may help, with a pause between. */
enum tailscale_outcome tailscale_http_get(struct tailscale_http *http, const struct tailscale_request *request,
					  struct tailscale_response *response, struct conf_report *report);

/* Will the same request perhaps succeed later? 409, 412, 429 and 5xx. */
bool tailscale_response_is_transient(const struct tailscale_response *response);

/* What the other side says of a refusal: printable, on one line; "" when nothing. The caller frees. */
char *tailscale_response_reason(const struct tailscale_response *response);

void tailscale_response_clear(struct tailscale_response *response);

/* Sleep before the next attempt, 0 being the first: half a second, doubled, with jitter, but no less than what was asked for. */
void tailscale_http_pause(unsigned attempt, unsigned retry_after);

void tailscale_http_close(struct tailscale_http *http);

#endif
