/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gateway mode: dns64, dns64-exclude and ipv4only-arpa. */
#ifndef CONF_GATEWAY_H
#define CONF_GATEWAY_H

#include <stdbool.h>

struct conf_prefix;
struct conf_settings;

/* Does the file make a gateway: has it dns64, ipv4only-arpa or allow-destination, which a tayga.conf cannot have? */
bool conf_gateway_is_meant(const struct conf_settings *settings);

/* Does the translator forward to all of IPv4: allow-destination 0.0.0.0/0, or, where there is no relay, no such line at all? */
bool conf_gateway_is_open(const struct conf_settings *settings);

/* Do all clients of the prefix get the answers that dns64 makes? */
bool conf_gateway_synthesizes(const struct conf_settings *settings, const struct conf_prefix *client);

#endif
