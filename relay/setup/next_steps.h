/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person has left to do before clients reach the relay. */
#ifndef RELAY_SETUP_NEXT_STEPS_H
#define RELAY_SETUP_NEXT_STEPS_H

#include <stdbool.h>

struct conf_settings;

/*
 * Print it, with the setting or command to copy: only what is left, as far as tailscaled can tell, and MagicDNS while our
 * resolver runs. Nothing, and false, when nothing is left. Takes up to 1.5 s when no resolver answers.
 */
bool relay_next_steps_print(const struct conf_settings *settings);

#endif
