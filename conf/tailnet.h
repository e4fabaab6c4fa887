/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines that may say "auto", for what tailscaled says of this node: split-domain and edge-address. */
#ifndef CONF_TAILNET_H
#define CONF_TAILNET_H

#include <stdbool.h>

struct conf_address;
struct conf_settings;
struct conf_tailnet;

/* The word that stands for the tailnet's suffix or this node's addresses; in any case. */
#define CONF_AUTO "auto"

/* The first line whose "auto" stands for nothing yet; 0: there is none. Such settings are read, and not to be put in force. */
unsigned conf_tailnet_unknown(const struct conf_settings *settings);

/* Has the file a line that says "auto"? */
bool conf_tailnet_is_followed(const struct conf_settings *settings);

/* Has the file an edge-address, be it one that is not known yet? */
bool conf_tailnet_has_edge(const struct conf_settings *settings);

/* Is the address one of the tailnet's for this node? */
bool conf_tailnet_has(const struct conf_tailnet *tailnet, const struct conf_address *address);

/* Is it an edge-address? */
bool conf_tailnet_is_edge(const struct conf_settings *settings, const struct conf_address *address);

#endif
