/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translator's pulse.
 *
 * The probe (relay/watch/probe.c) asks thoroughly and every few seconds; three bad ones in a row are needed, so a translator that was stopped
 * would keep its clients for twenty seconds. The pulse costs two packets each 250 ms and decides nothing: two requests without a reply have
 * the watch ask the translator's control socket, with little patience (relay/watch/watch_pulse.c). Under a flood the device's queue drops echo requests as
 * it drops everything, and the control socket answers: then nothing follows.
 *
 * Requests are counted, not time: a loop that was not scheduled for a while has sent none meanwhile, so its own delay is no sign.
 */
#include "relay/watch/pulse.h"

#include "relay/ask/echo.h"
#include "relay/host/loop.h"

#include <netinet/icmp6.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* Raw, or none: the identifier distinguishes our replies from others'. */
static int socket_open(void)
{
	bool raw;
	int descriptor = relay_echo_socket(AF_INET6, &raw);

	if (descriptor < 0 || raw)
		return descriptor;
	close(descriptor);
	return -1;
}

/* Any reply to a request of ours shows that it lives, and be it late. */
static void replies_read(struct relay_pulse *pulse, const struct in6_addr *address)
{
	struct sockaddr_in6 from = {.sin6_family = AF_INET6};
	struct icmp6_hdr reply;
	socklen_t length = sizeof(from);
	ssize_t got;

	while ((got = recvfrom(pulse->descriptor, &reply, sizeof(reply), MSG_DONTWAIT, (struct sockaddr *)&from,
			       &length)) >= 0) {
		if (got == (ssize_t)sizeof(reply) && reply.icmp6_type == ICMP6_ECHO_REPLY &&
		    reply.icmp6_id == pulse->id && IN6_ARE_ADDR_EQUAL(&from.sin6_addr, address))
			pulse->unanswered = 0;
		length = sizeof(from);
	}
}

static void request_send(struct relay_pulse *pulse, const struct in6_addr *address)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = *address};
	struct icmp6_hdr request = {.icmp6_type = ICMP6_ECHO_REQUEST};

	request.icmp6_id = pulse->id;
	request.icmp6_seq = ++pulse->seq;
	if (sendto(pulse->descriptor, &request, sizeof(request), MSG_DONTWAIT, (const struct sockaddr *)&to,
		   sizeof(to)) == (ssize_t)sizeof(request))
		pulse->unanswered++;
}

bool relay_pulse_beat(sd_event *loop, struct relay_pulse *pulse, const struct in6_addr *address)
{
	bool silent;

	if (pulse->descriptor < 0 &&
	    (getrandom(&pulse->id, sizeof(pulse->id), 0) != sizeof(pulse->id) || (pulse->descriptor = socket_open()) < 0))
		return false;
	replies_read(pulse, address);
	if (!relay_timer_is_due(pulse->timer))
		return false;
	silent = pulse->unanswered >= RELAY_PULSE_LOST;
	request_send(pulse, address);
	relay_timer_set(loop, &pulse->timer, RELAY_PULSE_MS);
	return silent;
}

void relay_pulse_close(struct relay_pulse *pulse)
{
	if (pulse->descriptor >= 0)
		close(pulse->descriptor);
	pulse->descriptor = -1;
}
