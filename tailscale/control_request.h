/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two control planes' files share: what an answer is taken for. */
#ifndef TAILSCALE_CONTROL_REQUEST_H
#define TAILSCALE_CONTROL_REQUEST_H

#include "tailscale/control.h"

/* What a request is about, for messages. what: "the routes of this node"; scope: what a key needs to be allowed it. */
struct tailscale_purpose {
	const char *what, *scope;
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
