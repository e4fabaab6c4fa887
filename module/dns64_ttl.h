/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long what Unbound's dns64 makes may be kept (RFC 6147 section 5.1.7). */
#ifndef MODULE_DNS64_TTL_H
#define MODULE_DNS64_TTL_H

struct dns64_upstream;
struct module_env;
struct module_qstate;
struct split_domains;

/* What a question has that goes to dns64, in seconds, until an answer to AAAA comes: nobody has said that there are none. */
#define DNS64_TTL_UNANSWERED 60

/* Have each answer that comes to such a question's AAAA looked at, behind what is left out of it, and no longer. id is the module's number. 0, or -1 without memory. */
int splitdns_dns64_ttl_register(struct module_env *env, int id, struct dns64_upstream *upstream);
void splitdns_dns64_ttl_unregister(struct module_env *env, int id);

/* The question is answered: shorten the TTLs of what dns64 has made. An answer with AAAA records of the name's own stays as it is. */
void splitdns_dns64_ttl_limit(struct module_qstate *qstate, int id, const struct split_domains *domains);

#endif
