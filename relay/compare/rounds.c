/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The measurement: in each round every target gets one probe, all at the same moment, and another target is the first in each round, so that what
 * happens to the network and to this machine meanwhile happens to all of them. Nothing waits for a reply.
 */
#include "relay/compare/compare.h"

#include "conf/printable.h"
#include "relay/compare/probe.h"
#include "relay/host/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ECHO_LENGTH = 64, WAITS_MAX = RELAY_COMPARE_NAMES_MAX * RELAY_COMPARE_IN_FLIGHT };

/* Ctrl-C: what was measured until then is all there is. A second one ends the program. */
static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* What is polled, and of which target and round it is. */
struct waits {
	struct pollfd polls[WAITS_MAX];
	struct relay_compare_target *targets[WAITS_MAX];
	unsigned slots[WAITS_MAX];
	unsigned count;
};

void relay_compare_resolve(struct relay_compare_target *target, const char *name)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found = NULL;
	int error = getaddrinfo(name, NULL, &hints, &found);

	snprintf(target->name, sizeof(target->name), "%s", name);
	conf_printable_make(target->name, strlen(target->name), "");
	if (error == 0 && found && found->ai_addrlen <= sizeof(target->peer)) {
		memcpy(&target->peer, found->ai_addr, found->ai_addrlen);
		target->peer_length = found->ai_addrlen;
		getnameinfo(found->ai_addr, found->ai_addrlen, target->address, sizeof(target->address), NULL, 0,
			    NI_NUMERICHOST);
	} else {
		snprintf(target->problem, sizeof(target->problem), "%s",
			 error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
	}
	if (found)
		freeaddrinfo(found);
}

static void wait_add(struct waits *waits, struct relay_compare_target *target, int fd, unsigned slot, short events)
{
	waits->polls[waits->count] = (struct pollfd){.fd = fd, .events = events};
	waits->targets[waits->count] = target;
	waits->slots[waits->count++] = slot;
}

static void waits_fill(struct waits *waits, struct relay_comparison *comparison)
{
	waits->count = 0;
	for (unsigned i = 0; i < comparison->count; i++) {
		struct relay_compare_target *target = &comparison->targets[i];

		if (target->socket >= 0)
			wait_add(waits, target, target->socket, 0, POLLIN);
		for (unsigned slot = 0; slot < RELAY_COMPARE_IN_FLIGHT; slot++)
			if (target->connecting[slot] >= 0)
				wait_add(waits, target, target->connecting[slot], slot, POLLOUT);
	}
}

static void echoes_receive(struct relay_compare_target *target, unsigned rounds)
{
	int sequence = 0;

	do {
		sequence = relay_compare_echo_receive(target);
		if (sequence >= 0 && (unsigned)sequence < rounds)
			relay_compare_reply_note(target, (unsigned)sequence);
		else if (sequence < 0 && errno != EAGAIN && errno != EBADMSG)
			relay_compare_problem_note(target);
	} while (sequence >= 0 || errno == EBADMSG);
}

/* The newest round up to this one whose socket is in the slot. */
static unsigned round_of(unsigned slot, unsigned newest)
{
	return newest - (newest + RELAY_COMPARE_IN_FLIGHT - slot) % RELAY_COMPARE_IN_FLIGHT;
}

/* Has every probe up to this round its reply? */
static bool all_answered(const struct relay_comparison *comparison)
{
	for (unsigned i = 0; i < comparison->count; i++)
		for (unsigned round = 0; round < comparison->rounds && comparison->targets[i].peer_length > 0; round++)
			if (comparison->targets[i].times_us[round] == RELAY_COMPARE_NO_REPLY)
				return false;
	return true;
}

static void replies_read(struct relay_comparison *comparison, unsigned newest, uint64_t until_us)
{
	struct waits waits;
	uint64_t now;

	while (!interrupted && (now = relay_clock_us()) < until_us && !all_answered(comparison)) {
		waits_fill(&waits, comparison);
		if (poll(waits.polls, waits.count, (int)((until_us - now + 999) / 1000)) <= 0)
			continue;
		for (unsigned i = 0; i < waits.count; i++) {
			if (waits.polls[i].revents == 0)
				continue;
			if (waits.polls[i].fd == waits.targets[i]->socket)
				echoes_receive(waits.targets[i], comparison->rounds);
			else
				relay_compare_tcp_end(waits.targets[i], round_of(waits.slots[i], newest));
		}
	}
}

static void probe_send(struct relay_compare_target *target, unsigned round, uint16_t port)
{
	if (target->peer_length == 0)
		return;
	if (port > 0) {
		relay_compare_tcp_begin(target, round, port);
		return;
	}
	target->sent_us[round] = relay_clock_us();
	if (target->socket < 0 || (relay_compare_echo_send(target, (uint16_t)round, ECHO_LENGTH) != 0 && errno != EAGAIN))
		relay_compare_problem_note(target);
}

static void target_close(struct relay_compare_target *target, unsigned rounds)
{
	if (target->socket >= 0)
		close(target->socket);
	target->socket = -1;
	for (unsigned slot = 0; slot < RELAY_COMPARE_IN_FLIGHT; slot++)
		if (target->connecting[slot] >= 0)
			close(target->connecting[slot]);
	target->statistics = relay_compare_statistics_of(target->times_us, target->peer_length > 0 ? rounds : 0);
	if (target->statistics.received > 0)
		target->problem[0] = '\0'; /* an error beside replies is a loss */
	else if (target->problem[0] == '\0')
		snprintf(target->problem, sizeof(target->problem), "no reply");
}

void relay_compare_rounds(struct relay_comparison *comparison, bool progress)
{
	const struct sigaction stop = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
	uint64_t begun;

	sigaction(SIGINT, &stop, NULL);
	for (unsigned i = 0; i < comparison->count; i++) {
		struct relay_compare_target *target = &comparison->targets[i];

		for (unsigned slot = 0; slot < RELAY_COMPARE_IN_FLIGHT; slot++)
			target->connecting[slot] = -1;
		for (unsigned round = 0; round < comparison->rounds; round++)
			target->times_us[round] = RELAY_COMPARE_NO_REPLY;
	}
	begun = relay_clock_us();
	for (unsigned round = 0; round < comparison->rounds; round++) {
		bool is_last = round + 1 == comparison->rounds;
		uint64_t wait_ms = is_last ? RELAY_COMPARE_TIMEOUT_MS : comparison->interval_ms;

		if (progress)
			fprintf(stderr, "\rround %u of %u", round + 1, comparison->rounds);
		for (unsigned i = 0; i < comparison->count; i++)
			probe_send(&comparison->targets[(i + round) % comparison->count], round, comparison->port);
		replies_read(comparison, round, begun + ((uint64_t)round * comparison->interval_ms + wait_ms) * 1000);
		if (interrupted) /* its last round had no time to come back */
			comparison->rounds = round > 0 ? round : 1;
	}
	if (progress)
		fputs("\r\033[K", stderr);
	for (unsigned i = 0; i < comparison->count; i++)
		target_close(&comparison->targets[i], comparison->rounds);
	signal(SIGINT, SIG_DFL);
	comparison->interrupted = interrupted;
}
