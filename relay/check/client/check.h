/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check --client. */
#ifndef RELAY_CHECK_CLIENT_CHECK_H
#define RELAY_CHECK_CLIENT_CHECK_H

#include <stdbool.h>

/* Where tailscaled listens, unless it was told another place. */
#define RELAY_CLIENT_SOCKET "/var/run/tailscale/tailscaled.sock"

/* name: NULL for a host of the tailnet. Prints what is found; an enum relay_exit. */
int relay_client_check(const char *name, const char *socket, bool json);

#endif
