/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port 53 of an edge address in somebody else's hands. */
#ifndef RELAY_CHECK_PORT53_H
#define RELAY_CHECK_PORT53_H

#include <stddef.h>

struct conf_address;
struct conf_settings;

/* How to make the program let go of the address: lines for its own settings where it is known, else a word. Returns text. */
const char *relay_port53_cure(const char *program, const struct conf_address *edge,
			      const struct conf_settings *settings, char *text, size_t size);

#endif
