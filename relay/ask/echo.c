/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One echo request over a raw socket. For ICMPv6 the kernel writes the checksum (RFC 3542 section 3.1); for ICMP it is ours to write, and the
 * reply comes with its IPv4 header. Who has no right to a raw socket gets one for echo requests alone, where sysctl net.ipv4.ping_group_range
 * lets him: no IPv4 header then, and the kernel chooses the identifier. The header of an echo has the same eight octets in both (RFC 792, RFC 4443).
 */
#include "relay/ask/echo.h"

#include "relay/host/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NO_REPLY = -1, NOT_SENT = -2, HEADER_MAX = 60 };

struct echo {
	int socket;
	bool raw;
	int family;
	uint8_t reply_type;
	struct icmp6_hdr request;
};

static int socket_open(int family, int protocol, bool *raw)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, protocol);

	*raw = fd >= 0;
	if (fd >= 0 || errno != EPERM)
		return fd;
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		errno = EPERM;
	return fd;
}

int relay_echo_socket(int family, bool *raw)
{
	struct icmp6_filter filter;
	int fd = socket_open(family, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6, raw);

	if (fd < 0 || family == AF_INET)
		return fd;
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
	return fd;
}

/* Is the next packet the reply to this request? */
static bool reply_is(const struct echo *echo)
{
	uint8_t packet[HEADER_MAX + sizeof(struct icmp6_hdr)];
	ssize_t length = recv(echo->socket, packet, sizeof(packet), MSG_DONTWAIT);
	size_t header = length > 0 && echo->raw && echo->family == AF_INET ? (packet[0] & 15U) * 4U : 0;
	struct icmp6_hdr reply;

	if (length < (ssize_t)(header + sizeof(reply)))
		return false;
	memcpy(&reply, packet + header, sizeof(reply));
	return reply.icmp6_type == echo->reply_type && (!echo->raw || reply.icmp6_id == echo->request.icmp6_id) &&
	       reply.icmp6_seq == echo->request.icmp6_seq;
}

static int reply_wait(const struct echo *echo, unsigned timeout_ms)
{
	uint64_t begun = relay_clock_ms(), now = begun;

	while (now < begun + timeout_ms) {
		struct pollfd wait = {.fd = echo->socket, .events = POLLIN};

		poll(&wait, 1, (int)(begun + timeout_ms - now));
		now = relay_clock_ms();
		if (reply_is(echo))
			return (int)(now - begun);
	}
	return NO_REPLY;
}

/* The request with its data in one buffer, sent over a socket that it closes: how long the reply took, or why there is none. */
static int echo_exchange(struct echo *echo, const struct sockaddr *to, socklen_t to_length, size_t size, unsigned timeout_ms)
{
	unsigned char packet[sizeof(echo->request) + RELAY_ECHO_DATA_MAX] = {0};
	size_t length = sizeof(echo->request) + size;
	int result = NOT_SENT, error;

	if (getrandom(&echo->request.icmp6_data32[0], sizeof(uint32_t), 0) == sizeof(uint32_t)) {
		if (echo->family == AF_INET)
			echo->request.icmp6_cksum = relay_checksum_end(
				relay_checksum_add(0, &echo->request, sizeof(echo->request)));
		memcpy(packet, &echo->request, sizeof(echo->request));
		if (sendto(echo->socket, packet, length, 0, to, to_length) == (ssize_t)length)
			result = reply_wait(echo, timeout_ms);
	}
	error = errno;
	close(echo->socket);
	errno = error;
	return result;
}

int relay_echo_sized(const struct in6_addr *target, const struct in6_addr *source, size_t size, unsigned timeout_ms)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = *target}, from = {.sin6_family = AF_INET6};
	struct echo echo = {.family = AF_INET6, .reply_type = ICMP6_ECHO_REPLY, .request.icmp6_type = ICMP6_ECHO_REQUEST};
	int on = 1, error;

	if (size > RELAY_ECHO_DATA_MAX || (echo.socket = relay_echo_socket(AF_INET6, &echo.raw)) < 0)
		return NOT_SENT;
	if (source)
		from.sin6_addr = *source;
	if (!source || bind(echo.socket, (const struct sockaddr *)&from, sizeof(from)) == 0) {
		setsockopt(echo.socket, IPPROTO_IPV6, IPV6_DONTFRAG, &on, sizeof(on));
		return echo_exchange(&echo, (const struct sockaddr *)&to, sizeof(to), size, timeout_ms);
	}
	error = errno;
	close(echo.socket);
	errno = error;
	return NOT_SENT;
}

int relay_echo(const struct in6_addr *target, const struct in6_addr *source, unsigned timeout_ms)
{
	return relay_echo_sized(target, source, 0, timeout_ms);
}

int relay_echo4(struct in_addr target, unsigned timeout_ms)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = target};
	struct echo echo = {.family = AF_INET, .reply_type = ICMP_ECHOREPLY, .request.icmp6_type = ICMP_ECHO};

	echo.socket = relay_echo_socket(AF_INET, &echo.raw);
	return echo.socket >= 0 ? echo_exchange(&echo, (const struct sockaddr *)&to, sizeof(to), 0, timeout_ms) : NOT_SENT;
}

uint32_t relay_checksum_add(uint32_t sum, const void *data, size_t length)
{
	const uint8_t *octets = data;

	for (size_t i = 0; i < length; i++)
		sum += i % 2 == 0 ? (uint32_t)octets[i] << 8 : octets[i];
	return sum;
}

uint16_t relay_checksum_end(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}
