/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others that is to be printed: on a terminal, or into a log. */
#ifndef CONF_PRINTABLE_H
#define CONF_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Replace in place, by a '?' for each octet, what could do more than show: control characters, those of Unicode that hide text or turn its
 * direction, and what is no UTF-8. keep: control characters that stay, as "\n\t". True when something was replaced.
 */
bool conf_printable_make(char *text, size_t length, const char *keep);

#endif
