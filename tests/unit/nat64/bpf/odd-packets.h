/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets between CLIENT and SERVER: to the server in IPv6, to the client in IPv4. */
#ifndef TESTS_ODD_PACKETS_H
#define TESTS_ODD_PACKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct lab;

#define ODD_KINDS 19

/* Random contents of a kind, the same after the same srandom(). */
extern const struct odd_kind {
	const char *name;
	void (*make)(struct lab *lab, bool is6);
} odd_kinds[ODD_KINDS];

/* Begin the lab's packet; protocol: IPPROTO_ICMP in both families. */
void make_ends(struct lab *lab, bool is6, unsigned protocol);
/* The same with a transport, not sealed; where that begins. */
uint8_t *make_whole(struct lab *lab, bool is6, unsigned protocol);

static inline unsigned below(unsigned limit)
{
	return (unsigned)random() % limit;
}

#endif
