/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * headscale's REST API, which its gRPC gateway serves where tailscaled goes (seen with 0.29.2).
 *
 * Approved routes of a node are one list that approve_routes replaces. Split DNS is in config.yaml alone. The policy can be read; it has no ETag, and most
 * keep it in a file, so that it is not written.
 */
#include "tailscale/control.h"

#include "conf/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tailscale_purpose routes_purpose = {"the routes of this node", NULL, NULL},
				      policy_purpose = {"the policy", NULL, NULL};

static const struct tailscale_words words = {
	.unauthorized = "the key is not accepted: it has expired, was revoked, or belongs to another headscale: create "
			"one with headscale apikeys create",
	.forbidden = "the key is not allowed to do this: create one with headscale apikeys create",
	.not_found = "it does not know this node, or this is not headscale's REST API: --url gives its address",
};

static enum tailscale_outcome perform(struct tailscale_control *control, const struct tailscale_request *request,
				      const struct tailscale_purpose *purpose, struct tailscale_response *response,
				      struct conf_report *report)
{
	bool reads = strcmp(request->method, "GET") == 0;
	enum tailscale_outcome outcome;

	control->http.bearer = control->key.secret;
	outcome = (reads ? tailscale_http_get : tailscale_http_perform)(&control->http, request, response, report);
	if (outcome == TAILSCALE_DONE)
		outcome = tailscale_response_judge(control, response, purpose, &words, report);
	return outcome;
}

/* It answers with the node: its own id is in there as a text. */
static int node_read(const struct tailscale_control *control, const json_t *object,
		     struct tailscale_node_routes *routes, struct conf_report *report)
{
	const json_t *node = json_object_get(object, "node");
	const char *id = json_string_value(json_object_get(node, "id"));

	if (id && strcmp(id, control->node) == 0 && json_object_get(node, "approvedRoutes") &&
	    tailscale_value_list(node, "availableRoutes", &routes->advertised) == 0 &&
	    tailscale_value_list(node, "approvedRoutes", &routes->approved) == 0)
		return 0;
	return tailscale_response_odd(control, "approvedRoutes", report);
}

static int routes_read(struct tailscale_control *control, struct tailscale_node_routes *routes, struct conf_report *report)
{
	struct tailscale_request request = {.method = "GET"};
	struct tailscale_response response;
	json_t *object = NULL;
	char path[200];
	int result = -1;

	*routes = (struct tailscale_node_routes){0};
	snprintf(path, sizeof(path), "/api/v1/node/%s", control->node);
	request.path = path;
	if (perform(control, &request, &routes_purpose, &response, report) == TAILSCALE_DONE)
		object = tailscale_response_object(control, &response, report);
	if (object)
		result = node_read(control, object, routes, report);
	if (result != 0)
		tailscale_node_routes_clear(routes);
	json_decref(object);
	tailscale_response_clear(&response);
	return result;
}

static enum tailscale_outcome routes_write(struct tailscale_control *control, const struct tailscale_list *approved,
					   struct conf_report *report)
{
	char path[200], *body = tailscale_routes_body(approved);
	struct tailscale_request request = {.method = "POST", .path = path, .body = body};
	struct tailscale_response response = {0};
	enum tailscale_outcome outcome = TAILSCALE_FAILED;

	snprintf(path, sizeof(path), "/api/v1/node/%s/approve_routes", control->node);
	if (body)
		outcome = perform(control, &request, &routes_purpose, &response, report);
	free(body);
	tailscale_response_clear(&response);
	return outcome;
}

static int policy_read(struct tailscale_control *control, struct tailscale_policy *policy, struct conf_report *report)
{
	struct tailscale_request request = {.method = "GET", .path = "/api/v1/policy"};
	struct tailscale_response response;
	json_t *object = NULL;
	const char *text;
	int result = -1;

	*policy = (struct tailscale_policy){0};
	if (perform(control, &request, &policy_purpose, &response, report) == TAILSCALE_DONE)
		object = tailscale_response_object(control, &response, report);
	text = json_string_value(json_object_get(object, "policy"));
	if (text) {
		policy->text = strdup(text);
		result = policy->text ? 0 : -1;
	} else if (object) {
		tailscale_response_odd(control, "policy", report);
	}
	json_decref(object);
	tailscale_response_clear(&response);
	return result;
}

const struct tailscale_control_plane tailscale_control_headscale = {
	.name = "headscale",
	.routes_read = routes_read,
	.routes_write = routes_write,
	.policy_read = policy_read,
};
