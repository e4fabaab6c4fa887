/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our routes in tailscaled. tailscaled does not keep who wanted a route, and relay.conf may be changed while the relay is up:
 * so RUNTIME_DIR/advertised remembers them, a prefix a line. It is written before tailscaled is asked, and goes with the
 * runtime folder.
 */
#include "relay/apply/advertised.h"

#include "conf/prefix.h"
#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/state.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"
#include "tailscale/routes.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMORY_MAX = 64 };

/* Prefixes that earlier settings advertised, and these do not; and how many both do. */
struct earlier {
	struct conf_prefix prefixes[MEMORY_MAX];
	size_t count, kept;
	bool known; /* they are remembered at all */
};

static void routes_print(const struct conf_prefix *prefixes, size_t count, enum kernel_item_state state)
{
	for (size_t i = 0; i < count; i++) {
		char text[CONF_PREFIX_TEXT], what[CONF_PREFIX_TEXT + 32];

		snprintf(what, sizeof(what), "advertised route %s", conf_prefix_print(&prefixes[i], text));
		relay_print_item(what, state);
	}
}

static bool is_wanted(const struct conf_settings *settings, const struct conf_prefix *prefix)
{
	for (size_t i = 0; !settings->node.advertise_none && i < settings->node.advertised_count; i++)
		if (conf_prefix_equals(&settings->node.advertised[i], prefix))
			return true;
	return false;
}

static void earlier_read(const struct conf_settings *settings, struct earlier *earlier)
{
	FILE *stream = relay_runtime_memory_open(settings, "advertised");
	char word[CONF_PREFIX_TEXT];

	earlier->count = earlier->kept = 0;
	earlier->known = stream;
	if (!stream)
		return;
	while (earlier->count < MEMORY_MAX && fscanf(stream, "%49s", word) == 1) {
		if (conf_prefix_parse(word, &earlier->prefixes[earlier->count]) != 0)
			continue;
		if (is_wanted(settings, &earlier->prefixes[earlier->count]))
			earlier->kept++;
		else
			earlier->count++;
	}
	fclose(stream);
}

/* Take out what nobody wants any more. 0, or -1. */
static int earlier_withdraw(const struct conf_settings *settings, struct conf_report *report)
{
	struct earlier earlier;
	int changed = 0;

	earlier_read(settings, &earlier);
	if (earlier.count > 0)
		changed = tailscale_routes_withdraw(settings->node.tailscale_socket, earlier.prefixes, earlier.count,
						    report);
	if (changed == 1)
		routes_print(earlier.prefixes, earlier.count, KERNEL_ITEM_REMOVED);
	return changed < 0 ? -1 : 0;
}

static int remember(const struct conf_settings *settings, struct conf_report *report)
{
	char *path = relay_runtime_path(settings, "advertised");
	char *text = NULL, prefix[CONF_PREFIX_TEXT];
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int result = -1;

	for (size_t i = 0; stream && !settings->node.advertise_none && i < settings->node.advertised_count; i++)
		fprintf(stream, "%s\n", conf_prefix_print(&settings->node.advertised[i], prefix));
	if (stream && fclose(stream) == 0 && path)
		result = conf_file_is(path, text, length) ? 0 : conf_file_put(path, text, length, 0644, NULL, report);
	free(text);
	free(path);
	return result;
}

static int advertise(const struct conf_settings *settings, struct conf_report *report)
{
	if (remember(settings, report) != 0)
		return -1;
	return tailscale_routes_advertise(settings->node.tailscale_socket, settings->node.advertised,
					  settings->node.advertised_count, report);
}

int relay_advertised_offer(const struct conf_settings *settings, bool first, struct conf_report *report)
{
	struct earlier earlier;
	int withdrawn = 0, advertised;

	earlier_read(settings, &earlier);
	if (!first && earlier.known && (earlier.count > 0 || earlier.kept != settings->node.advertised_count))
		return 0;
	if (earlier.count > 0)
		withdrawn = tailscale_routes_withdraw(settings->node.tailscale_socket, earlier.prefixes, earlier.count,
						      report);
	if (withdrawn < 0)
		return -1;
	advertised = advertise(settings, report);
	return advertised < 0 ? -1 : withdrawn | advertised;
}

int relay_advertised_apply(const struct conf_settings *settings, struct conf_report *report)
{
	int changed;

	if (earlier_withdraw(settings, report) != 0)
		return -1;
	if (settings->node.advertise_none)
		return remember(settings, report);
	changed = advertise(settings, report);
	if (changed >= 0)
		routes_print(settings->node.advertised, settings->node.advertised_count,
			     changed == 1 ? KERNEL_ITEM_ADDED : KERNEL_ITEM_OK);
	return changed < 0 ? -1 : 0;
}

int relay_advertised_withdraw(const struct conf_settings *settings, struct conf_report *report)
{
	int result = earlier_withdraw(settings, report);
	int changed;

	if (settings->node.advertise_none)
		return result;
	changed = tailscale_routes_withdraw(settings->node.tailscale_socket, settings->node.advertised,
					    settings->node.advertised_count, report);
	if (changed == 1)
		routes_print(settings->node.advertised, settings->node.advertised_count, KERNEL_ITEM_REMOVED);
	return changed < 0 ? -1 : result;
}
