/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tailscale's API, version 2 (https://tailscale.com/api).
 *
 * Approved routes of a device are one list that a POST replaces. Split DNS is a map from domain to resolvers; PATCH replaces the domains that it
 * names and leaves the others alone; null takes one out. The policy has an ETag, and is replaced only with the same one in If-Match.
 *
 * An OAuth client's secret is exchanged for a token that lives an hour: a new one is fetched before that, and when the API no longer takes it.
 */
#include "tailscale/control.h"

#include "conf/clock.h"
#include "conf/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_MARGIN = 60, TOKEN_LIFE_MAX = 86400 };

#define SPLIT_DNS "/api/v2/tailnet/-/dns/split-dns"
#define POLICY    "/api/v2/tailnet/-/acl"

#define POLICY_SCOPE "an OAuth client needs the scope policy_file; the owner of an API token has to be an admin"

static const struct tailscale_purpose
	routes_purpose = {"the routes of this node",
			  "an OAuth client needs the scope devices:routes; the owner of an API token has to be an admin",
			  NULL},
	zones_purpose = {"split DNS",
			 "an OAuth client needs the scope dns; the owner of an API token has to be an admin", NULL},
	policy_purpose = {"the policy", POLICY_SCOPE, NULL},
	change_purpose = {"the policy", POLICY_SCOPE,
			  "with this change it is refused, and stays as it is: its own tests may forbid it. Change the lines by hand: "
			  "plan and forget print them"},
	token_purpose = {"a token for the OAuth client", NULL, NULL};

static const struct tailscale_words words = {
	.unauthorized = "the key is not accepted: it has expired (tokens live 90 days at most), was revoked, or is "
			"incomplete: create one at https://login.tailscale.com/admin/settings/keys",
	.forbidden = "the key is not allowed to do this",
	.not_found = "the key's tailnet does not have it: is the key of another tailnet than this node?",
};

static uint64_t now_ms(void)
{
	return (uint64_t)conf_clock_ms(CLOCK_MONOTONIC);
}

/* Exchange the secret of the OAuth client for a token. It changes nothing of the tailnet, and is repeated like what reads. */
static int token_fetch(struct tailscale_control *control, struct conf_report *report)
{
	struct tailscale_request request = {.method = "POST",
					    .path = "/api/v2/oauth/token",
					    .body = "grant_type=client_credentials",
					    .type = "application/x-www-form-urlencoded"};
	struct tailscale_response response = {0};
	json_t *object = NULL;
	const char *token;
	json_int_t life;
	int result = -1;

	control->http.bearer = NULL;
	control->http.user = control->key.client;
	control->http.password = control->key.secret;
	if (tailscale_http_get(&control->http, &request, &response, report) == TAILSCALE_DONE &&
	    tailscale_response_judge(control, &response, &token_purpose, &words, report) == TAILSCALE_DONE)
		object = tailscale_response_object(control, &response, report);
	token = json_string_value(json_object_get(object, "access_token"));
	life = json_integer_value(json_object_get(object, "expires_in"));
	if (token && *token && strcspn(token, " \r\n\t") == strlen(token)) {
		tailscale_secret_free(control->token);
		control->token = strdup(token);
		control->token_end = now_ms() +
				     (uint64_t)(life > TOKEN_MARGIN && life < TOKEN_LIFE_MAX ? life - TOKEN_MARGIN : 0) *
					     1000;
		result = control->token ? 0 : -1;
	} else if (object) {
		tailscale_response_odd(control, "access_token", report);
	}
	if (response.body)
		explicit_bzero(response.body, response.length);
	control->http.user = control->http.password = NULL;
	json_decref(object);
	tailscale_response_clear(&response);
	return result;
}

static int authorize(struct tailscale_control *control, struct conf_report *report)
{
	if (control->key.client && (!control->token || now_ms() >= control->token_end) && token_fetch(control, report) != 0)
		return -1;
	control->http.bearer = control->key.client ? control->token : control->key.secret;
	return 0;
}

/* One request, with a token that is valid; once more with a new one when it was not. */
static enum tailscale_outcome perform(struct tailscale_control *control, const struct tailscale_request *request,
				      const struct tailscale_purpose *purpose, struct tailscale_response *response,
				      struct conf_report *report)
{
	bool reads = strcmp(request->method, "GET") == 0;
	enum tailscale_outcome outcome;

	for (int attempt = 0;; attempt++) {
		*response = (struct tailscale_response){0};
		if (authorize(control, report) != 0)
			return TAILSCALE_FAILED;
		outcome = (reads ? tailscale_http_get : tailscale_http_perform)(&control->http, request, response, report);
		if (outcome != TAILSCALE_DONE || response->status != 401 || !control->key.client || attempt > 0)
			break;
		control->token_end = 0;
		tailscale_response_clear(response);
	}
	if (outcome == TAILSCALE_DONE)
		outcome = tailscale_response_judge(control, response, purpose, &words, report);
	return outcome;
}

