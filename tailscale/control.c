/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both control planes have in common: the address, the node, the end, and what an answer is taken for. */
#include "tailscale/control.h"

#include "conf/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TAILSCALE_API "https://api.tailscale.com"

/* headscale's own command is told the address of gRPC, "HOST[:PORT]"; the REST API is elsewhere: where tailscaled goes. */
static const char *headscale_base(const struct tailscale_key *key, const char *control_url, struct conf_report *report)
{
	const char *port = key->address ? strrchr(key->address, ':') : NULL, *host = strstr(control_url, "://");
	size_t length;

	if (!key->address)
		return control_url;
	length = port && !strchr(port, ']') ? (size_t)(port - key->address) : strlen(key->address);
	if (strstr(key->address, "://"))
		return key->address;
	if (host && length > 0 && strncasecmp(host + 3, key->address, length) == 0 && strchr(":/", host[3 + length]))
		return control_url;
	conf_report_add(report,
			"HEADSCALE_CLI_ADDRESS=%s is the gRPC server, but REST is needed: use --url "
			"https://HOST[:PORT]",
			key->address);
	return NULL;
}

int tailscale_control_open(struct tailscale_control *control, const struct tailscale_control_plane *plane,
			   struct tailscale_key *key, const char *url, const char *control_url, const char *node,
			   struct conf_report *report)
{
	*control = (struct tailscale_control){.plane = plane, .key = *key};
	*key = (struct tailscale_key){0};
	if (!url)
		url = plane == &tailscale_control_tailscale ? TAILSCALE_API :
							      headscale_base(&control->key, control_url, report);
	if (!url || tailscale_http_base_check(url, report) != 0)
		return -1;
	control->base = strdup(url);
	control->node = strdup(node);
	if (!control->base || !control->node)
		return conf_report_add(report, "out of memory");
	for (size_t end = strlen(control->base); end > 0 && control->base[end - 1] == '/'; end--)
		control->base[end - 1] = '\0';
	if (!*node || strspn(node, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(node))
		return conf_report_add(report, "tailscaled gives no id of this node: is it logged in?");
	control->http.base = control->base;
	return 0;
}

void tailscale_control_close(struct tailscale_control *control)
{
	tailscale_http_close(&control->http);
	tailscale_key_clear(&control->key);
	tailscale_secret_free(control->token);
	free(control->base);
	free(control->node);
	*control = (struct tailscale_control){0};
}

void tailscale_node_routes_clear(struct tailscale_node_routes *routes)
{
	tailscale_list_clear(&routes->advertised);
	tailscale_list_clear(&routes->approved);
}

void tailscale_policy_clear(struct tailscale_policy *policy)
{
	free(policy->text);
	free(policy->etag);
	*policy = (struct tailscale_policy){0};
}

/* What a status means that is the same everywhere; NULL: nothing special. */
static const char *advice_of(long status)
{
	return status == 400 ? "it does not understand the request: is this a version that nat64-relay does not "
			       "support?" :
	       status == 409 ? "another program is changing it: run this again" :
	       status == 412 ? "it was changed after it was read, and stays as it is: run this again" :
	       status == 429 ? "too many requests: wait a minute, and run this again" :
	       status >= 500 ? "it has an internal error: run this again later" :
			       NULL;
}

enum tailscale_outcome tailscale_response_judge(struct tailscale_control *control,
						const struct tailscale_response *response,
						const struct tailscale_purpose *purpose,
						const struct tailscale_words *words, struct conf_report *report)
{
	const char *advice = advice_of(response->status);
	char *reason, wait[64] = "", scope[120] = "";

	control->retry_after = response->retry_after;
	if (response->status == 200)
		return TAILSCALE_DONE;
	if (response->status == 400 && purpose->invalid)
		advice = purpose->invalid;
	else if (response->status == 401)
		advice = words->unauthorized;
	else if (response->status == 403)
		advice = words->forbidden;
	else if (response->status == 404)
		advice = words->not_found;
	if (response->status == 403 && purpose->scope)
		snprintf(scope, sizeof(scope), " (%s)", purpose->scope);
	if (response->retry_after > 0)
		snprintf(wait, sizeof(wait), " (it asks to wait %u seconds)", response->retry_after);
	reason = tailscale_response_reason(response);
	conf_report_add(report, "%s, %s: HTTP status %ld%s%s: %s%s%s", control->base, purpose->what, response->status,
			reason && *reason ? ": " : "", reason ? reason : "",
			advice ? advice : "the server there is not a control plane", scope, wait);
	free(reason);
	if (!tailscale_response_is_transient(response) || response->retry_after > TAILSCALE_HTTP_WAIT_MAX)
		return TAILSCALE_FAILED;
	return response->status >= 500 ? TAILSCALE_AGAIN : TAILSCALE_REFUSED;
}

json_t *tailscale_response_object(const struct tailscale_control *control, const struct tailscale_response *response,
				  struct conf_report *report)
{
	json_t *object = json_loadb(response->body, response->length, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	conf_report_add(report, "%s: the answer is not a JSON object: the server there is not a control plane",
			control->base);
	return NULL;
}

int tailscale_response_odd(const struct tailscale_control *control, const char *what, struct conf_report *report)
{
	return conf_report_add(
		report,
		"%s: the answer has no %s in the known form: this version of the API is not supported, and nothing was "
		"changed",
		control->base, what);
}

char *tailscale_routes_body(const struct tailscale_list *routes)
{
	json_t *list = json_array(), *body;
	char *text;

	for (size_t i = 0; i < routes->count; i++)
		json_array_append_new(list, json_string(routes->items[i]));
	body = json_pack("{s:o}", "routes", list);
	text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	return text;
}
