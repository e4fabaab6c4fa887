/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What should be in place: the prefix of the network's NAT64, the addresses of this host, the uplink. */
#ifndef RELAY_CLAT_PLAN_H
#define RELAY_CLAT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

struct conf_prefix6;
struct relay_clat;
struct relay_clat_plan;
struct relay_pref64;

/* Take note of an advertisement. True: a prefix came or went. */
bool relay_clat_advertised(struct relay_clat *clat, const struct relay_pref64 *found, size_t count);

/* The link of an interface is lost: what routers have advertised there may not be true where it is next. */
void relay_clat_link_lost(struct relay_clat *clat, unsigned interface);

/* The prefix of this network, and where it is from; NULL: none is known. The resolver is asked when that is due, three seconds at most each question. */
const struct conf_prefix6 *relay_clat_prefix(struct relay_clat *clat, const char **source);

/* What should be in place now. */
void relay_clat_plan(struct relay_clat *clat, struct relay_clat_plan *plan);
bool relay_clat_plan_equals(const struct relay_clat_plan *a, const struct relay_clat_plan *b);

#endif
