/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command asks tailscaled besides routes: may we write, and who else is there. */
#include "relay/ask/tailnet.h"

#include "conf/json.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/host/clock.h"
#include "tailscale/localapi.h"
#include "tailscale/prefs.h"
#include "tailscale/status.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { STARTING_MS = 15000, STARTING_STEP_MS = 500 };

static bool is_starting(const struct tailscale_status *status)
{
	return strcmp(status->backend_state, "Starting") == 0 || strcmp(status->backend_state, "NoState") == 0;
}

void relay_tailnet_node(const struct tailscale_status *status, struct conf_tailnet *node)
{
	*node = (struct conf_tailnet){.address_count = 0};
	for (size_t i = 0; i < status->address_count && node->address_count < CONF_TAILNET_ADDRESSES; i++)
		node->addresses[node->address_count++] = status->addresses[i];
	snprintf(node->suffix, sizeof(node->suffix), "%s", status->magic_dns_suffix);
}

int relay_tailnet_ask(const char *socket, bool patient, struct conf_tailnet *node, struct conf_report *report)
{
	uint64_t end = relay_clock_ms() + (patient ? STARTING_MS : 0);
	struct tailscale_status status;
	int result;

	while ((result = tailscale_status_read(socket, &status, report)) == 0 && is_starting(&status) &&
	       relay_clock_ms() < end) {
		tailscale_status_clear(&status);
		poll(NULL, 0, STARTING_STEP_MS);
	}
	if (result != 0)
		return -1;
	result = tailscale_status_is_up(&status, report);
	relay_tailnet_node(&status, node);
	tailscale_status_clear(&status);
	return result;
}

/* An edit of no preference: tailscaled checks the right to write, and changes nothing. */
static int write_try(const char *socket, struct conf_report *report)
{
	json_auto_t *nothing = json_object();
	json_auto_t *answer = tailscale_localapi_patch(socket, "prefs", nothing, report);

	return answer ? 0 : -1;
}

int relay_tailnet_check(const struct conf_settings *settings, bool patient, struct conf_report *report)
{
	struct conf_tailnet node;

	if (relay_tailnet_ask(settings->node.tailscale_socket, patient, &node, report) != 0)
		return -1;
	return write_try(settings->node.tailscale_socket, report);
}

/* Is the host of the URL tailscale.com, or below it? tailscale.company.example is somebody's headscale. */
static bool is_of_tailscale(const char *url)
{
	static const char domain[] = ".tailscale.com";
	const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url;
	size_t length = strcspn(host, ":/?#"), own = strlen(domain);

	if (length >= own)
		return strncasecmp(host + length - own, domain, own) == 0;
	return length == own - 1 && strncasecmp(host, domain + 1, length) == 0;
}

bool relay_tailnet_is_headscale(const struct tailscale_prefs *prefs)
{
	return prefs->control_url[0] != '\0' && !is_of_tailscale(prefs->control_url);
}

char *relay_tailnet_peer(const struct conf_settings *settings)
{
	json_auto_t *status = settings->node.advertise_none ? NULL :
							      tailscale_localapi_get(settings->node.tailscale_socket,
										     "status", CONF_REPORT_DISCARD);
	const char *found = NULL, *key;
	json_t *peer;

	json_object_foreach(json_object_get(status, "Peer"), key, peer) {
		const char *name = json_string_value(json_object_get(peer, "DNSName"));
		bool online = conf_json_is_true(peer, "Online");

		if (name && *name != '\0' && (!found || online))
			found = name;
		if (found && online)
			break;
	}
	return found ? strndup(found, strcspn(found, ".")) : NULL;
}
