/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's directives: http-listen ADDRESS[:PORT] [anywhere], http-admin LOGIN|ADDRESS...; and where clients reach the page through the relay itself. */
#ifndef CONF_HTTP_H
#define CONF_HTTP_H

#include "conf/entries.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct conf_settings;

enum { CONF_HTTP_PORT = 8064 };

/* The index-th address of all http-listen lines, of which auto is every edge-address, and its port; NULL behind the last. */
const struct conf_address *conf_http_address(const struct conf_settings *settings, size_t index, unsigned *port);

/* "/healthz?look=now" asks a relay to look at its reach: the server says so to the relay's watch by a FIFO of this name beside the snapshot. */
#define CONF_SERVED_LOOK "look"

/* Port that the addresses inside the prefix answer on too: that of the overlay, else of the first http-listen; 0: there is none. */
unsigned conf_served_port(const struct conf_settings *settings);

/*
 * Is it an IPv4 edge-address on which the page is served, on that port? Then clients reach it through prefix and twin, that port and nothing else of the node: so a browser finds
 * out whether its way through the relay works (nftables/ruleset.c, input).
 */
bool conf_served_has4(const struct conf_settings *settings, struct in_addr address);

/* Port of the first http-listen on an edge-address, else of the first that nodes of the overlay may reach, which is any but loopback; 0: there is none. */
unsigned conf_served_overlay_port(const struct conf_settings *settings);

#endif
