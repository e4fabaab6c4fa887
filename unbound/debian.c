/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions of packages by dpkg's status and apt's lists: stanzas of "Field: value" lines, parted by empty ones (deb822(5)). A list has tens of
 * megabytes. It is read once, block by block, for the one line that begins the stanza.
 */
#include "unbound/debian.h"

#include "unbound/file_find.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
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
