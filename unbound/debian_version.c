/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of Debian's versions, EPOCH:UPSTREAM-REVISION: deb-version(7), Debian Policy 5.6.12. */
#include "unbound/debian.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A part of a version. */
struct part {
	const char *at, *end;
};

/* "~" comes before the end, the end before letters, letters before all others. Digits and the end are 0. */
static int weight(const struct part *part)
{
	if (part->at == part->end || isdigit((unsigned char)*part->at))
		return 0;
	if (*part->at == '~')
		return -1;
	return isalpha((unsigned char)*part->at) ? (unsigned char)*part->at : (unsigned char)*part->at + 256;
}

/* The next number of a part, without zeros before it; how many digits it has. */
static size_t number_next(struct part *part)
{
	size_t length = 0;

	while (part->at < part->end && *part->at == '0')
		part->at++;
	while (part->at + length < part->end && isdigit((unsigned char)part->at[length]))
		length++;
	return length;
}

static bool has_text(const struct part *part)
{
	return part->at < part->end && !isdigit((unsigned char)*part->at);
}

static int part_compare(struct part a, struct part b)
{
	while (a.at < a.end || b.at < b.end) {
		size_t digits_a, digits_b;
		int difference;

		while (has_text(&a) || has_text(&b)) {
			difference = weight(&a) - weight(&b);
			if (difference)
				return difference;
			a.at++; /* the same weight, and not 0: both have a letter there */
			b.at++;
		}
		digits_a = number_next(&a);
		digits_b = number_next(&b);
		difference = digits_a != digits_b ? (digits_a < digits_b ? -1 : 1) : memcmp(a.at, b.at, digits_a);
		if (difference)
			return difference;
		a.at += digits_a;
		b.at += digits_b;
	}
	return 0;
}

/* Cut a version apart. No revision is the same as an empty one. */
static unsigned long version_split(const char *text, struct part *upstream, struct part *revision)
{
	const char *colon = strchr(text, ':'), *end = text + strlen(text), *dash = strrchr(text, '-');

	upstream->at = colon ? colon + 1 : text;
	upstream->end = dash && dash >= upstream->at ? dash : end;
	revision->at = upstream->end < end ? upstream->end + 1 : end;
	revision->end = end;
	return colon ? strtoul(text, NULL, 10) : 0;
}

int unboundconf_debian_version_compare(const char *a, const char *b)
{
	struct part upstream_a, upstream_b, revision_a, revision_b;
	unsigned long epoch_a = version_split(a, &upstream_a, &revision_a),
		      epoch_b = version_split(b, &upstream_b, &revision_b);
	int difference = epoch_a < epoch_b ? -1 : epoch_a > epoch_b;

	if (!difference)
		difference = part_compare(upstream_a, upstream_b);
	return difference ? difference : part_compare(revision_a, revision_b);
}

bool unboundconf_debian_version_parse(const char *text, char version[UNBOUNDCONF_DEBIAN_VERSION])
{
	size_t length = text ? strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+~:-") : 0;

	if (length == 0 || length >= UNBOUNDCONF_DEBIAN_VERSION)
		return false;
	memcpy(version, text, length);
	version[length] = '\0';
	return true;
}
