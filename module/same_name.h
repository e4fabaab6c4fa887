/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Same-name relaying: a split domain that is its own real suffix. */
#ifndef MODULE_SAME_NAME_H
#define MODULE_SAME_NAME_H

#include <stdbool.h>

struct module_env;
struct module_qstate;
struct query_info;
struct question;
struct split_domain;
struct split_domains;

/* Is the question about such a domain's names one that the module answers? All others go on to Unbound, untouched. */
bool splitdns_same_name_question_is_ours(const struct module_qstate *qstate, const struct split_domain *domain);

/* Is it answered without a look-up, as there being nothing? */
bool splitdns_same_name_question_is_empty(const struct module_qstate *qstate, const struct split_domain *domain);

/* Is it one for records that clients are told other ones for? What Unbound finds for itself must not be answered to them. */
bool splitdns_same_name_question_is_apart(const struct split_domains *domains, const struct query_info *asked);

/* May the answer lie where Unbound's own look-up of a name server's address would find it? */
bool splitdns_same_name_answer_may_stay(const struct module_qstate *qstate, const struct split_domain *domain);

/* Unbound's own modules have answered a question that is none of ours: store the answer, if that was put off. */
void splitdns_same_name_question_return(struct module_qstate *qstate, int id);

/* Keep what Unbound finds of such names for itself away from clients. 0, or -1 without memory; nothing when there is no such domain. */
int splitdns_same_name_register(struct module_env *env, int id, const struct split_domains *domains);
void splitdns_same_name_unregister(struct module_env *env, int id);

#endif
