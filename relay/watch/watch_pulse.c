/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translator's pulse: an echo request to its own address a few times a second. A translator that has stopped: clients are to be with another relay
 * within three seconds.
 *
 * The probe (relay/watch/probe.c) asks thoroughly and every few seconds; three bad ones in a row are needed, so a translator that was stopped
 * would keep its clients for twenty seconds. The pulse beats while the routes are advertised, costs two packets each 250 ms and decides nothing: after two
 * requests without a reply a job asks the translator's control socket, which a translator under any load answers at once from a thread of its own. Silent
 * there as well: it is stopped or hangs, and the routes are withdrawn without the usual three probes. That it is healthy again is for the probe to find, with
 * all its patience. Under a flood the device's queue drops echo requests as it drops everything, and the control socket answers: then nothing follows.
 *
 * Requests are counted, not time: a loop that was not scheduled for a while has sent none meanwhile, so its own delay is no sign.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"
#include "relay/ask/echo.h"

#include <jansson.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PULSE_MS = 250, LOST = 2, DOUBT_MS = 500 };

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

/*
 * Read the replies that have come and, when it is due, send the next request. True when at that moment the last LOST requests are unanswered. A request
 * that cannot be sent says nothing: who may not open the socket, or has no route, never sees true.
 */
static bool pulse_beat(sd_event *loop, struct relay_pulse *pulse, const struct in6_addr *address)
{
	bool silent;

	if (pulse->descriptor < 0 &&
	    (getrandom(&pulse->id, sizeof(pulse->id), 0) != sizeof(pulse->id) || (pulse->descriptor = socket_open()) < 0))
		return false;
	replies_read(pulse, address);
	if (!relay_timer_is_due(pulse->timer))
		return false;
	silent = pulse->unanswered >= LOST;
	request_send(pulse, address);
	relay_timer_set(loop, &pulse->timer, PULSE_MS);
	return silent;
}

/* A job: settings are struct conf_settings, over is a bool. A socket that nobody listens on is no silence: the translator has died, and is started again. */
static void translator_ask(const void *settings, void *over)
{
	const struct conf_settings *own = settings;
	json_auto_t *reply = NULL;

	nat64_control_ask(own->node.runtime_dir, "counters", &reply, CONF_REPORT_DISCARD);
	*(bool *)over = true;
}

static bool is_wanted(const struct relay_watch *watch)
{
	return watch->health.offered && watch->health.judged.state == RELAY_HEALTH_HEALTHY && !watch->reload;
}

/* The job is over, or ran out of time. True: the translator is stopped. */
static bool doubt_is_confirmed(struct relay_watch *watch)
{
	bool over = false;

	return relay_job_is_over(&watch->pulse.doubting, &over, sizeof(over)) && !over && is_wanted(watch) &&
	       watch->pulse.unanswered >= LOST;
}

bool relay_watch_pulse(struct relay_watch *watch)
{
	bool stopped = doubt_is_confirmed(watch);

	if (!is_wanted(watch)) {
		watch->pulse.unanswered = 0;
		return false;
	}
	if (pulse_beat(watch->loop, &watch->pulse, &watch->settings->translation.ipv6_address) &&
	    watch->pulse.doubting.pid == 0 && !stopped)
		relay_job_start(watch->loop, &watch->pulse.doubting, translator_ask, watch->settings, sizeof(bool),
				DOUBT_MS);
	if (stopped)
		snprintf(watch->health.probe.why, sizeof(watch->health.probe.why),
			 "the translator has stopped: it answers neither echo requests nor its control socket");
	return stopped;
}
