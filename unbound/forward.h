/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The upstream-dns of relay.conf in the generated unbound.conf. */
#ifndef UNBOUND_FORWARD_H
#define UNBOUND_FORWARD_H

#include <stdbool.h>
#include <stdio.h>

struct conf_settings;

/* Is every name asked of an upstream, so that Unbound never asks the root? */
bool unboundconf_forward_knows_root(const struct conf_settings *settings);

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

#endif
