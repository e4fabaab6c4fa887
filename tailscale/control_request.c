/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an answer is taken for, whatever control plane it is of. */
#include "tailscale/control_request.h"

#include "conf/report.h"

#include <stdio.h>
#include <stdlib.h>

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
	if (response->status == 401)
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
	conf_report_add(report,
			"%s: the answer has no %s in the known form: this version of the API is not supported, and nothing was "
			"changed",
			control->base, what);
	return -1;
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
