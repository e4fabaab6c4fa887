/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both control planes have in common: the address, the node, and the end. */
#include "tailscale/control.h"

#include "conf/report.h"

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
	if (!control->base || !control->node) {
		conf_report_add(report, "out of memory");
		return -1;
	}
	for (size_t end = strlen(control->base); end > 0 && control->base[end - 1] == '/'; end--)
		control->base[end - 1] = '\0';
	if (!*node || strspn(node, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(node)) {
		conf_report_add(report, "tailscaled gives no id of this node: is it logged in?");
		return -1;
	}
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
