/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions of packages by dpkg's status and apt's lists: stanzas of "Field: value" lines, parted by empty ones (deb822(5)). A list has tens of
 * megabytes. It is read once, block by block, for the one line that begins the stanza.
 */
#include "unbound/debian.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STANZA = 16384, NAME = 128 };

/* The stanza of a package; false: there is none, or no such file. */
static bool stanza_read(const char *path, const char *package, char stanza[STANZA])
{
	char begin[NAME];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool found;
	char *end;

	if (fd < 0)
		return false;
	snprintf(begin, sizeof(begin), "\nPackage: %s\n", package);
	found = unboundconf_file_find(fd, begin, stanza, STANZA);
	close(fd);
	end = found ? strstr(stanza, "\n\n") : NULL;
	if (end)
		end[1] = '\0';
	return found;
}

/* The value of a field behind which the separator stands, cut out of the text; NULL. */
static const char *field_find(const char *stanza, const char *field)
{
	const char *at = strstr(stanza, field);

	return at ? at + strlen(field) : NULL;
}

/* The source's version stands in brackets where it is another one: "Source: unbound (1.17.1-2)", after a rebuild. */
static bool source_version(const char *stanza, char version[UNBOUNDCONF_DEBIAN_VERSION])
{
	const char *source = field_find(stanza, "\nSource: ");

	if (source) {
		size_t line = strcspn(source, "\n"), before = strcspn(source, "(");

		if (before < line)
			return unboundconf_debian_version_parse(source + before + 1, version);
	}
	return unboundconf_debian_version_parse(field_find(stanza, "\nVersion: "), version);
}

bool unboundconf_debian_installed(const char *root, const char *package, char version[UNBOUNDCONF_DEBIAN_VERSION])
{
	char path[512], stanza[STANZA];

	snprintf(path, sizeof(path), "%s/var/lib/dpkg/status", root);
	return stanza_read(path, package, stanza) && field_find(stanza, "\nStatus: install ok installed\n") &&
	       source_version(stanza, version);
}

/* "bookworm" */
static bool codename_read(const char *root, char *codename, size_t size)
{
	char path[512], text[4096], *at;
	FILE *stream;
	size_t length;

	snprintf(path, sizeof(path), "%s/etc/os-release", root);
	stream = fopen(path, "re");
	if (!stream)
		return false;
	text[0] = '\n';
	length = 1 + fread(text + 1, 1, sizeof(text) - 2, stream);
	text[length] = '\0';
	fclose(stream);
	at = strstr(text, "\nVERSION_CODENAME=");
	if (!at)
		return false;
	at += strlen("\nVERSION_CODENAME=");
	snprintf(codename, size, "%.*s", (int)strspn(at, "abcdefghijklmnopqrstuvwxyz"), at);
	return codename[0] != '\0';
}

bool unboundconf_debian_offered(const char *root, const char *package, char version[UNBOUNDCONF_DEBIAN_VERSION])
{
	static const char *const suites[] = {"", "-updates", "-security"};
	char codename[64], pattern[512], stanza[STANZA], one[UNBOUNDCONF_DEBIAN_VERSION];
	bool found = false;

	if (!codename_read(root, codename, sizeof(codename)))
		return false;
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		glob_t lists;

		snprintf(pattern, sizeof(pattern), "%s/var/lib/apt/lists/*_dists_%s%s_*_Packages", root, codename,
			 suites[i]);
		if (glob(pattern, 0, NULL, &lists) != 0)
			continue;
		for (size_t j = 0; j < lists.gl_pathc; j++) {
			if (!stanza_read(lists.gl_pathv[j], package, stanza) || !source_version(stanza, one))
				continue;
			if (!found || unboundconf_debian_version_compare(one, version) > 0)
				strcpy(version, one);
			found = true;
		}
		globfree(&lists);
	}
	return found;
}

enum { BLOCK = 256 * 1024, OVERLAP = 1024 };

/* Fill up to the given length. How many octets there are then. */
static size_t fill(int fd, char *buffer, size_t length, size_t wanted)
{
	while (length < wanted) {
		ssize_t count = read(fd, buffer + length, wanted - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		length += (size_t)count;
	}
	return length;
}

bool unboundconf_file_find(int fd, const char *text, char *out, size_t size)
{
	size_t text_length = strlen(text), kept = text_length - 1, length = 1;
	char *buffer = malloc(BLOCK + OVERLAP), *at = NULL;
	bool more = buffer && text_length > 0 && text_length <= OVERLAP;

	if (more)
		buffer[0] = '\n';
	while (more) {
		size_t before = length;

		length = fill(fd, buffer, length, BLOCK + OVERLAP);
		at = memmem(buffer, length, text, text_length);
		more = !at && length > before;
		if (more && length > kept) {
			memmove(buffer, buffer + length - kept, kept);
			length = kept;
		}
	}
	if (at) {
		size_t here = length - (size_t)(at - buffer);

		memcpy(out, at, here < size - 1 ? here : size - 1);
		here = here < size - 1 ? fill(fd, out, here, size - 1) : size - 1;
		out[here] = '\0';
	}
	free(buffer);
	return at;
}

/* The order of versions, EPOCH:UPSTREAM-REVISION: deb-version(7), Debian Policy 5.6.12. */

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
