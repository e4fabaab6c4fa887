/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines that the tailnet's policy needs for a relay: the one source of what up, status and check print; examples/policy.json has the same. */
#ifndef RELAY_CHECK_GRANT_H
#define RELAY_CHECK_GRANT_H

#include <stdbool.h>
#include <stddef.h>

struct conf_settings;

enum relay_grant {
	RELAY_GRANT_DNS,     /* clients may ask the relay */
	RELAY_GRANT_PREFIX,  /* clients and relay may use the prefixes */
	RELAY_GRANT_TARGETS, /* the relay may reach the targets */
	RELAY_GRANT_PAGE,    /* clients may open the relay's page, and other relays ask its /healthz */
	RELAY_GRANTS
};

/* Do these settings need the grant? All but that of the page, which follows http-listen. */
bool relay_grant_is_needed(enum relay_grant grant, const struct conf_settings *settings);

/* The element of "grants", without a comma behind it. relay: the relay's tag or address; NULL: tag:relay. Returns text. */
const char *relay_grant_print(enum relay_grant grant, const struct conf_settings *settings, const char *relay,
			      char *text, size_t size);

#endif
