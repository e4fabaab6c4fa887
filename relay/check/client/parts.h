/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of what check looks at on a client: a server, what the programs get, the way to the target. */
#ifndef RELAY_CHECK_CLIENT_PARTS_H
#define RELAY_CHECK_CLIENT_PARTS_H

#include "relay/check/client/reply.h"

#include <net/if.h>

struct tailscale_node;

enum { CLIENT_NAMESERVERS = 3 };

/* A resolver that may be a relay's. */
struct relay_client_server {
	struct conf_address address;
	const struct tailscale_node *node; /* NULL: none that this client sees */
	bool named;                        /* split DNS hands the domain to it; else a node that looks like a relay */
	struct relay_client_reply udp, tcp;
	int udp_error, tcp_error; /* errno, where there was no reply; ETIMEDOUT: nothing came */
	int echo;                 /* ms of a ping, tried when neither way brought a reply; -1 no reply; -2 not sent */
};

/* What the programs of this client ask. */
struct relay_client_system {
	struct relay_client_reply name, absolute, plain; /* getaddrinfo: NAME, "NAME.", the plain name */
	char hosts[200];                                 /* the line of /etc/hosts that has NAME; empty: none */
	char search[200];                                /* of resolv.conf */
	char servers[CLIENT_NAMESERVERS][80];            /* of resolv.conf */
	struct relay_client_reply replies[CLIENT_NAMESERVERS];
	size_t server_count;
};

/* The way to the address that is sent to. */
struct relay_client_way {
	bool has_target;
	struct conf_address target;
	char overlay[IF_NAMESIZE]; /* the device with this client's tailnet address; empty: none */
	unsigned overlay_mtu;
	bool overlay_has_ipv4, overlay_has_ipv6;
	char device[IF_NAMESIZE]; /* by which the kernel sends to the target; empty: none */
	int echo, echo_error;     /* ms; -1 no reply; -2 not sent, with errno */
	int large;                /* the same of a packet of 1280 octets */
	bool connects; /* TCP came through: connected, or was refused; tried when the echo was not answered */
};

#endif
