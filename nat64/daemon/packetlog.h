/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the directive log: from the workers to the main loop. Theory of operation: packetlog.c. */
#ifndef NAT64_DAEMON_PACKETLOG_H
#define NAT64_DAEMON_PACKETLOG_H

#include "nat64/pool/bucket.h"
#include "nat64/core/translate.h"

#include <netinet/in.h>

struct conf_report;
struct log;

/* What a worker keeps. All zero, but for write, is a fresh one. */
struct packetlog_writer {
	int write;
	struct bucket bucket;
	uint64_t held_back; /* lines that were not handed over, since the last that was */
};

/* What the main loop keeps. */
struct packetlog {
	int read, write;
	int64_t second; /* that the lines below were printed in */
	unsigned lines;
	uint64_t held_back; /* since the last that was printed */
};

/* 0, or -1 with a message; read and write are -1 then. */
int nat64d_packetlog_open(struct packetlog *packetlog, struct conf_report *report);
void nat64d_packetlog_close(struct packetlog *packetlog);

/* The kinds (enum conf_log, or-ed) that a packet with this end is of; 0: it was translated. */
unsigned nat64d_packetlog_kinds(enum nat64_verdict verdict, enum nat64_reason reason);

/* Hand over a packet when one of its kinds is enabled, and a lease that was made. header: its first 40 octets as it came in; octets:
 * the length of the whole packet. now: nanoseconds that never step. */
void nat64d_packetlog_packet(struct packetlog_writer *writer, unsigned enabled, const uint8_t *header, size_t octets,
			     const struct nat64_result *result, int64_t now);
void nat64d_packetlog_lease(struct packetlog_writer *writer, struct in_addr address, const struct in6_addr *client,
			    int64_t now);

/* Print what was handed over. now: seconds that never step. */
void nat64d_packetlog_print(struct packetlog *packetlog, const struct log *log, int64_t now);

#endif
