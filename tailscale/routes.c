/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read, edit, write, and read again.
 *
 * tailscaled only knows how to replace its whole list of advertised routes, exit node included: so the list is read, edited and written back.
 * Routes of others are kept as the very text that was read, in their order; ours are recognized by value. There is no compare-and-swap in the
 * LocalAPI: somebody's `tailscale set --advertise-routes` may come in between. So what was written is read again until it shows our edit, a
 * few times at most.
 */
#include "tailscale/routes.h"

#include "conf/prefix.h"
#include "conf/json.h"
#include "conf/report.h"
#include "tailscale/localapi.h"

#include <jansson.h>

/* Writes before we conclude that another program undoes them. */
#define ATTEMPTS 4

/* An edit returns the list as it should be: a new array. NULL: out of memory. */
typedef json_t *routes_edit(const json_t *routes, const struct conf_prefix *prefixes, size_t count);

static bool route_is(const json_t *route, const struct conf_prefix *prefix)
{
	struct conf_prefix parsed;

	return json_is_string(route) && conf_prefix_parse(json_string_value(route), &parsed) == 0 &&
	       conf_prefix_equals(&parsed, prefix);
}

static bool routes_have(const json_t *routes, const struct conf_prefix *prefix)
{
	for (size_t i = 0; i < json_array_size(routes); i++)
		if (route_is(json_array_get(routes, i), prefix))
			return true;
	return false;
}

static json_t *routes_with(const json_t *routes, const struct conf_prefix *prefixes, size_t count)
{
	json_t *list = json_is_array(routes) ? json_copy((json_t *)routes) : json_array();
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; list && i < count; i++)
		if (!routes_have(list, &prefixes[i]) &&
		    json_array_append_new(list, json_string(conf_prefix_print(&prefixes[i], text))) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *routes_without(const json_t *routes, const struct conf_prefix *prefixes, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < json_array_size(routes); i++) {
		json_t *route = json_array_get(routes, i);
		size_t ours = 0;
		while (ours < count && !route_is(route, &prefixes[ours]))
			ours++;
		if (ours == count && json_array_append(list, route) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* Replace the whole list. */
static int routes_write(const char *socket, json_t *routes, struct conf_report *report)
{
	json_auto_t *body = json_pack("{s:O, s:b}", "AdvertiseRoutes", routes, "AdvertiseRoutesSet", 1);
	json_auto_t *answer = body ? tailscale_localapi_patch(socket, "prefs", body, report) : NULL;

	if (!body)
		conf_report_add(report, "out of memory");
	return answer ? 0 : -1;
}

/* Only a list of texts can be written back without losing anything. */
static bool prefs_are_editable(const json_t *prefs)
{
	const json_t *routes = json_object_get(prefs, "AdvertiseRoutes");

	if (!json_object_get(prefs, "WantRunning"))
		return false;
	for (size_t i = 0; i < json_array_size(routes); i++)
		if (!json_is_string(json_array_get(routes, i)))
			return false;
	return !routes || json_is_null(routes) || json_is_array(routes);
}

/* One round: 1 the list had to be written, 0 it is as the edit wants it, -1. */
static int routes_edit_once(const char *socket, const json_t *prefs, routes_edit *edit,
			    const struct conf_prefix *prefixes, size_t count, struct conf_report *report)
{
	const json_t *routes = json_object_get(prefs, "AdvertiseRoutes");
	int result = -1;

	if (!prefs_are_editable(prefs))
		return conf_report_add(report,
				       "%s: the answer does not contain the preferences of a tailscaled: set tailscale-socket to "
				       "where it listens",
				       socket);
	json_auto_t *wanted = edit(routes, prefixes, count);
	if (!wanted)
		conf_report_add(report, "out of memory");
	else if (json_array_size(wanted) == json_array_size(routes)) /* an edit only adds, or only takes out */
		result = 0;
	else
		result = routes_write(socket, wanted, report) == 0 ? 1 : -1;
	return result;
}

static bool prefs_are_up(const json_t *prefs, struct conf_report *report)
{
	if (conf_json_is_true(prefs, "LoggedOut"))
		conf_report_add(report, "tailscaled is logged out: run tailscale up, and log in");
	else if (json_is_false(json_object_get(prefs, "WantRunning")))
		conf_report_add(report, "tailscaled is stopped: run tailscale up");
	else
		return true;
	return false;
}

static int routes_change(const char *socket, bool must_be_up, routes_edit *edit, const struct conf_prefix *prefixes,
			 size_t count, struct conf_report *report)
{
	for (int writes = 0; writes <= ATTEMPTS; writes++) {
		json_t *prefs = tailscale_localapi_get(socket, "prefs", report);
		if (!prefs)
			return -1;
		int result = must_be_up && !prefs_are_up(prefs, report) ? -1 : 0;
		if (result == 0)
			result = routes_edit_once(socket, prefs, edit, prefixes, count, report);
		json_decref(prefs);
		if (result != 1)
			return result == 0 ? writes > 0 : -1;
	}
	return conf_report_add(
		report, "another program keeps changing the routes that this node advertises: stop it, or let it include the "
			"relay's routes");
}

int tailscale_routes_advertise(const char *socket, const struct conf_prefix *prefixes, size_t count,
			       struct conf_report *report)
{
	return routes_change(socket, true, routes_with, prefixes, count, report);
}

int tailscale_routes_withdraw(const char *socket, const struct conf_prefix *prefixes, size_t count,
			      struct conf_report *report)
{
	return routes_change(socket, false, routes_without, prefixes, count, report);
}
