/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domain names in wire form (RFC 1035 section 3.1): parse, match a suffix, exchange a suffix. */
#ifndef MODULE_NAMES_H
#define MODULE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_OCTETS_MAX 255
#define NAME_LABEL_MAX  63

/* A whole name with its root label; length is 1 to 255. */
struct wire_name {
	uint8_t octets[NAME_OCTETS_MAX];
	size_t length;
};

/* Parse "a.b" or "a.b." in lower case; "." is the root. 0, or -1 when the text is no domain name. */
int splitdns_wire_name_parse(const char *text, struct wire_name *name);

/*
 * Where in the name the suffix begins, in octets: 0 when they are the same name. False when the name is not the suffix
 * nor below it. The name is a whole, well-formed name of that length; case makes no difference (RFC 4343).
 */
bool splitdns_wire_name_find_suffix(const uint8_t *name, size_t length, const struct wire_name *suffix, size_t *offset);

/* How many labels stand before the offset, where another one begins. */
unsigned splitdns_wire_name_labels(const uint8_t *name, size_t offset);

/*
 * Put suffix in the place of what begins at offset, into out. 0, or -1 when the name would be longer than the 255
 * octets of RFC 1035 section 2.3.4: such a name cannot exist.
 */
int splitdns_wire_name_exchange_suffix(const uint8_t *name, size_t offset, const struct wire_name *suffix,
				       struct wire_name *out);

/*
 * Does the data of a record hold the name as text, "tail1234.ts.net", or as labels? In any case; the root is in nothing.
 * Text that is cut into two character strings in the middle of the name must be joined first.
 */
bool splitdns_wire_name_is_in(const struct wire_name *name, const uint8_t *octets, size_t length);

#endif
