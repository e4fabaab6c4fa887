/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capability sets of nat64d. capabilities.c asks libcap-ng, capabilities_plain.c the kernel itself, in a build without that library. */
#ifndef NAT64_DAEMON_CAPABILITIES_H
#define NAT64_DAEMON_CAPABILITIES_H

#include <stdbool.h>
#include <sys/types.h>

/* No capability to drop, of any of the sets, the bounding set with them. */
bool nat64d_capabilities_are_none(void);

/* As root: become that user and group, without supplementary groups; as another user: stay who it is. All sets are empty afterwards, root's bounding
 * set too. 0, or the step that failed, not 0, with errno. */
int nat64d_capabilities_drop(uid_t user, gid_t group);

#endif
