/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domain names in wire form.
 *
 * A name is a row of labels, each behind its length octet, and the empty root label at the end. Labels are compared
 * octet by octet with ASCII case folded; a suffix always begins at a label, never inside one. Names come from Unbound,
 * which has checked them, or from relay.conf, which splitdns_wire_name_parse() checks. Labels are never changed here, so only
 * the limit of the whole name can be passed.
 */
#include "module/names.h"

#include <string.h>

static uint8_t octet_to_lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
}

/* Append one label of text. 0, or -1 when it is empty or too long, or the name becomes so. */
static int wire_name_add_label(struct wire_name *name, const char *label, size_t length)
{
	if (length == 0 || length > NAME_LABEL_MAX)
		return -1;
	if (name->length + 1 + length + 1 > sizeof(name->octets)) /* the root label must still fit */
		return -1;
	name->octets[name->length++] = (uint8_t)length;
	for (size_t i = 0; i < length; i++)
		name->octets[name->length++] = octet_to_lower((uint8_t)label[i]);
	return 0;
}

int splitdns_wire_name_parse(const char *text, struct wire_name *name)
{
	memset(name, 0, sizeof(*name));
	if (*text == '\0')
		return -1;
	if (strcmp(text, ".") != 0) {
		while (*text != '\0') {
			size_t length = strcspn(text, ".");

			if (wire_name_add_label(name, text, length) < 0)
				return -1;
			text += length;
			if (*text == '.')
				text++;
		}
	}
	name->octets[name->length++] = 0;
	return 0;
}

static bool octets_are_equal(const uint8_t *a, const uint8_t *b, size_t length)
{
	for (size_t i = 0; i < length; i++) /* label lengths are below 'A', so folding leaves them alone */
		if (octet_to_lower(a[i]) != octet_to_lower(b[i]))
			return false;
	return true;
}

bool splitdns_wire_name_find_suffix(const uint8_t *name, size_t length, const struct wire_name *suffix, size_t *offset)
{
	size_t at = 0;

	while (length - at > suffix->length)
		at += 1 + name[at];
	if (length - at != suffix->length || !octets_are_equal(name + at, suffix->octets, suffix->length))
		return false;
	*offset = at;
	return true;
}

unsigned splitdns_wire_name_labels(const uint8_t *name, size_t offset)
{
	unsigned labels = 0;

	for (size_t at = 0; at < offset; at += 1 + name[at])
		labels++;
	return labels;
}

int splitdns_wire_name_exchange_suffix(const uint8_t *name, size_t offset, const struct wire_name *suffix,
				       struct wire_name *out)
{
	if (offset + suffix->length > sizeof(out->octets))
		return -1;
	memcpy(out->octets, name, offset);
	memcpy(out->octets + offset, suffix->octets, suffix->length);
	out->length = offset + suffix->length;
	return 0;
}

/* True when the octets are the labels, with a dot or a length octet between each two. */
static bool labels_begin(const struct wire_name *name, const uint8_t *octets)
{
	size_t end = name->length - 1; /* the root label */

	for (size_t at = 0; at < end; at += 1 + name->octets[at]) {
		size_t label = name->octets[at];

		if (at > 0 && octets[at - 1] != '.' && octets[at - 1] != label)
			return false;
		if (!octets_are_equal(octets + at, name->octets + at + 1, label))
			return false;
	}
	return true;
}

bool splitdns_wire_name_is_in(const struct wire_name *name, const uint8_t *octets, size_t length)
{
	size_t text = name->length > 1 ? name->length - 2 : 0; /* without the first length octet and the root label */

	if (text == 0)
		return false;
	for (size_t at = 0; at + text <= length; at++)
		if (labels_begin(name, octets + at))
			return true;
	return false;
}
