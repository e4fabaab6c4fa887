/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended DNS errors (RFC 8914): where a reason comes from, and how it is sent. */
#ifndef MODULE_EXTENDED_ERROR_H
#define MODULE_EXTENDED_ERROR_H

#include "module/reason.h"

struct module_env;
struct module_qstate;
struct split_domains;

/* Why a look-up that has ended in SERVFAIL did so. */
enum reason splitdns_reason_of_failure(const struct module_qstate *finished, const struct split_domains *domains);

/* The reason of the reply that is about to go out; for the client whose question Unbound's modules have answered. */
void splitdns_reason_put(struct module_qstate *qstate, enum reason reason);

/* A few words for it, in which no name is; "" when there are none. */
const char *splitdns_reason_words(enum reason reason);

/* Have the reasons of failures and of cached answers sent as well, and no longer. id is the module's number. 0, or -1 without memory. */
int splitdns_reason_register(struct module_env *env, int id);
void splitdns_reason_unregister(struct module_env *env, int id);

#endif
