/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a split domain answers besides AAAA: a-policy, type-policy and native-aaaa. */
#ifndef CONF_POLICY_H
#define CONF_POLICY_H

#include "conf/store.h"

#include <stdbool.h>
#include <stdint.h>

enum conf_a_policy { /* an IPv4 address is asked for */
	CONF_A_EMPTY,
	CONF_A_REAL,
	CONF_A_NXDOMAIN,
};

/* All zero, but for the name, is the default. */
struct conf_policy {
	char *split;
	enum conf_a_policy a;
	bool has_a;
	bool native_aaaa, has_native_aaaa;
	uint32_t passed, withheld; /* sets of types: see conf_policy_passes */
};

/* The policy of a split domain; NULL when no line speaks of it. */
const struct conf_policy *conf_policy_of(const struct conf_settings *settings, const char *split);

/* Is the type, by its number (RFC 1035 section 3.2.2), in the set? */
bool conf_policy_passes(uint32_t passed, uint16_t type);

conf_store conf_store_a_policy, conf_store_type_policy, conf_store_native_aaaa;

#endif
