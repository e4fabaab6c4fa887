/* SPDX-License-Identifier: GPL-2.0-or-later */
/* query-log yes: a line in Unbound's log for each answer of a split domain. */
#ifndef MODULE_QUERY_LOG_H
#define MODULE_QUERY_LOG_H

#include <stdbool.h>

struct instance;
struct module_env;

/* Have Unbound call us before each answer, those from its cache too. False after a message in the log: no memory. */
bool splitdns_query_log_start(struct module_env *env, int id, struct instance *instance);

/* The contrary; does nothing when it was not started. */
void splitdns_query_log_stop(struct module_env *env, int id);

#endif
