/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of this machine: the overlay, and where things live. */
#ifndef CONF_NODE_H
#define CONF_NODE_H

#include "conf/entries.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_node {
	char *overlay_interface;
	char *lan_interface; /* what lies beyond the overlay is reached by it alone; NULL: as the routes lead */
	struct conf_prefix *advertised; /* completed from prefixes and twin, unless advertise-prefix says otherwise */
	size_t advertised_count;
	bool advertise_none;
	struct conf_tailnet tailnet; /* what auto stands for: see conf/tailnet.h */
	char *tailscale_socket;
	char *user;
	char *data_dir;
	char *runtime_dir;
	char *unbound_include_dir;
	char *unbound_program;
	char *unbound_module;
	char *translator_program;
	char *http_program;
	struct conf_http_listener *http_listeners; /* none: no page */
	size_t http_listener_count;
	char **http_admins; /* login names, and addresses */
	size_t http_admin_count;
	struct conf_probe *probes; /* what the relay is for */
	size_t probe_count;
};

#endif
