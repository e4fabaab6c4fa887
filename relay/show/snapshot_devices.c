/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is who in the tailnet: the names that the page shows for addresses, and whose devices they are. One request tells of all (LocalAPI, status). */
#include "relay/show/snapshot.h"

#include "conf/json.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "tailscale/localapi.h"

#include <stdio.h>
#include <string.h>

enum { ID_ROOM = 32 };

/* Of a tagged node it is nobody's. */
static const char *login_of(const json_t *status, const json_t *node)
{
	char id[ID_ROOM];

	if (json_array_size(json_object_get(node, "Tags")) > 0)
		return "";
	snprintf(id, sizeof(id), "%lld", conf_json_number(node, "UserID"));
	return conf_json_text(json_object_get(json_object_get(status, "User"), id), "LoginName");
}

static void device_add(json_t *devices, const json_t *status, const json_t *node)
{
	const char *name = conf_json_text(node, "DNSName");
	size_t length = strlen(name);
	json_t *addresses = json_object_get(node, "TailscaleIPs");

	if (json_is_array(addresses))
		json_array_append_new(
			devices,
			json_pack("{s:o, s:s, s:s, s:O}", "name",
				  json_stringn(name, length > 0 && name[length - 1] == '.' ? length - 1 : length), "login",
				  login_of(status, node), "os", conf_json_text(node, "OS"), "addresses", addresses));
}

json_t *relay_snapshot_devices(const struct conf_settings *settings)
{
	json_t *devices = json_array(), *node;
	json_auto_t *status = settings->node.advertise_none ? NULL :
							      tailscale_localapi_get(settings->node.tailscale_socket,
										     "status", CONF_REPORT_DISCARD);
	const char *key;

	device_add(devices, status, json_object_get(status, "Self"));
	json_object_foreach(json_object_get(status, "Peer"), key, node)
		device_add(devices, status, node);
	return devices;
}
