/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 identifications that nobody outside can predict (RFC 7739). */
#ifndef NAT64_CORE_IDENTIFICATION_H
#define NAT64_CORE_IDENTIFICATION_H

#include <stdint.h>

/* The caller fills key with random octets (getrandom) once, a thread its own. */
struct nat64_identification {
	uint64_t key[2];
	uint64_t counter;
};

/* The next identification, as a header has it: the same octets on every machine. */
uint16_t nat64_identification_next(struct nat64_identification *identification);

#endif
