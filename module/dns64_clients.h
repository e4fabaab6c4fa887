/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients for whom Unbound's dns64 makes no addresses. */
#ifndef MODULE_DNS64_CLIENTS_H
#define MODULE_DNS64_CLIENTS_H

struct module_env;
struct split_domains;

/* Have each answer of the modules looked at before it goes out, and no longer. id is the module's number. 0, or -1 without memory. */
int dns64_clients_register(struct module_env *env, int id, const struct split_domains *domains);
void dns64_clients_unregister(struct module_env *env, int id);

#endif
