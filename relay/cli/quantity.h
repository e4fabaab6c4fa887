/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quantities as people read them. */
#ifndef RELAY_CLI_QUANTITY_H
#define RELAY_CLI_QUANTITY_H

#include <stdint.h>

enum { RELAY_QUANTITY_TEXT = 32 };

/* Seconds in their two largest units: "4s", "3m 20s", "5h 12m", "2d 3h". Returns text. */
const char *relay_quantity_duration(int64_t seconds, char text[RELAY_QUANTITY_TEXT]);

/* Octets: "512 B", "1.4 KiB", "3.0 GiB". Returns text. */
const char *relay_quantity_octets(uint64_t octets, char text[RELAY_QUANTITY_TEXT]);

/* Bits a second, in decimal units as networks have them: "0 bit/s", "12.3 Mbit/s". Returns text. */
const char *relay_quantity_rate(uint64_t rate, char text[RELAY_QUANTITY_TEXT]);

#endif
