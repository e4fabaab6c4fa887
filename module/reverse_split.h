/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a real name back to a split name. */
#ifndef MODULE_REVERSE_SPLIT_H
#define MODULE_REVERSE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_prefix6;
struct split_domains;
struct wire_name;

/*
 * The split name of a host whose real name is known, as it is answered inside this prefix, or twin6; NULL: inside the twin. False when no
 * split domain of the prefix has it: the real suffix that fits best decides, and it must be the suffix of a name, not the name
 * itself, unless the domain is its own real suffix.
 */
bool splitdns_reverse_split_name(const struct split_domains *domains, const struct conf_prefix6 *prefix,
				 const uint8_t *real, size_t length, struct wire_name *split);

#endif
