/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets whose other side may be slow on purpose.
 *
 * A timeout of a socket (SO_RCVTIMEO) begins anew with each byte, so that who sends one a second holds the reader for ever. Here the
 * sockets never block, and each wait ends at a deadline that belongs to the whole exchange.
 *
 * A socket of the daemons lies in a folder of their user, who may put a link there, which leads to a socket of somebody else; root would
 * then speak to that one. So the name is opened as it is (O_PATH), looked at, and connected to through its descriptor.
 */
#include "conf/stream.h"

#include "conf/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { FULL_MS = 20 }; /* a queue of connections that is full tells nobody when it is not */

static uint64_t now(void)
{
	return (uint64_t)conf_clock_ms(CLOCK_MONOTONIC);
}

uint64_t conf_stream_deadline(unsigned milliseconds)
{
	return now() + milliseconds;
}

/* 0 once the socket may be ready, or -1 with errno. */
static int ready_await(int socket, short events, uint64_t deadline)
{
	struct pollfd wait = {.fd = socket, .events = events};
	uint64_t begin = now();

	if (begin < deadline && poll(&wait, 1, (int)(deadline - begin)) < 0 && errno != EINTR)
		return -1;
	if (now() < deadline)
		return 0;
	errno = ETIMEDOUT;
	return -1;
}

/* A connect(2) that was begun: 0, or -1 with errno. */
static int connect_end(int socket, uint64_t deadline)
{
	socklen_t length = sizeof(int);
	struct pollfd done = {.fd = socket, .events = POLLOUT};
	int error = 0;

	while (poll(&done, 1, 0) == 0)
		if (ready_await(socket, POLLOUT, deadline))
			return -1;
	if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length))
		return -1;
	errno = error;
	return error ? -1 : 0;
}

static int connect_all(int socket, const struct sockaddr *address, socklen_t length, uint64_t deadline)
{
	while (connect(socket, address, length)) {
		if (errno == EINPROGRESS)
			return connect_end(socket, deadline);
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		if (now() >= deadline) {
			errno = ETIMEDOUT;
			return -1;
		}
		poll(NULL, 0, FULL_MS);
	}
	return 0;
}

int conf_stream_connect(int type, const struct sockaddr *address, socklen_t length, uint64_t deadline)
{
	int connection = socket(address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

	if (connection < 0 || !connect_all(connection, address, length, deadline))
		return connection;
	error = errno;
	close(connection);
	errno = error;
	return -1;
}

int conf_stream_connect_local(const char *path, uint64_t deadline)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int place = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), connection = -1, error;
	struct stat status;

	if (place < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
	if (fstat(place, &status) == 0 && (!S_ISSOCK(status.st_mode) || status.st_nlink > 1))
		errno = ENOTSOCK;
	else
		connection = conf_stream_connect(SOCK_STREAM, (const struct sockaddr *)&address, sizeof(address), deadline);
	error = errno;
	close(place);
	errno = error;
	return connection;
}

int conf_stream_send(int socket, const void *octets, size_t length, uint64_t deadline)
{
	const char *rest = octets;

	while (length > 0) {
		ssize_t sent = send(socket, rest, length, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (sent < 0 && ready_await(socket, POLLOUT, deadline))
			return -1;
		if (sent > 0) {
			rest += sent;
			length -= (size_t)sent;
		}
	}
	return 0;
}

ssize_t conf_stream_receive(int socket, void *octets, size_t size, uint64_t deadline)
{
	while (now() < deadline) {
		ssize_t count = recv(socket, octets, size, 0);

		if (count >= 0 || (errno != EAGAIN && errno != EINTR))
			return count;
		if (ready_await(socket, POLLIN, deadline))
			return -1;
	}
	errno = ETIMEDOUT;
	return -1;
}
