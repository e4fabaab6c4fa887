/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person has left to do before clients reach the relay. */
#ifndef RELAY_LEFT_H
#define RELAY_LEFT_H

#include "conf/address.h"

struct conf_settings;

/* Room for the name of the ip6.arpa zone of a prefix, and its NUL. */
#define RELAY_ZONE_TEXT (32 * 2 + sizeof("ip6.arpa"))

/*
 * The zone that the addresses of a prefix are looked up backwards in (RFC 3596 section 2.5). The length is a multiple
 * of 4. Returns text.
 */
const char *relay_left_zone_print(const struct conf_prefix6 *prefix, char text[RELAY_ZONE_TEXT]);

/*
 * Print it, with the setting or command to copy: only what is left, as far as tailscaled can tell, and MagicDNS while our
 * resolver runs. Nothing when nothing is left. Takes up to 1.5 s when no resolver answers.
 */
void relay_left_print(const struct conf_settings *settings);

#endif
