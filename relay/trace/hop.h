/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hops of a trace, in their order, and what each has said. */
#ifndef RELAY_TRACE_HOP_H
#define RELAY_TRACE_HOP_H

#include "relay/check/finding.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

enum relay_hop_id {
	RELAY_HOP_MAGIC_DNS,
	RELAY_HOP_RESOLVER,
	RELAY_HOP_UPSTREAM,
	RELAY_HOP_ADDRESS,
	RELAY_HOP_ROUTE,
	RELAY_HOP_GUARD,
	RELAY_HOP_LEASE,
	RELAY_HOP_TRANSLATION,
	RELAY_HOP_MASQUERADE,
	RELAY_HOP_TARGET,
	RELAY_HOP_BACK,
	RELAY_HOPS
};

struct relay_hop {
	bool reached; /* false: one before it has failed */
	enum relay_mark mark;
	char text[RELAY_FINDING_TEXT];
	char advice[RELAY_FINDING_ADVICE];
	enum relay_finding_id finding; /* FINDING_NONE: none */
	int64_t took_us;               /* at this hop; -1: not measured */
};

/* Static: "magic-dns"; "MagicDNS". The first never changes. */
const char *relay_hop_name(enum relay_hop_id id);
const char *relay_hop_title(enum relay_hop_id id);

/* The hop at which a finding stops a packet; RELAY_HOPS: at none. */
enum relay_hop_id relay_hop_of_finding(enum relay_finding_id id);

/* Say what the hop has said; whatever it is, it becomes printable. */
void relay_hop_set(struct relay_hop *hop, enum relay_mark mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void relay_hop_advise(struct relay_hop *hop, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first hop that failed; RELAY_HOPS: none. */
enum relay_hop_id relay_hops_failed(const struct relay_hop hops[RELAY_HOPS]);

/* An enum relay_exit: FAILED when one failed, REFUSED when one was not seen, else OK. */
int relay_hops_exit(const struct relay_hop hops[RELAY_HOPS]);

/* "the whole way works", or what stops it. Returns text. */
const char *relay_hops_verdict(const struct relay_hop hops[RELAY_HOPS], char *text, size_t size);

/* The column: a line a hop, and below it what does not fit and what to do. width: of the lines, in columns; 0: as long as they are. */
void relay_hops_draw(const struct relay_hop hops[RELAY_HOPS], unsigned width, bool colour, FILE *stream);

/* A list of objects: id, title, result, text, ms, finding, advice; of one that was not reached id, title and result. A new reference. */
json_t *relay_hops_json(const struct relay_hop hops[RELAY_HOPS]);

#endif
