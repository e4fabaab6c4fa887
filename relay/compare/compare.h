/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several names, probed in the same rounds: what is measured of each. */
#ifndef RELAY_COMPARE_COMPARE_H
#define RELAY_COMPARE_COMPARE_H

#include "relay/compare/statistics.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* A reply that takes longer is a loss; what is in flight by then has at most as many rounds behind it as IN_FLIGHT. */
enum {
	RELAY_COMPARE_NAMES_MAX = 8,
	RELAY_COMPARE_TIMEOUT_MS = 2000,
	RELAY_COMPARE_INTERVAL_MIN_MS = 50,
	RELAY_COMPARE_IN_FLIGHT = RELAY_COMPARE_TIMEOUT_MS / RELAY_COMPARE_INTERVAL_MIN_MS + 1,
};

struct relay_compare_target {
	char name[256]; /* printable */
	char address[INET6_ADDRSTRLEN + 24];
	char problem[256]; /* why there is no reply; "" where nothing said so */
	struct sockaddr_storage peer;
	socklen_t peer_length; /* 0: the name has no address */

	int socket; /* of echo requests, connected; -1: none */
	bool raw;
	uint16_t id;                             /* of the requests over a raw socket, network order */
	uint64_t token;                          /* in the data of each request */
	int connecting[RELAY_COMPARE_IN_FLIGHT]; /* sockets of TCP, by round modulo IN_FLIGHT; -1: none */
	uint64_t sent_us[RELAY_COMPARE_ROUNDS_MAX];
	uint32_t times_us[RELAY_COMPARE_ROUNDS_MAX];

	struct relay_compare_statistics statistics;
	unsigned path_mtu; /* octets; 0: not known */
	bool path_mtu_confirmed;
	double upload, download; /* bit/s; below 0: not measured */
};

struct relay_comparison {
	struct relay_compare_target targets[RELAY_COMPARE_NAMES_MAX];
	unsigned count;
	unsigned rounds, interval_ms;
	uint16_t port; /* of TCP; 0: echo requests */
	bool throughput;
	bool interrupted; /* by Ctrl-C: rounds is how many there were, and there is no path MTU */
};

/* The first address of the name, in the order of getaddrinfo(3); else problem says why there is none. */
void relay_compare_resolve(struct relay_compare_target *target, const char *name);

/* Probe all targets that have an address, in rounds, and fill in their statistics. progress: tell stderr of each round. Ctrl-C ends them. */
void relay_compare_rounds(struct relay_comparison *comparison, bool progress);

/* The path MTU: confirmed by an echo of that size, or what the kernel has in its route, where port is that of TCP. */
void relay_compare_path_mtu(struct relay_compare_target *target, uint16_t port);

/* Is the program iperf3 there? */
bool relay_compare_has_iperf3(void);

/* Measure the throughput to an iperf3 server, and from it; problem says why there is none. */
void relay_compare_throughput(struct relay_compare_target *target);

/* A table for people, or one JSON object. */
void relay_compare_print(const struct relay_comparison *comparison);
void relay_compare_print_json(const struct relay_comparison *comparison, int exit_code);

#endif
