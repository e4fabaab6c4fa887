/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data of one resource record. */
#ifndef MODULE_RECORD_H
#define MODULE_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* At most 65,535 octets; names in it are not compressed (RFC 1035 section 3.2.1). */
struct record {
	const uint8_t *octets;
	size_t length;
};

#endif
