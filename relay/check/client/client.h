/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check on a client: what is looked at, without root and without settings, before anybody judges it. Judges are functions of this alone. */
#ifndef RELAY_CHECK_CLIENT_CLIENT_H
#define RELAY_CHECK_CLIENT_CLIENT_H

#include "relay/check/client/parts.h"
#include "tailscale/netmap.h"
#include "tailscale/prefs.h"
#include "tailscale/status.h"

enum { CLIENT_SERVERS = 12, CLIENT_NAME = 300 };

struct relay_client {
	char given[CLIENT_NAME];  /* the operand; empty: none */
	char name[CLIENT_NAME];   /* "my-vps.9929" */
	char domain[CLIENT_NAME]; /* "9929"; empty: split DNS names none, and neither does the operand */
	char plain[CLIENT_NAME];  /* "my-vps.tail1234.ts.net"; empty: not known */
	const char *socket;       /* tailscaled's */
	time_t now;
	bool has_status, up, has_prefs, has_netmap;
	bool hung;         /* tailscaled took the question, and does not answer */
	bool blind;        /* tailscaled cannot be asked: judged by DNS and routes alone */
	char trouble[300]; /* why there is no status, or it is not up */
	size_t number;     /* of the split domain, among those that split DNS hands to nodes of the tailnet */
	struct tailscale_status status;
	struct tailscale_prefs prefs;
	struct tailscale_netmap netmap;
	const struct tailscale_zone *zone; /* the domain's, with resolvers; NULL: split DNS hands it to nobody */
	struct relay_client_server servers[CLIENT_SERVERS];
	size_t server_count;
	struct relay_client_reply magic, magic_plain; /* of 100.100.100.100 */
	struct relay_client_system system;
	struct relay_client_way way;
};

/* Fill in a part, in this order. Nothing is changed. The last asks for all of these clients at once, and takes less than 8 s. */
void relay_client_ask_tailscaled(struct relay_client *client);
void relay_client_choose(struct relay_client *client); /* name, domain and servers, from what tailscaled said */
void relay_client_examine(struct relay_client *clients, size_t count);

/* So many domains does split DNS hand to nodes of the tailnet. */
size_t relay_client_domains(const struct relay_client *client);

/* The device with an address of the tailnet, into way. */
void relay_client_find_overlay(struct relay_client *client);

/* The first server that answers as a relay does; NULL. */
const struct relay_client_server *relay_client_relay(const struct relay_client *client);

/* What that server said of the name, by the way that is open; NULL. */
const struct relay_client_reply *relay_client_expected(const struct relay_client *client);

/* A peer for which the control plane gave out a route to the address, the default route not among them; NULL. */
const struct tailscale_node *relay_client_router(const struct relay_client *client, const struct conf_address *address,
						 const struct conf_prefix **route);

void relay_client_clear(struct relay_client *client);

#endif