static int routes_read(struct tailscale_control *control, struct tailscale_node_routes *routes, struct conf_report *report)
{
	struct tailscale_request request = {.method = "GET"};
	struct tailscale_response response;
	json_t *object = NULL;
	char path[200];
	int result = -1;

	*routes = (struct tailscale_node_routes){0};
	snprintf(path, sizeof(path), "/api/v2/device/%s/routes", control->node);
	request.path = path;
	if (perform(control, &request, &routes_purpose, &response, report) == TAILSCALE_DONE)
		object = tailscale_response_object(control, &response, report);
	if (object && json_object_get(object, "enabledRoutes") &&
	    tailscale_value_list(object, "advertisedRoutes", &routes->advertised) == 0 &&
	    tailscale_value_list(object, "enabledRoutes", &routes->approved) == 0)
		result = 0;
	else if (object)
		tailscale_response_odd(control, "enabledRoutes", report);
	if (result != 0)
		tailscale_node_routes_clear(routes);
	json_decref(object);
	tailscale_response_clear(&response);
	return result;
}

/* A write whose answer says nothing that is needed: what came of it is read again. */
static enum tailscale_outcome write_perform(struct tailscale_control *control, const struct tailscale_request *request,
					    const struct tailscale_purpose *purpose, struct conf_report *report)
{
	struct tailscale_response response = {0};
	enum tailscale_outcome outcome = TAILSCALE_FAILED;

	if (!request->body)
		conf_report_add(report, "out of memory");
	else
		outcome = perform(control, request, purpose, &response, report);
	tailscale_response_clear(&response);
	return outcome;
}

static enum tailscale_outcome routes_write(struct tailscale_control *control, const struct tailscale_list *approved,
					   struct conf_report *report)
{
	char path[200], *body = tailscale_routes_body(approved);
	struct tailscale_request request = {.method = "POST", .path = path, .body = body};
	enum tailscale_outcome outcome;

	snprintf(path, sizeof(path), "/api/v2/device/%s/routes", control->node);
	outcome = write_perform(control, &request, &routes_purpose, report);
	free(body);
	return outcome;
}

static json_t *zones_read(struct tailscale_control *control, struct conf_report *report)
{
	struct tailscale_request request = {.method = "GET", .path = SPLIT_DNS};
	struct tailscale_response response;
	json_t *object = NULL;

	if (perform(control, &request, &zones_purpose, &response, report) == TAILSCALE_DONE)
		object = tailscale_response_object(control, &response, report);
	tailscale_response_clear(&response);
	return object;
}

static enum tailscale_outcome zones_patch(struct tailscale_control *control, const json_t *patch, struct conf_report *report)
{
	char *body = json_dumps(patch, JSON_COMPACT);
	struct tailscale_request request = {.method = "PATCH", .path = SPLIT_DNS, .body = body};
	enum tailscale_outcome outcome = write_perform(control, &request, &zones_purpose, report);

	free(body);
	return outcome;
}

static int policy_read(struct tailscale_control *control, struct tailscale_policy *policy, struct conf_report *report)
{
	struct tailscale_request request = {.method = "GET", .path = POLICY, .accept = "application/hujson"};
	struct tailscale_response response;
	int result = -1;

	*policy = (struct tailscale_policy){0};
	if (perform(control, &request, &policy_purpose, &response, report) == TAILSCALE_DONE) {
		*policy = (struct tailscale_policy){.text = response.body, .etag = response.etag};
		response.body = response.etag = NULL;
		result = 0;
	}
	tailscale_response_clear(&response);
	return result;
}

static enum tailscale_outcome policy_write(struct tailscale_control *control, const struct tailscale_policy *policy,
					   struct conf_report *report)
{
	struct tailscale_request request = {.method = "POST",
					    .path = POLICY,
					    .body = policy->text,
					    .type = "application/hujson",
					    .accept = "application/hujson",
					    .if_match = policy->etag};

	if (policy->etag && *policy->etag)
		return write_perform(control, &request, &change_purpose, report);
	conf_report_add(report,
			"%s: the policy came without an ETag: it is not written, because another change could be lost",
			control->base);
	return TAILSCALE_FAILED;
}

const struct tailscale_control_plane tailscale_control_tailscale = {
	.name = "Tailscale",
	.routes_read = routes_read,
	.routes_write = routes_write,
	.zones_read = zones_read,
	.zones_patch = zones_patch,
	.policy_read = policy_read,
	.policy_write = policy_write,
};
