/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second opinion on a message: ldns, whose headers do not go together with Unbound's. */
#ifndef TESTS_FUZZ_SECOND_H
#define TESTS_FUZZ_SECOND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when ldns reads the whole message. */
bool second_reads(const uint8_t *message, size_t length);

#endif
