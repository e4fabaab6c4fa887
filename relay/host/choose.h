/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What init chooses by itself: a prefix nobody else has, and a pool that collides with nothing. */
#ifndef RELAY_HOST_CHOOSE_H
#define RELAY_HOST_CHOOSE_H

#include "conf/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the pool init chooses: 4096 addresses, a client each. */
#define RELAY_POOL_LENGTH 20

/* IPv4 networks that are in use, each with the words for its user. */
struct relay_taken {
	struct {
		struct conf_prefix4 prefix;
		char *by;
	} * items;
	size_t count;
};

/* Remember that prefix is in use. 0, or -1 out of memory. */
int relay_taken_add(struct relay_taken *taken, const struct conf_prefix4 *prefix, const char *by);

/* Who uses a part of prefix, or NULL. A default route, or half of one, is no user. The words live as long as taken. */
const char *relay_taken_find(const struct relay_taken *taken, const struct conf_prefix4 *prefix);

void relay_taken_clear(struct relay_taken *taken);

/*
 * The first free /20 of private space (RFC 1918), from the end of 192.168.0.0/16 downwards, then of 172.16.0.0/12, then
 * of 10.0.0.0/8: the least used ends first. False when everything is taken.
 */
bool relay_pool_choose(const struct relay_taken *taken, struct conf_prefix4 *pool);

/*
 * A unique local /96 (RFC 4193 section 3.2: fd, then 40 random bits of global ID, then 16 of subnet ID) made of 7 random
 * octets. Bits 64 to 95 are zero, which RFC 6052 section 2.2 asks of bits 64 to 71.
 */
struct conf_prefix6 relay_prefix_make(const uint8_t random[7]);

#endif
