/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets whose other side may be slow on purpose: one deadline for all that is done on one, however often it sends a byte. */
#ifndef CONF_STREAM_H
#define CONF_STREAM_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* A deadline, so many milliseconds from now: of CLOCK_MONOTONIC, in milliseconds. */
uint64_t conf_stream_deadline(unsigned milliseconds);

/*
 * A connected socket of that type, which never blocks (SOCK_NONBLOCK, SOCK_CLOEXEC). The descriptor, or -1 with errno: ETIMEDOUT when the
 * deadline has passed.
 */
int conf_stream_connect(int type, const struct sockaddr *address, socklen_t length, uint64_t deadline);

/*
 * Connect to a unix socket of this machine: to the socket that lies there itself, never through a link, for others may write to its
 * folder. The descriptor, or -1 with errno: ENOTSOCK when something else lies there.
 */
int conf_stream_connect_local(const char *path, uint64_t deadline);

/* Send all of it. 0, or -1 with errno. */
int conf_stream_send(int socket, const void *octets, size_t length, uint64_t deadline);

/* What comes next, as recv(2): 0 at the end; -1 with errno. */
ssize_t conf_stream_receive(int socket, void *octets, size_t size, uint64_t deadline);

#endif
