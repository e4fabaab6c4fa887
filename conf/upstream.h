/* SPDX-License-Identifier: GPL-2.0-or-later */
/* upstream-dns: who answers for a zone, in the clear or over TLS. */
#ifndef CONF_UPSTREAM_H
#define CONF_UPSTREAM_H

#include "conf/prefix.h"

#include <stddef.h>

struct conf_upstream;

/* Where Debian keeps the certificate authorities that it trusts (ca-certificates). */
#define CONF_TLS_CERT_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

/* The parts of a server "ADDRESS[@PORT][#NAME]". */
struct conf_server {
	struct conf_address address;
	size_t address_length; /* of its text, which is the beginning */
	unsigned port;
	const char *name; /* in the text: whose certificate the server must show; NULL: it is asked in the clear */
};

/* Take the text apart. A port that is not given is 53, or 853 with a name (RFC 7858 section 3.1). 0, or -1 when it is no server. */
int conf_server_parse(const char *text, struct conf_server *server);

/* The words behind "dig" that ask the upstream, as "@192.0.2.1 -p 5300" or "@192.0.2.1 +tls"; returns text. */
const char *conf_upstream_print_dig(const struct conf_upstream *upstream, char *text, size_t size);

#endif
