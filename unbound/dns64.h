/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the generated unbound.conf that make a gateway: DNS64 and ipv4only.arpa. */
#ifndef UNBOUND_DNS64_H
#define UNBOUND_DNS64_H

#include <stdio.h>

struct conf_settings;

/* Inside "server:": nothing when the settings neither have dns64 nor let anybody discover a prefix. */
void unboundconf_dns64_write_server(const struct conf_settings *settings, FILE *stream);

/* Clauses of their own, behind the whole server clause. */
void unboundconf_dns64_write_views(const struct conf_settings *settings, FILE *stream);

#endif
