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

/* A domain that this relay's resolver is to answer. */
struct relay_wanted_zone {
	const char *name;
	const char *within; /* a zone in it, or itself: who is asked for this one is us, when it is handed over */
	bool is_wide;       /* it also holds reverse names of others: a person decides */
};

/*
 * Call `visit` with each: the split domains, then the reverse zones of the prefixes, then that of the twin prefix. A twin prefix of many zones is one wide zone
 * above them, for 10.192.0.0/10 is 64 of them. Nothing where this relay has no address to be asked at.
 */
typedef void relay_wanted_visitor(void *context, const struct relay_wanted_zone *zone);
void relay_wanted_zones(const struct conf_settings *settings, relay_wanted_visitor *visit, void *context);

/* The address to which these zones are handed. Returns text, of INET6_ADDRSTRLEN octets. */
const char *relay_wanted_resolver(const struct conf_settings *settings, char *text);

#endif
