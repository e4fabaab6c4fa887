/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server of the page can open no socket, and writes to nothing but this FIFO, which it has opened before it gave up its privileges (http/reach.c). Whatever it
 * writes says one thing. Both ends are open here: no end of file comes when the server restarts.
 */
#include "relay/watch/reach_request.h"

#include "conf/http.h"
#include "conf/settings.h"
#include "relay/host/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAKE = 512 };

/* Root's, and the group of the daemons' user may write. */
static int fifo_open(const char *path, const char *user)
{
	const struct passwd *entry = getpwnam(user);
	struct stat status;
	int fd;

	if (mkfifo(path, 0600) != 0 && errno != EEXIST)
		return -1;
	fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) && entry && fchown(fd, 0, entry->pw_gid) == 0 &&
	    fchmod(fd, 0620) == 0)
		return fd;
	close(fd);
	return -1;
}

int relay_reach_request_open(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, "http/" CONF_SERVED_LOOK);
	int fd = path ? fifo_open(path, settings->node.user) : -1;

	free(path);
	return fd;
}

bool relay_reach_request_read(int fd)
{
	char octets[TAKE];
	bool asked = false;

	while (fd >= 0 && read(fd, octets, sizeof(octets)) > 0)
		asked = true;
	return asked;
}
