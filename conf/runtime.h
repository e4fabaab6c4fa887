/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtime folder, as all programs of the relay know it: root's, and in it a folder of the daemons for their sockets. */
#ifndef CONF_RUNTIME_H
#define CONF_RUNTIME_H

#include <sys/types.h>

#define CONF_RUNTIME_SOCKETS        "sockets"
#define CONF_RUNTIME_NAT64D_SOCKET  "nat64d.sock"
#define CONF_RUNTIME_UNBOUND_SOCKET "unbound.ctl"
#define CONF_RUNTIME_DRAIN_SOCKET   "unbound.drain"
#define CONF_RUNTIME_NAT64D_LOCK    "nat64d.lock"

/*
 * Open the folder of the sockets in the open runtime folder, made when it is missing. Root makes it root's and the group's, sticky; what
 * was a folder of somebody else's is taken over. The descriptor, or -1 with errno: ENOTDIR or ELOOP when something else lies there.
 */
int conf_runtime_sockets_open(int runtime, gid_t group);

/* The links to the sockets in the open runtime folder, unless something bears their names. 0, or -1 with errno. */
int conf_runtime_links_make(int runtime);

#endif
