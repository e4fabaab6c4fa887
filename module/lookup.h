/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The look-up of a real name: one query inside Unbound, and what of its result matters. */
#ifndef MODULE_LOOKUP_H
#define MODULE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

struct lookup;
struct module_qstate;
struct split_domains;
struct wire_name;

/* How a look-up goes through Unbound. */
enum lookup_way {
	LOOKUP_SHORT,   /* not by way of the validator, where there is nothing to validate */
	LOOKUP_CHECKED, /* as a client's question */
	LOOKUP_APART,   /* past the cache and leaving nothing in it, as module/same_name.c needs */
};

/* Ask for records of the real name. 0, or -1 when Unbound cannot: no memory, or the look-up would wait for itself. */
int splitdns_lookup_start(struct module_qstate *question, int id, const struct wire_name *real, uint16_t type,
			  enum lookup_way way);

/* Take over what the finished query found; apart: it was begun with LOOKUP_APART. -1 when there is no memory. */
int splitdns_lookup_read(const struct module_qstate *finished, struct module_qstate *question,
			 const struct split_domains *domains, bool apart, struct lookup *lookup);

#endif
