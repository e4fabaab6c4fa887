/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions outside of the split domains, when Unbound's own dns64 answers them. */
#ifndef MODULE_DNS64_H
#define MODULE_DNS64_H

#include <stdbool.h>

struct dns64_upstream;
struct instance;
struct module_env;
struct module_qstate;
struct split_domains;

/*
 * The question goes on to the next module, which is dns64 when the settings have it. id is the module's number. True: not yet, for the upstream is asked
 * first (module/dns64_upstream.h).
 */
bool splitdns_dns64_question_leave(struct module_qstate *qstate, int id, const struct instance *instance);

/*
 * Show dns64 a new question that goes on to it, as if dns64 were the first module; beside split domains only a look-up apart, and nothing where dns64 is not the next
 * one. It is dns64's turn then: the question's state here is not to be changed any more.
 */
void splitdns_dns64_question_show(struct module_qstate *qstate, int id, const struct split_domains *domains);

/* The next modules are done with it. */
void splitdns_dns64_question_return(struct module_qstate *qstate, int id, const struct split_domains *domains);

/* Have each answer that comes to such a question's AAAA looked at, behind what is left out of it, and no longer. id is the module's number. 0, or -1 without memory. */
int splitdns_dns64_ttl_register(struct module_env *env, int id, struct dns64_upstream *upstream);
void splitdns_dns64_ttl_unregister(struct module_env *env, int id);

#endif
