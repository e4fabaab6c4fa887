/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet core: one frame in, a verdict and frames out. No I/O, no clock, no log, no globals. */
#ifndef NAT64_CORE_TRANSLATE_H
#define NAT64_CORE_TRANSLATE_H

#include "nat64/core/context.h"

/* Translate the frame of length octets, in place where that can be done. frame + 10 is aligned to 4 octets and has
 * NAT64_HEADROOM octets before frame. What the result points to is good until the next call. */
void nat64_translate(struct nat64_context *context, uint8_t *frame, size_t length, struct nat64_result *result);

#endif
