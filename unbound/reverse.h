/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the generated unbound.conf that is about the names of addresses. */
#ifndef UNBOUND_REVERSE_H
#define UNBOUND_REVERSE_H

#include <stdio.h>

struct conf_settings;

/* Lines of the server: clause: the zones of the prefixes, and where no DNSSEC is to be expected. */
void unboundconf_reverse_write_zones(const struct conf_settings *settings, FILE *stream);

/* A forward-zone: clause for each zone under in-addr.arpa that relay.conf has no upstream-dns for. */
void unboundconf_reverse_write_forwarders(const struct conf_settings *settings, FILE *stream);

/* A forward-zone: clause without servers for each zone of a prefix: see unbound_forward_close_splits. */
void unboundconf_reverse_close(const struct conf_settings *settings, FILE *stream);

#endif
