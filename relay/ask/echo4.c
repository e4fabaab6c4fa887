// SPDX-License-Identifier: GPL-2.0-or-later
// One ICMP echo request over a raw socket (RFC 792). Unlike the ICMPv6 one it hands over the IPv4 header as well, and the
// checksum is ours to write. Who has no right to one gets a socket for echo requests alone (relay/ask/echo.c), without that header.
#include "relay/ask/echo.h"

#include "relay/host/clock.h"

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NO_REPLY = -1, NOT_SENT = -2, PACKET_MAX = 1500 };

/* The checksum of the eight octets (RFC 1071). */
static uint16_t request_checksum(const struct icmphdr *request)
{
	uint16_t words[sizeof(*request) / 2];
	uint32_t sum = 0;

	memcpy(words, request, sizeof(*request));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

/* Is the next packet the reply to this request? */
static bool reply_is(int fd, bool raw, const struct icmphdr *request)
{
	uint8_t packet[PACKET_MAX];
	ssize_t length = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
	struct icmphdr reply;
	size_t header = 0;

	if (length < (ssize_t)(raw ? sizeof(struct iphdr) : sizeof(reply)))
		return false;
	if (raw)
		header = (packet[0] & 15U) * 4U;
	if ((size_t)length < header + sizeof(reply))
		return false;
	memcpy(&reply, packet + header, sizeof(reply));
	return reply.type == ICMP_ECHOREPLY && (!raw || reply.un.echo.id == request->un.echo.id) &&
	       reply.un.echo.sequence == request->un.echo.sequence;
}

static int reply_wait(int fd, bool raw, const struct icmphdr *request, unsigned timeout_ms)
{
	uint64_t begun = relay_clock_ms(), now = begun;

	while (now < begun + timeout_ms) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		poll(&wait, 1, (int)(begun + timeout_ms - now));
		now = relay_clock_ms();
		if (reply_is(fd, raw, request))
			return (int)(now - begun);
	}
	return NO_REPLY;
}

static int echo_socket(bool *raw)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	*raw = fd >= 0;
	if (fd >= 0 || errno != EPERM)
		return fd;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (fd < 0)
		errno = EPERM;
	return fd;
}

int relay_echo4(struct in_addr target, unsigned timeout_ms)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = target};
	struct icmphdr request = {.type = ICMP_ECHO};
	bool raw;
	int fd = echo_socket(&raw);
	int result = NOT_SENT, error;

	if (fd < 0)
		return NOT_SENT;
	if (getrandom(&request.un.echo, sizeof(request.un.echo), 0) == sizeof(request.un.echo)) {
		request.checksum = request_checksum(&request);
		if (sendto(fd, &request, sizeof(request), 0, (const struct sockaddr *)&to, sizeof(to)) == (ssize_t)sizeof(request))
			result = reply_wait(fd, raw, &request, timeout_ms);
	}
	error = errno;
	close(fd);
	errno = error;
	return result;
}
