/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How old the private Unbound is, and whether the distribution has a newer one. */
#ifndef UNBOUND_AGE_H
#define UNBOUND_AGE_H

#include "unbound/debian.h"

#include <jansson.h>
#include <stdbool.h>

struct conf_settings;

struct unboundconf_age {
	char version[UNBOUNDCONF_DEBIAN_VERSION]; /* of the source package that it is built of; empty: not built by dist/unbound/build */
	char newer[UNBOUNDCONF_DEBIAN_VERSION]; /* that the distribution has; empty: none, or nobody knows */
	bool installed;                         /* the newer one is installed on this machine */
	bool packaged;                          /* the private one is of the package nat64-relay-unbound */
	char built[sizeof("2026-11-29")];       /* the date of the program's file */
	long days;                              /* since then */
};

/* Look at the program of the settings, and below root ("" outside of tests) at what dpkg and apt know. True: it has a version. */
bool unboundconf_age_read(const struct conf_settings *settings, const char *root, struct unboundconf_age *age);

/* "1.17.1-2+deb12u4, built 2026-11-29, 12 days ago", and that there is a newer one. */
const char *unboundconf_age_print(const struct unboundconf_age *age, char *text, size_t size);

/* The two commands that rebuild and restart it, in one line. */
const char *unboundconf_age_advice(const struct unboundconf_age *age);

/* For status; null where it has no version. */
json_t *unboundconf_age_json(const struct conf_settings *settings);

#endif
