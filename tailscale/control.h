/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tailnet's control plane, asked and changed over its API: Tailscale's own, or headscale. */
#ifndef TAILSCALE_CONTROL_H
#define TAILSCALE_CONTROL_H

#include "tailscale/http.h"
#include "tailscale/key.h"
#include "tailscale/value.h"

#include <jansson.h>
#include <stdint.h>

struct tailscale_control;

/* Routes of a node, as texts of the control plane. */
struct tailscale_node_routes {
	struct tailscale_list advertised, approved;
};

/* The policy as its author wrote it (HuJSON). etag: of this version, NULL where there is none. */
struct tailscale_policy {
	char *text;
	char *etag;
};

/*
 * What a control plane can do. The functions that read return 0 or -1. Those that write return AGAIN when nobody knows what came of it, or when somebody else
 * was faster: then read again. NULL: it cannot.
 */
struct tailscale_control_plane {
	const char *name;
	int (*routes_read)(struct tailscale_control *control, struct tailscale_node_routes *routes,
			   struct conf_report *report);
	enum tailscale_outcome (*routes_write)(struct tailscale_control *control, const struct tailscale_list *approved,
					       struct conf_report *report);
	/* zone -> list of resolvers; a patch has the zones to change alone, null for one that goes */
	json_t *(*zones_read)(struct tailscale_control *control, struct conf_report *report);
	enum tailscale_outcome (*zones_patch)(struct tailscale_control *control, const json_t *patch,
					      struct conf_report *report);
	int (*policy_read)(struct tailscale_control *control, struct tailscale_policy *policy, struct conf_report *report);
	enum tailscale_outcome (*policy_write)(struct tailscale_control *control, const struct tailscale_policy *policy,
					       struct conf_report *report);
};

extern const struct tailscale_control_plane tailscale_control_tailscale, tailscale_control_headscale;

struct tailscale_control {
	const struct tailscale_control_plane *plane;
	struct tailscale_http http;
	struct tailscale_key key;
	char *base, *node;    /* the address of the API; the id of this node there */
	char *token;          /* of an OAuth client: what its secret was exchanged for */
	uint64_t token_end;   /* ms on the monotonic clock: when a new one is due */
	unsigned retry_after; /* seconds that the last write was told to wait */
};

/*
 * Take over what was read of the settings: the key moves into the control. url: NULL for the usual address, which for headscale is HEADSCALE_CLI_ADDRESS, else
 * control_url. node: the id that tailscaled names. 0, or -1 with what to do. The caller closes it in both cases.
 */
int tailscale_control_open(struct tailscale_control *control, const struct tailscale_control_plane *plane,
			   struct tailscale_key *key, const char *url, const char *control_url, const char *node,
			   struct conf_report *report);

/* Wipes the keys. */
void tailscale_control_close(struct tailscale_control *control);

void tailscale_node_routes_clear(struct tailscale_node_routes *routes);
void tailscale_policy_clear(struct tailscale_policy *policy);

/* For the files of the two control planes: what an answer is taken for. */

/* What a request is about, for messages. what: "the routes of this node"; scope: what a key needs to be allowed it; invalid: what 400 means, NULL: an odd request. */
struct tailscale_purpose {
	const char *what, *scope, *invalid;
};

/* Words of a control plane for what its answers mean. */
struct tailscale_words {
	const char *unauthorized, *forbidden, *not_found;
};

/* An answer with another status than 200 is a refusal: say what to do. DONE when it is none. */
enum tailscale_outcome tailscale_response_judge(struct tailscale_control *control,
						const struct tailscale_response *response,
						const struct tailscale_purpose *purpose,
						const struct tailscale_words *words, struct conf_report *report);

/* The body as a JSON object, as it is; NULL, and the report says that the answer is not of a control plane. */
json_t *tailscale_response_object(const struct tailscale_control *control, const struct tailscale_response *response,
				  struct conf_report *report);

/* Say that the answer lacks something, or has it in another type. Returns -1. */
int tailscale_response_odd(const struct tailscale_control *control, const char *what, struct conf_report *report);

/* {"routes": [...]}, dumped; the caller frees. NULL out of memory. */
char *tailscale_routes_body(const struct tailscale_list *routes);

#endif
