/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GET prefs. */
#include "tailscale/prefs.h"

#include "conf/report.h"
#include "tailscale/localapi.h"

#include <stdlib.h>

static int texts_read(const json_t *object, struct tailscale_prefs *prefs)
{
	if (tailscale_value_list(object, "AdvertiseRoutes", &prefs->advertise_routes) != 0 ||
	    tailscale_value_text(object, "ControlURL", &prefs->control_url) != 0 ||
	    tailscale_value_text(object, "OperatorUser", &prefs->operator) != 0)
		return -1;
	return tailscale_value_text(object, "Hostname", &prefs->hostname);
}

static int switches_read(const json_t *object, struct tailscale_prefs *prefs)
{
	const struct {
		const char *member;
		bool *value;
	} switches[] = {
		{"RouteAll", &prefs->route_all},       {"CorpDNS", &prefs->corp_dns},
		{"WantRunning", &prefs->want_running}, {"LoggedOut", &prefs->logged_out},
		{"ShieldsUp", &prefs->shields_up},     {"NoSNAT", &prefs->no_snat},
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++)
		if (tailscale_value_bool(object, switches[i].member, switches[i].value) != 0)
			return -1;
	/* Its name is the negation, and null means that nobody has said: then it is off. */
	prefs->stateful_filtering = json_is_false(json_object_get(object, "NoStatefulFiltering"));
	return 0;
}

int tailscale_prefs_read(const char *socket, struct tailscale_prefs *prefs, struct conf_report *report)
{
	json_auto_t *object = tailscale_localapi_get(socket, "prefs", report);
	int failed = -1;

	*prefs = (struct tailscale_prefs){0};
	if (!object)
		return -1;
	if (json_object_get(object, "WantRunning"))
		failed = texts_read(object, prefs) != 0 || switches_read(object, prefs) != 0 ? -1 : 0;
	if (failed) {
		conf_report_add(report,
				"%s: the answer does not contain the preferences of a tailscaled: set tailscale-socket to "
				"where it listens",
				socket);
		tailscale_prefs_clear(prefs);
	}
	return failed;
}

void tailscale_prefs_clear(struct tailscale_prefs *prefs)
{
	tailscale_list_clear(&prefs->advertise_routes);
	free(prefs->control_url);
	free(prefs->operator);
	free(prefs->hostname);
	*prefs = (struct tailscale_prefs){0};
}
