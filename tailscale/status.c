/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET status, without the peers: on a large tailnet they are megabytes that nobody here reads.
 *
 * An approved route stands among Self.AllowedIPs beside the node's own addresses. Self.PrimaryRoutes is what peers are told to send here; with
 * headscale a standby of a pair has neither, and a relay that no rule of the policy lets reach its own prefix never sees its approval.
 */
#include "tailscale/status.h"

#include "conf/report.h"
#include "conf/value.h"
#include "tailscale/localapi.h"

#include <stdlib.h>
#include <string.h>

static int addresses_read(const json_t *self, struct tailscale_status *status)
{
	struct tailscale_list texts;
	int failed = 0;

	if (tailscale_value_list(self, "TailscaleIPs", &texts) != 0)
		return -1;
	status->addresses = calloc(texts.count + 1, sizeof(*status->addresses));
	if (!status->addresses)
		failed = -1;
	for (size_t i = 0; i < texts.count && !failed; i++)
		failed = conf_address_parse(texts.items[i], &status->addresses[status->address_count++]);
	tailscale_list_clear(&texts);
	return failed;
}

/* A domain name without the dot at its end. */
static int name_read(const json_t *object, const char *member, char **name)
{
	if (tailscale_value_text(object, member, name) != 0)
		return -1;
	size_t length = strlen(*name);
	if (length > 0 && (*name)[length - 1] == '.')
		(*name)[length - 1] = '\0';
	return 0;
}

static int self_read(const json_t *self, struct tailscale_status *status)
{
	if (!json_is_object(self) || tailscale_value_text(self, "ID", &status->id) != 0 ||
	    name_read(self, "DNSName", &status->dns_name) != 0 ||
	    tailscale_value_bool(self, "Online", &status->online) != 0 ||
	    tailscale_value_bool(self, "Expired", &status->expired) != 0)
		return -1;
	if (tailscale_value_list(self, "AllowedIPs", &status->allowed_ips) != 0 ||
	    tailscale_value_list(self, "PrimaryRoutes", &status->primary_routes) != 0)
		return -1;
	return addresses_read(self, status);
}

static int object_read(const json_t *object, struct tailscale_status *status)
{
	const json_t *tailnet = json_object_get(object, "CurrentTailnet"); /* null when logged out */

	if (tailscale_value_text(object, "BackendState", &status->backend_state) != 0 || !*status->backend_state ||
	    tailscale_value_text(object, "Version", &status->version) != 0 ||
	    tailscale_value_quotes(object, "Health", &status->health) != 0)
		return -1;
	if (name_read(tailnet, "MagicDNSSuffix", &status->magic_dns_suffix) != 0 ||
	    tailscale_value_bool(tailnet, "MagicDNSEnabled", &status->magic_dns_enabled) != 0)
		return -1;
	return self_read(json_object_get(object, "Self"), status);
}

int tailscale_status_read(const char *socket, struct tailscale_status *status, struct conf_report *report)
{
	json_auto_t *object = tailscale_localapi_get(socket, "status?peers=false", report);

	*status = (struct tailscale_status){0};
	if (!object)
		return -1;
	int failed = object_read(object, status);
	if (failed) {
		conf_report_add(report,
				"%s: the answer does not contain the status of a tailscaled: set tailscale-socket to where it "
				"listens",
				socket);
		tailscale_status_clear(status);
	}
	return failed;
}

int tailscale_status_is_up(const struct tailscale_status *status, struct conf_report *report)
{
	static const struct {
		const char *state, *advice;
	} states[] = {
		{"NeedsLogin", "tailscaled is logged out: run tailscale up, and log in"},
		{"NeedsMachineAuth", "this node waits for an administrator's approval: approve it in the admin console"},
		{"Stopped", "tailscaled is stopped: run tailscale up"},
	};

	if (strcmp(status->backend_state, "Running") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (strcmp(status->backend_state, states[i].state) == 0)
			return conf_report_add(report, "%s", states[i].advice);
	return conf_report_add(report, "tailscaled is not up yet (its state is %s): wait, and look at tailscale status",
			       status->backend_state);
}

static bool list_has_prefix(const struct tailscale_list *list, const struct conf_prefix *prefix)
{
	char text[CONF_PREFIX_TEXT];

	return tailscale_list_contains(list, conf_prefix_print(prefix, text));
}

bool tailscale_status_is_approved(const struct tailscale_status *status, const struct conf_prefix *prefix)
{
	return list_has_prefix(&status->allowed_ips, prefix);
}

bool tailscale_status_is_primary(const struct tailscale_status *status, const struct conf_prefix *prefix)
{
	return list_has_prefix(&status->primary_routes, prefix);
}

void tailscale_status_clear(struct tailscale_status *status)
{
	free(status->backend_state);
	free(status->version);
	free(status->id);
	free(status->dns_name);
	free(status->magic_dns_suffix);
	free(status->addresses);
	tailscale_list_clear(&status->allowed_ips);
	tailscale_list_clear(&status->primary_routes);
	tailscale_list_clear(&status->health);
	*status = (struct tailscale_status){0};
}
