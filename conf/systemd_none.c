/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the place of systemd.c in a build without libsystemd, as for a router.
 *
 * sd_notify(3) is one datagram to a socket that the environment names, and other service managers listen to it as well. The journal is not
 * sent to: it takes the standard error of a service.
 */
#include "conf/systemd.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

void conf_systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = path ? strlen(path) : 0;
	int notifier;

	if (length < 2 || length >= sizeof(address.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (*path == '@') /* an abstract socket */
		address.sun_path[0] = '\0';
	notifier = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notifier < 0)
		return;
	sendto(notifier, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(notifier);
}

uint64_t conf_systemd_watchdog(void)
{
	const char *limit = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");

	if (!limit || (process && strtoll(process, NULL, 10) != getpid()))
		return 0;
	return strtoull(limit, NULL, 10);
}

bool conf_systemd_journal(const struct iovec *fields, int count)
{
	(void)fields, (void)count;
	return false;
}
