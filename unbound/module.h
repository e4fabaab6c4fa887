/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an unbound.conf needs around the module. */
#ifndef UNBOUND_MODULE_H
#define UNBOUND_MODULE_H

#include <stdio.h>

struct conf_settings;

/* Inside "server:": the order of the modules, the split domains, the real suffixes, the zones of the prefixes. */
void unboundconf_module_write_server(const struct conf_settings *settings, FILE *stream);

/* The clause "dynlib:"; nothing where the module is not loaded. */
void unboundconf_module_write_dynlib(const struct conf_settings *settings, FILE *stream);

/* Behind all other clauses: zones that are the module's are asked nowhere; nothing without a split domain. */
void unboundconf_module_close_zones(const struct conf_settings *settings, FILE *stream);

#endif
