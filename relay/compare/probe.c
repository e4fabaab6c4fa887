/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Echo requests go over a connected socket, so that the kernel drops packets of other hosts and passes on the ICMP errors that belong to it. A reply
 * counts when it has the token of its target, which the kernel's other users of ICMP do not know. A TCP connection that is refused is a reply too:
 * the way there and back is the same. One whose SYN had to be sent again is a loss.
 */
#include "relay/compare/probe.h"

#include "relay/ask/echo.h"
#include "relay/compare/compare.h"
#include "relay/host/clock.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { IPV4_HEADER_MAX = 60, PACKET_MAX = 65535 };

int relay_compare_echo_open(struct relay_compare_target *target)
{
	int error;

	target->socket = relay_echo_socket(target->peer.ss_family, &target->raw);
	if (target->socket < 0)
		return -1;
	if (getrandom(&target->token, sizeof(target->token), 0) == sizeof(target->token) &&
	    getrandom(&target->id, sizeof(target->id), 0) == sizeof(target->id) &&
	    connect(target->socket, (const struct sockaddr *)&target->peer, target->peer_length) == 0)
		return 0;
	error = errno;
	close(target->socket);
	target->socket = -1;
	errno = error;
	return -1;
}

int relay_compare_echo_send(const struct relay_compare_target *target, uint16_t sequence, size_t length)
{
	static unsigned char packet[PACKET_MAX];
	bool is_v4 = target->peer.ss_family == AF_INET;
	struct icmp6_hdr header = {.icmp6_type = is_v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST}; /* the same eight octets in both */

	header.icmp6_id = target->id;
	header.icmp6_seq = htons(sequence);
	memset(packet, 0, length);
	memcpy(packet + sizeof(header), &target->token, sizeof(target->token));
	memcpy(packet, &header, sizeof(header));
	if (is_v4) {
		header.icmp6_cksum = relay_checksum_end(relay_checksum_add(0, packet, length));
		memcpy(packet, &header, sizeof(header));
	}
	return send(target->socket, packet, length, MSG_DONTWAIT) == (ssize_t)length ? 0 : -1;
}

int relay_compare_echo_receive(const struct relay_compare_target *target)
{
	unsigned char packet[IPV4_HEADER_MAX + sizeof(struct icmp6_hdr) + sizeof(target->token)];
	ssize_t length = recv(target->socket, packet, sizeof(packet), MSG_DONTWAIT); /* the rest of a long one is dropped */
	bool is_v4 = target->peer.ss_family == AF_INET;
	size_t before = length > 0 && is_v4 && target->raw ? (packet[0] & 15U) * 4U : 0;
	struct icmp6_hdr header;

	if (length < 0)
		return -1;
	errno = EBADMSG;
	if ((size_t)length < before + sizeof(header) + sizeof(target->token))
		return -1;
	memcpy(&header, packet + before, sizeof(header));
	if (header.icmp6_type != (is_v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) ||
	    (target->raw && header.icmp6_id != target->id) ||
	    memcmp(packet + before + sizeof(header), &target->token, sizeof(target->token)) != 0)
		return -1;
	return ntohs(header.icmp6_seq);
}

void relay_compare_reply_note(struct relay_compare_target *target, unsigned round)
{
	uint64_t took = relay_clock_us() - target->sent_us[round];

	if (target->sent_us[round] > 0 && target->times_us[round] == RELAY_COMPARE_NO_REPLY &&
	    took <= RELAY_COMPARE_TIMEOUT_MS * 1000)
		target->times_us[round] = (uint32_t)took;
}

void relay_compare_problem_note(struct relay_compare_target *target)
{
	snprintf(target->problem, sizeof(target->problem), "%s", strerror(errno));
}

void relay_compare_tcp_begin(struct relay_compare_target *target, unsigned round, uint16_t port)
{
	int *slot = &target->connecting[round % RELAY_COMPARE_IN_FLIGHT];
	struct sockaddr_storage peer = target->peer;

	if (*slot >= 0)
		close(*slot); /* past its time */
	if (peer.ss_family == AF_INET)
		((struct sockaddr_in *)&peer)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)&peer)->sin6_port = htons(port);
	*slot = socket(peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*slot < 0) {
		relay_compare_problem_note(target);
		return;
	}
	target->sent_us[round] = relay_clock_us();
	if (connect(*slot, (const struct sockaddr *)&peer, target->peer_length) == 0 || errno == EINPROGRESS)
		return;
	if (errno == ECONNREFUSED)
		relay_compare_reply_note(target, round);
	else
		relay_compare_problem_note(target);
	close(*slot);
	*slot = -1;
}

void relay_compare_tcp_end(struct relay_compare_target *target, unsigned round)
{
	int *slot = &target->connecting[round % RELAY_COMPARE_IN_FLIGHT];
	struct tcp_info info = {0};
	socklen_t length = sizeof(info), error_length = sizeof(errno);
	int error = 0;

	getsockopt(*slot, IPPROTO_TCP, TCP_INFO, &info, &length);
	getsockopt(*slot, SOL_SOCKET, SO_ERROR, &error, &error_length);
	if (error != 0 && error != ECONNREFUSED) {
		errno = error;
		relay_compare_problem_note(target);
	} else if (info.tcpi_total_retrans == 0) {
		relay_compare_reply_note(target, round);
	}
	close(*slot);
	*slot = -1;
}
