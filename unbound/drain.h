/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbound takes no new questions, until it reloads. */
#ifndef UNBOUND_DRAIN_H
#define UNBOUND_DRAIN_H

struct conf_settings;

/*
 * Have Unbound leave new questions in its sockets, and wait until no client waits for it, two seconds at most. settings name the runtime folder
 * alone. Then it must reload within two seconds; otherwise it goes on by itself. Does nothing where the module does not listen.
 */
void unboundconf_drain(const struct conf_settings *settings);

#endif
