/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime folder.
 *
 *     RUNTIME_DIR            root's, 0755: nobody else adds a name to it
 *         relay.conf, ...    what root writes, locks and reads
 *         sockets            root's and the daemons' group's, 01770
 *             nat64d.sock    the translator's
 *             unbound.ctl    the resolver's
 *             nat64d.lock    of a translator that was not started by root; root's has its lock in RUNTIME_DIR
 *         nat64d.sock, unbound.ctl    links to them, for scripts that know them there from earlier versions; we follow none
 *
 * The folder of the sockets is sticky, and root's: of two daemons one starts as root where there is no systemd, binds, and only then gives
 * its socket away by name (Unbound does, with chown(2)). Until then nobody but root can put another one in its place.
 */
#include "conf/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int folder_open(int runtime)
{
	return openat(runtime, CONF_RUNTIME_SOCKETS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Root's and the group's; of anybody else, who has made it for himself, it is his. */
static int folder_own(int folder, gid_t group)
{
	struct stat status;

	if (fstat(folder, &status))
		return -1;
	if (geteuid() != 0)
		return status.st_uid == geteuid() && (status.st_mode & 07777) != 0750 ? fchmod(folder, 0750) : 0;
	if (status.st_uid == 0 && status.st_gid == group && (status.st_mode & 07777) == 01770)
		return 0; /* of a file system that is read-only now, too */
	return fchown(folder, 0, group) || fchmod(folder, 01770) ? -1 : 0;
}

static int link_make(int runtime, const char *target, const char *name)
{
	return symlinkat(target, runtime, name) == 0 || errno == EEXIST ? 0 : -1;
}

int conf_runtime_links_make(int runtime)
{
	return link_make(runtime, CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_NAT64D_SOCKET, CONF_RUNTIME_NAT64D_SOCKET) == 0 &&
			       link_make(runtime, CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_UNBOUND_SOCKET,
					 CONF_RUNTIME_UNBOUND_SOCKET) == 0 ?
		       0 :
		       -1;
}

int conf_runtime_sockets_open(int runtime, gid_t group)
{
	int folder = folder_open(runtime), error;

	if (folder < 0 && errno == ENOENT && mkdirat(runtime, CONF_RUNTIME_SOCKETS, 0700) == 0)
		folder = folder_open(runtime);
	if (folder < 0 || folder_own(folder, group) == 0)
		return folder;
	error = errno;
	close(folder);
	errno = error;
	return -1;
}
