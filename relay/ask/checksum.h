/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Internet checksum (RFC 1071) of packets that are written whole. */
#ifndef RELAY_ASK_CHECKSUM_H
#define RELAY_ASK_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Add octets, an even number of them or the last ones, to a sum; at most 128 KiB in all. */
uint32_t relay_checksum_add(uint32_t sum, const void *data, size_t length);

/* The checksum of the sum, in network order. */
uint16_t relay_checksum_end(uint32_t sum);

#endif
