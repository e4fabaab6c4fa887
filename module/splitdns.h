/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Unbound's dynlib module calls in splitdns.so, by these names. */
#ifndef MODULE_SPLITDNS_H
#define MODULE_SPLITDNS_H

#include "util/module.h"

#include <stddef.h>

#define SPLITDNS_EXPORT __attribute__((visibility("default")))

/* Read the settings. 1, or 0 after saying what is wrong: Unbound then ends. */
SPLITDNS_EXPORT int init(struct module_env *env, int id);
SPLITDNS_EXPORT void deinit(struct module_env *env, int id);

/* One step of one question. */
SPLITDNS_EXPORT void operate(struct module_qstate *qstate, enum module_ev event, int id, struct outbound_entry *outbound);

/* A look-up has finished that a question of ours waits for. */
SPLITDNS_EXPORT void inform_super(struct module_qstate *finished, int id, struct module_qstate *question);
SPLITDNS_EXPORT void clear(struct module_qstate *qstate, int id);
SPLITDNS_EXPORT size_t get_mem(struct module_env *env, int id);

#endif
