/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key to a control plane's API: found where the field's own tools look for it, kept out of sight, wiped. */
#ifndef TAILSCALE_KEY_H
#define TAILSCALE_KEY_H

#include <stdbool.h>

struct conf_report;

struct tailscale_key {
	char *client;     /* id of the OAuth client whose secret this is; NULL: the secret is the bearer token itself */
	char *secret;     /* printable ASCII without blanks */
	char *address;    /* HEADSCALE_CLI_ADDRESS; NULL: not set */
	const char *from; /* what a message calls it: "TS_API_KEY", or the file */
};

/*
 * Read the key: from `file` if that is not NULL, else from TS_API_KEY, or TS_API_CLIENT_ID and TS_API_CLIENT_SECRET, or (headscale)
 * HEADSCALE_CLI_API_KEY. The variables of both control planes are wiped and removed from the environment. Refused: a file that others may read, a
 * key of another kind. 0, or -1 with what to do. `from` points to `file`, or to a constant. The caller clears the key in both cases.
 */
int tailscale_key_read(bool headscale, const char *file, struct tailscale_key *key, struct conf_report *report);

/* Overwrite and free. */
void tailscale_key_clear(struct tailscale_key *key);

/* Overwrite and free a text with a secret in it; NULL is fine. */
void tailscale_secret_free(char *secret);

/* From now on this process leaves no core dump, and no other process of this user can read its memory. */
void tailscale_secret_guard(void);

#endif
