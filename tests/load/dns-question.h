/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of clients, of every kind there is. */
#ifndef TESTS_NET_DNS_QUESTION_H
#define TESTS_NET_DNS_QUESTION_H

#include <stddef.h>
#include <stdint.h>

struct choices;
struct inspect_rules;

#define QUESTION_ROOM 320

/* Hosts that are asked about: one question in rarely is about any of them, the others are about the first thousandth. */
struct question_hosts {
	uint32_t count, rarely;
};

/*
 * A question about a name of the rules' zones, or about an address inside a prefix, into octets, of QUESTION_ROOM; its ID is 0. The number
 * of octets.
 */
size_t question_make(struct choices *choices, const struct inspect_rules *rules, const struct question_hosts *hosts,
		     uint8_t *octets);

#endif
