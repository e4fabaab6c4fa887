/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A forged message on its way, and what its records are made of. */
#ifndef TESTS_FUZZ_FORGE_DRAFT_H
#define TESTS_FUZZ_FORGE_DRAFT_H

#include "tests/fuzz/forge.h"

#define FORGE_HEADER 12

enum forge_type {
	A = 1,
	NS = 2,
	CNAME = 5,
	SOA = 6,
	PTR = 12,
	MX = 15,
	TXT = 16,
	AAAA = 28,
	SRV = 33,
	DNAME = 39,
	OPT = 41,
	SSHFP = 44,
	RRSIG = 46,
	SVCB = 64,
	HTTPS = 65,
	CAA = 257
};

/* A message on its way: what does not fit is left out, and counts stay true. */
struct draft {
	struct choices *choices;
	const struct forge_world *world;
	uint8_t *out;
	size_t length;
	uint16_t type;
	struct forge_name asked;
	unsigned counts[4];
	bool full;
};

void draft_put(struct draft *draft, const void *octets, size_t length);
void draft_put8(struct draft *draft, unsigned value);
void draft_put16(struct draft *draft, unsigned value);
void draft_put32(struct draft *draft, uint32_t value);

/* True once in so many times, and never in a tame world. */
bool draft_wildly(struct draft *draft, uint32_t times);

/* Append a whole name; false, and nothing changed, when it would be too long. */
bool draft_name_append(struct forge_name *name, const struct forge_name *suffix);

/* Any name of the world; a host below one, the number-th of a message, in one of many shapes. */
const struct forge_name *draft_pick_suffix(struct draft *draft);
struct forge_name draft_name_make(struct draft *draft, unsigned number);

/* A name, compressed or not; the data of a record of the type, which may be about the target. */
void draft_put_name(struct draft *draft, const struct forge_name *name);
void draft_put_data(struct draft *draft, uint16_t type, const struct forge_name *target);

#endif
