/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a split domain answers: a-policy, aaaa-policy, type-policy, native-aaaa, dnssec-policy, name-labels and prefix-choice. */
#ifndef CONF_POLICY_H
#define CONF_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct conf_settings;
struct conf_split_domain;

enum conf_a_policy { /* an IPv4 address is asked for */
		     CONF_A_EMPTY,
		     CONF_A_REAL,
		     CONF_A_NXDOMAIN,
		     CONF_A_TWIN, /* the target's, moved into the twin prefix */
};

enum conf_dnssec { /* of the real names: */
		   CONF_DNSSEC_DEFAULT,
		   CONF_DNSSEC_VALIDATE,
		   CONF_DNSSEC_INSECURE, /* no chain of keys leads to them */
};

/* All zero, but for the name, is the default. */
struct conf_policy {
	char *split;
	enum conf_a_policy a;
	bool has_a;
	bool native_aaaa, has_native_aaaa;
	bool twin6_first, has_aaaa; /* the addresses in twin6 before those in the prefix */
	enum conf_dnssec dnssec;
	bool by_order, has_choice; /* of several prefixes the first, instead of spreading the names */
	bool has_labels;
	unsigned labels;           /* that a name has before the split domain at most; 0: any number */
	uint32_t passed, withheld; /* sets of types: see conf_policy_passes */
	unsigned line;             /* of its a-policy, or else of the first that speaks of the domain */
};

/* The policy of a split domain; NULL when no line speaks of it. */
const struct conf_policy *conf_policy_of(const struct conf_settings *settings, const char *split);

/* What an IPv4 address asked for below the split domain gets: as a-policy says; else twin when there is one, and empty. */
enum conf_a_policy conf_policy_a(const struct conf_settings *settings, const char *split);

/*
 * Are the real names of the split domain taken without DNSSEC validation? As the dnssec-policy of any split domain with the same real
 * suffix says; else a suffix that is public, because it is the root, or lies in a split domain that is its own real suffix, is validated, and no other one is.
 */
bool conf_policy_is_insecure(const struct conf_settings *settings, const struct conf_split_domain *domain);

/*
 * How many labels a name has before the split domain at most; 0: any number. As name-labels says; else 1 where the real suffix is that of a tailnet
 * of Tailscale and MagicDNS alone is asked: it knows no others. What more labels make is of a search list, as en.wikipedia.org.9929.
 */
unsigned conf_policy_labels(const struct conf_settings *settings, const struct conf_split_domain *domain);

/* Is the type, by its number (RFC 1035 section 3.2.2), in the set? */
bool conf_policy_passes(uint32_t passed, uint16_t type);

#endif
