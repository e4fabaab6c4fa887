// SPDX-License-Identifier: GPL-2.0-or-later
// One ICMPv6 echo request over a raw socket, whose checksum the kernel writes (RFC 3542 section 3.1). Who has no right to one gets a
// socket for echo requests alone, where sysctl net.ipv4.ping_group_range lets him; the kernel then chooses the identifier.
#include "relay/ask/echo.h"

#include "relay/host/clock.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NO_REPLY = -1, NOT_SENT = -2 };

int relay_echo_socket(bool *raw)
{
	struct icmp6_filter filter;
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);

	*raw = fd >= 0;
	if (fd < 0 && errno == EPERM) {
		fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMPV6);
		if (fd < 0)
			errno = EPERM;
	}
	if (fd < 0)
		return -1;
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
	return fd;
}

static int echo_socket(const struct in6_addr *source, bool *raw)
{
	struct sockaddr_in6 from = {.sin6_family = AF_INET6};
	int fd = relay_echo_socket(raw);

	if (fd < 0 || source == NULL)
		return fd;
	from.sin6_addr = *source;
	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Is the next packet the reply to this request? */
static bool reply_is(int fd, bool raw, const struct icmp6_hdr *request)
{
	struct icmp6_hdr reply;

	return recv(fd, &reply, sizeof(reply), MSG_DONTWAIT) == (ssize_t)sizeof(reply) &&
	       reply.icmp6_type == ICMP6_ECHO_REPLY && (!raw || reply.icmp6_id == request->icmp6_id) &&
	       reply.icmp6_seq == request->icmp6_seq;
}

static int reply_wait(int fd, bool raw, const struct icmp6_hdr *request, unsigned timeout_ms)
{
	uint64_t begun = relay_clock_ms();
	uint64_t now = begun;

	while (now < begun + timeout_ms) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		poll(&wait, 1, (int)(begun + timeout_ms - now));
		now = relay_clock_ms();
		if (reply_is(fd, raw, request))
			return (int)(now - begun);
	}
	return NO_REPLY;
}

/* The request with its data in one buffer; nothing of it is sent in fragments. 0, or -1 with errno. */
static int request_send(int fd, const struct in6_addr *target, const struct icmp6_hdr *request, size_t size)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = *target};
	unsigned char packet[sizeof(*request) + RELAY_ECHO_DATA_MAX] = {0};
	size_t length = sizeof(*request) + size;
	int on = 1;

	memcpy(packet, request, sizeof(*request));
	setsockopt(fd, IPPROTO_IPV6, IPV6_DONTFRAG, &on, sizeof(on));
	return sendto(fd, packet, length, 0, (const struct sockaddr *)&to, sizeof(to)) == (ssize_t)length ? 0 : -1;
}

int relay_echo_sized(const struct in6_addr *target, const struct in6_addr *source, size_t size, unsigned timeout_ms)
{
	struct icmp6_hdr request = {.icmp6_type = ICMP6_ECHO_REQUEST};
	bool raw;
	int fd = size <= RELAY_ECHO_DATA_MAX ? echo_socket(source, &raw) : -1;
	int result = NOT_SENT, error;

	if (fd < 0)
		return NOT_SENT;
	if (getrandom(&request.icmp6_data32[0], sizeof(request.icmp6_data32[0]), 0) == sizeof(request.icmp6_data32[0]) &&
	    request_send(fd, target, &request, size) == 0)
		result = reply_wait(fd, raw, &request, timeout_ms);
	error = errno;
	close(fd);
	errno = error;
	return result;
}

int relay_echo(const struct in6_addr *target, const struct in6_addr *source, unsigned timeout_ms)
{
	return relay_echo_sized(target, source, 0, timeout_ms);
}
