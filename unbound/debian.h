/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Debian or its like knows of a package, read of files on its disk: no program is started, and nobody is asked. */
#ifndef UNBOUND_DEBIAN_H
#define UNBOUND_DEBIAN_H

#include <stdbool.h>
#include <stddef.h>

enum { UNBOUNDCONF_DEBIAN_VERSION = 64 };

/* Copy the version that the text begins with. False: none, or one that is too long. NULL is none. */
bool unboundconf_debian_version_parse(const char *text, char version[UNBOUNDCONF_DEBIAN_VERSION]);

/* Which of two versions is newer? Below, at or above 0, as strcmp(3); in the order of deb-version(7). */
int unboundconf_debian_version_compare(const char *a, const char *b);

/*
 * The version of the source package that an installed binary package is built of, by ROOT/var/lib/dpkg/status. False: it is not installed, or
 * this is no Debian.
 */
bool unboundconf_debian_installed(const char *root, const char *package, char version[UNBOUNDCONF_DEBIAN_VERSION]);

/*
 * The newest that apt's lists name for the machine's own release, its updates and its security updates: ROOT/var/lib/apt/lists, the
 * release by ROOT/etc/os-release. Lists of other releases do not count, for apt takes nothing of them by itself; nor do compressed ones.
 */
bool unboundconf_debian_offered(const char *root, const char *package, char version[UNBOUNDCONF_DEBIAN_VERSION]);

/*
 * Find the first place of the text, which has no more than 1024 octets, in the rest of the file; a newline is taken to stand before its first octet. Copy
 * what is there, the text itself first, into out, so much as there is room for with a NUL. False: it is nowhere.
 */
bool unboundconf_file_find(int fd, const char *text, char *out, size_t size);

#endif
