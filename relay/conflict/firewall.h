/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of each kind that the relay lives on, sent through everybody's rules. */
#ifndef RELAY_CONFLICT_FIREWALL_H
#define RELAY_CONFLICT_FIREWALL_H

struct conf_report;
struct conf_settings;
struct nftables_obstacle;
struct relay_finding;

/* What the relay lives on, or-ed. */
enum relay_purpose_of_packet {
	INTO_TRANSLATOR = 1, /* what clients send */
	TO_TARGETS = 2,
	FROM_TARGETS = 4,
	TO_CLIENTS = 8,
	BY_TWIN = 16,
	QUESTIONS = 32, /* over UDP */
	QUESTIONS_TCP = 64,
	ALL_QUESTIONS = QUESTIONS | QUESTIONS_TCP,
	TRANSLATED = INTO_TRANSLATOR | TO_TARGETS | FROM_TARGETS | TO_CLIENTS,
};

/* Told of each packet that is dropped, and by whom; family: of the packet, AF_INET or AF_INET6. */
typedef void relay_firewall_observer(void *context, enum relay_purpose_of_packet purpose, int family,
				     const struct nftables_obstacle *obstacle);

/*
 * Send them: those for which there are devices, addresses and routes, which is all of them while the relay is up. None leaves this machine or comes to
 * a socket. beginnings: of names of chains (nftables/trace.h). Only root sends packets. The report gets a line for each packet or device that the kernel
 * has no means for: then nothing is known of the firewalls there.
 */
void relay_firewall_send(const struct conf_settings *settings, const char *const *beginnings,
			 relay_firewall_observer *observer, void *context, struct conf_report *report);

/* The beginnings of chains by which firewalls are known: for a trace of one's own packet. */
extern const char *const relay_firewall_beginnings[];

/* What the search would have found had a packet of that purpose met the obstacle: whose rule it is, and the cure. */
void relay_firewall_judge(const struct conf_settings *settings, enum relay_purpose_of_packet purpose, int family,
			  const struct nftables_obstacle *obstacle, struct relay_finding *finding);

#endif
