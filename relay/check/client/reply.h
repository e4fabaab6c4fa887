/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a name is, for one who asks: its AAAA and A together. */
#ifndef RELAY_CHECK_CLIENT_REPLY_H
#define RELAY_CHECK_CLIENT_REPLY_H

#include "conf/entries.h"
#include "relay/ask/resolver.h"

#include <stdbool.h>
#include <stddef.h>

enum { CLIENT_REPLY_MS = 4000 };
enum { CLIENT_ADDRESSES = 8, CLIENT_ADDRESS_LIST = CLIENT_ADDRESSES * (INET6_ADDRSTRLEN + 1) };

struct relay_client_reply {
	bool asked, answered;
	char code[24]; /* RCODE of the AAAA; "" from getaddrinfo */
	struct conf_address addresses[CLIENT_ADDRESSES];
	size_t count;    /* never more than there is room for */
	char alias[256]; /* what the first CNAME leads to; empty: none */
	bool is_of_zone; /* the negative answer's SOA is the domain's own, as a relay writes it */
};

/*
 * Ask for AAAA and A. Each question goes out twice over UDP, since a datagram may be lost; who does not answer the first is not asked the
 * second, and after CLIENT_REPLY_MS nobody is waited for. 0, or -1 without an answer.
 */
int relay_client_reply_ask(enum relay_transport transport, const struct relay_server *server, const char *name,
			   const char *zone, struct relay_client_reply *reply);

void relay_client_reply_add(struct relay_client_reply *reply, const struct conf_address *address);

/* Does it have the address? Are all its addresses, and there is one at least, among the other's? */
bool relay_client_reply_has(const struct relay_client_reply *reply, const struct conf_address *address);
bool relay_client_reply_is_within(const struct relay_client_reply *reply, const struct relay_client_reply *other);

/* Is it one that a relay gives: an address in answer to AAAA, or the domain's own SOA? */
bool relay_client_reply_is_relays(const struct relay_client_reply *reply);

/* The first IPv6 address, else the first; NULL. */
const struct conf_address *relay_client_reply_first(const struct relay_client_reply *reply);

/* "fd64:9929::6440:3, 100.64.0.3"; "no address (NXDOMAIN)"; "no answer". Returns text. */
const char *relay_client_reply_print(const struct relay_client_reply *reply, char *text, size_t size);

#endif
