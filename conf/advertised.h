/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What advertise-prefix names, against the prefixes of this relay. */
#ifndef CONF_ADVERTISED_H
#define CONF_ADVERTISED_H

#include <stdbool.h>

struct conf_prefix;
struct conf_settings;

/* Does the route hold a prefix of the settings, the twin's among them, or a part of one? */
bool conf_advertised_is_ours(const struct conf_settings *settings, const struct conf_prefix *route);

/* Note each that is none of ours: clients would send what nobody translates. */
void conf_advertised_note(struct conf_settings *settings);

#endif
