/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look-up that nobody else's question shares. */
#ifndef MODULE_APART_H
#define MODULE_APART_H

#include <stdint.h>

struct module_qstate;
struct query_info;

/*
 * A query of the name that the question waits for: it takes nothing from the cache and leaves nothing there, no other question is answered
 * with what comes, and the module with the number id lets it go by. NULL when there is no memory.
 */
struct module_qstate *splitdns_apart_attach(struct module_qstate *question, int id, const struct query_info *wanted,
					    uint16_t flags);

#endif
