/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path MTU (RFC 1191, RFC 8201): an echo request as long as the kernel's route allows, never fragmented here. A router that refuses it tells the
 * kernel the size it takes, and the next request has that size. Where nobody tells (a black hole), the usual sizes below are tried; the largest that
 * comes back is the answer, and the path may take a little more.
 */
#include "relay/compare/compare.h"

#include "relay/compare/probe.h"
#include "relay/host/clock.h"

#include <errno.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <unistd.h>

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, WAIT_MS = 1000, COPIES = 2, PACKET_MAX = 65535 };

/* What links and tunnels usually have, from Ethernet to IPv6's least. */
static const unsigned usual_sizes[] = {1500, 1492, 1480, 1460, 1420, 1400, 1380, 1360, 1320, 1280};

/* What the kernel's route to the target allows, with all that it has been told: 0 when there is no route. */
static unsigned kernel_mtu(const struct relay_compare_target *target)
{
	bool is_v4 = target->peer.ss_family == AF_INET;
	int fd = socket(target->peer.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), mtu = 0;
	struct sockaddr_storage peer = target->peer;
	socklen_t length = sizeof(mtu);

	if (fd < 0)
		return 0;
	if (is_v4)
		((struct sockaddr_in *)&peer)->sin_port = htons(9); /* discard: nothing is sent */
	else
		((struct sockaddr_in6 *)&peer)->sin6_port = htons(9);
	if (connect(fd, (const struct sockaddr *)&peer, target->peer_length) != 0 ||
	    getsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_MTU : IPV6_MTU, &mtu, &length) != 0)
		mtu = 0;
	close(fd);
	return mtu > 0 ? (unsigned)mtu : 0;
}

static int echo_open(struct relay_compare_target *target)
{
	bool is_v4 = target->peer.ss_family == AF_INET;
	int discover = is_v4 ? IP_PMTUDISC_DO : IPV6_PMTUDISC_DO;

	if (relay_compare_echo_open(target) != 0)
		return -1;
	return setsockopt(target->socket, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
			  is_v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &discover, sizeof(discover));
}

/* Does an echo come back whose packet has this size? An error of this size ends the wait, one of an earlier, larger size does not. */
static bool size_comes_back(const struct relay_compare_target *target, unsigned size, uint16_t sequence)
{
	size_t length = (size < PACKET_MAX ? size : PACKET_MAX) -
			(target->peer.ss_family == AF_INET ? IPV4_HEADER : IPV6_HEADER);
	uint64_t now = relay_clock_us(), end = now + WAIT_MS * 1000;

	for (unsigned i = 0; i < COPIES; i++)
		if (relay_compare_echo_send(target, sequence, length) != 0 &&
		    relay_compare_echo_send(target, sequence, length) != 0)
			return false; /* the first failure may be the error of an earlier copy */
	for (; now < end; now = relay_clock_us()) {
		struct pollfd wait = {.fd = target->socket, .events = POLLIN};
		int reply;

		poll(&wait, 1, (int)((end - now + 999) / 1000));
		reply = relay_compare_echo_receive(target);
		if (reply == sequence)
			return true;
		if (reply < 0 && errno != EAGAIN && errno != EBADMSG && kernel_mtu(target) < size)
			return false;
	}
	return false;
}

/* The size to try after this one: what the kernel was told of, else the next usual one; 0: none is left. */
static unsigned size_next(const struct relay_compare_target *target, unsigned size)
{
	unsigned known = kernel_mtu(target);

	if (known > 0 && known < size)
		return known;
	for (size_t i = 0; i < sizeof(usual_sizes) / sizeof(usual_sizes[0]); i++)
		if (usual_sizes[i] < size)
			return usual_sizes[i];
	return 0;
}

void relay_compare_path_mtu(struct relay_compare_target *target, uint16_t port)
{
	unsigned size = kernel_mtu(target);
	uint16_t sequence = 0;

	target->path_mtu = size;
	if (port == 0 && size >= 68 && echo_open(target) == 0) {
		while (size > 0 && !size_comes_back(target, size, sequence++))
			size = size_next(target, size);
		target->path_mtu_confirmed = size > 0;
		target->path_mtu = size > 0 ? size : kernel_mtu(target);
	}
	if (target->socket >= 0)
		close(target->socket);
	target->socket = -1;
}
