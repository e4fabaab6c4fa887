/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second opinion on a message. */
#include "tests/fuzz/second.h"

#include <ldns/ldns.h>

bool second_reads(const uint8_t *message, size_t length)
{
	ldns_pkt *packet = NULL;
	bool read = ldns_wire2pkt(&packet, message, length) == LDNS_STATUS_OK;

	ldns_pkt_free(packet);
	return read;
}
