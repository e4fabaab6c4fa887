/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of an unbound.conf, in the generated one and in the lines for a user's own: a file each. */
#ifndef UNBOUND_PARTS_H
#define UNBOUND_PARTS_H

#include <stdbool.h>
#include <stdio.h>

struct conf_settings;

/* What it needs around the module. */

/* Inside "server:": the order of the modules, the split domains, the real suffixes, the zones of the prefixes. */
void unboundconf_module_write_server(const struct conf_settings *settings, FILE *stream);

/* The clause "dynlib:"; nothing where the module is not loaded. */
void unboundconf_module_write_dynlib(const struct conf_settings *settings, FILE *stream);

/* Behind all other clauses: zones that are the module's are asked nowhere; nothing without a split domain. */
void unboundconf_module_close_zones(const struct conf_settings *settings, FILE *stream);

/* What makes a gateway: DNS64 and ipv4only.arpa. */

/* Inside "server:": nothing when the settings neither have dns64 nor let anybody discover a prefix. */
void unboundconf_dns64_write_server(const struct conf_settings *settings, FILE *stream);

/* Clauses of their own, behind the whole server clause. */
void unboundconf_dns64_write_views(const struct conf_settings *settings, FILE *stream);

/* The upstream-dns of relay.conf. */

/* Is every name asked of an upstream, so that Unbound never asks the root? */
bool unboundconf_forward_knows_root(const struct conf_settings *settings);

/* Is an upstream on this very machine? */
bool unboundconf_forward_asks_loopback(const struct conf_settings *settings);

/* Write the lines of the part "server:" that the upstreams need. */
void unboundconf_forward_write_options(const struct conf_settings *settings, FILE *stream);

/* Write a forward-zone for each zone that has upstreams, with all of them. */
void unboundconf_forward_write_zones(const struct conf_settings *settings, FILE *stream);

/* Write the servers of a zone that has upstreams, as lines of a forward-zone. */
void unboundconf_forward_write_servers(const struct conf_settings *settings, const char *zone, FILE *stream);

/* A forward-zone: clause for each split domain, without servers, and the comment on it. */
void unboundconf_forward_close_splits(const struct conf_settings *settings, FILE *stream);

/* The same for one zone, without the comment. zone has no dot at its end. */
void unboundconf_forward_close(const char *zone, FILE *stream);

/* The names of addresses. */

/* Lines of the server: clause: the zones of the prefixes, and where no DNSSEC is to be expected. */
void unboundconf_reverse_write_zones(const struct conf_settings *settings, FILE *stream);

/* A forward-zone: clause for each zone under in-addr.arpa that relay.conf has no upstream-dns for. */
void unboundconf_reverse_write_forwarders(const struct conf_settings *settings, FILE *stream);

/* A forward-zone: clause without servers for each zone of a prefix: see unboundconf_forward_close_splits. */
void unboundconf_reverse_close(const struct conf_settings *settings, FILE *stream);

#endif
