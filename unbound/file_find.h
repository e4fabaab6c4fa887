/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text in a file of any size. */
#ifndef UNBOUND_FILE_FIND_H
#define UNBOUND_FILE_FIND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Find the first place of the text, which has no more than 1024 octets, in the rest of the file; a newline is taken to stand before its first octet. Copy
 * what is there, the text itself first, into out, so much as there is room for with a NUL. False: it is nowhere.
 */
bool unboundconf_file_find(int fd, const char *text, char *out, size_t size);

#endif
