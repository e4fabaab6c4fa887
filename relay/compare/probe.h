/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One probe of a target, and its reply: an echo request, or a TCP connection. */
#ifndef RELAY_COMPARE_PROBE_H
#define RELAY_COMPARE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay_compare_target;

/* A socket for echo requests that is connected to the target, in target->socket. 0, or -1 with errno (EPERM: not permitted). */
int relay_compare_echo_open(struct relay_compare_target *target);

/* Send an echo request of so many octets, the ICMP header included, from 16 to 65535. 0, or -1 with errno. */
int relay_compare_echo_send(const struct relay_compare_target *target, uint16_t sequence, size_t length);

/* Take what has come: the sequence of a reply to this target's requests, or -1 with errno (EAGAIN: nothing is left; EBADMSG: no such reply). */
int relay_compare_echo_receive(const struct relay_compare_target *target);

/* Begin to connect to the port: true when the round has its reply at once, or never will; else target->connecting has the socket. */
void relay_compare_tcp_begin(struct relay_compare_target *target, unsigned round, uint16_t port);

/* The connection of that round is made, or has failed: take its time, and close it. */
void relay_compare_tcp_end(struct relay_compare_target *target, unsigned round);

/* A reply to the probe of that round has come now: keep its time, once, unless it is too late. */
void relay_compare_reply_note(struct relay_compare_target *target, unsigned round);

/* errno is why this target does not answer. */
void relay_compare_problem_note(struct relay_compare_target *target);

#endif
