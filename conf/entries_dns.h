/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one line of relay.conf about names holds, where it is more than a word. */
#ifndef CONF_ENTRIES_DNS_H
#define CONF_ENTRIES_DNS_H

#include "conf/prefix.h"

#include <stdbool.h>
#include <stddef.h>

/* Where an entry has a line, it is the one of the file that it stands on; 0 for a default. */

/* split-domain SPLIT REAL|auto: both lower case, without the trailing dot. */
struct conf_split_domain {
	char *split;
	char *real;
	unsigned line;
	bool is_auto; /* real is what tailscaled says */
};

/* upstream-dns ZONE ADDRESS[@PORT][#NAME]: one entry an address; those of one zone are all over TLS, or none is. */
struct conf_upstream {
	char *zone;
	char *server; /* as Unbound's forward-addr takes it */
	bool tls;     /* it has a NAME */
	unsigned line;
};

/* What Unbound is told of itself. */
struct conf_resolver {
	unsigned rate_limit;   /* dns-rate-limit: questions a second of one client; 0: as many as it likes */
	char *tls_cert_bundle; /* who may sign the certificates of upstreams */
};

/* dns64, dns64-exclude: names without AAAA are answered inside the prefix, whatever the domain (RFC 6147). */
struct conf_dns64 {
	bool on;
	struct conf_prefix6 prefix;  /* when on; one of the settings' prefixes */
	struct conf_prefix *clients; /* who gets such answers; none: everybody */
	size_t client_count;
	struct conf_prefix6 *excluded; /* AAAA records in these do not count (RFC 6147 section 5.1.4) */
	size_t excluded_count;
};

/* ipv4only-arpa CLIENT none|P/L...: no prefixes stand for none. */
struct conf_discovery {
	struct conf_prefix client;
	struct conf_prefix6 *prefixes;
	size_t prefix_count;
};

#endif
