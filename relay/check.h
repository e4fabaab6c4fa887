/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check finds out: one finding a step, each step a function. */
#ifndef RELAY_CHECK_H
#define RELAY_CHECK_H

#include "relay/finding.h"

#include <netinet/in.h>
#include <stdbool.h>

struct conf_prefix;
struct conf_settings;

/* What the steps work on. */
struct relay_check {
	const struct conf_settings *settings;
	const char *broken;     /* what is wrong with relay.conf, and those in force are looked at instead; NULL: nothing */
	const char *name;       /* "my-vps.9929" */
	const char *real;       /* "my-vps.tail1234.ts.net" */
	const char *real_suffix; /* "tail1234.ts.net" */
	bool suffix_is_open;    /* the split domain itself ends in the real suffix, the root for one: there is nothing to hide */
	unsigned wait;          /* s to wait for a client's traffic; 0: send an echo request from here */
	bool has_target;        /* the first step found an address */
	struct in6_addr target;
};

typedef void relay_check_step(struct relay_check *check, struct relay_finding *finding);
relay_check_step relay_check_answer;
relay_check_step relay_check_leak;
relay_check_step relay_check_reach;
relay_check_step relay_check_traffic;
relay_check_step relay_check_direct;
relay_check_step relay_check_reboot;
relay_check_step relay_check_twin; /* where there is a twin-prefix */

/* Is a route advertised, approved and this node its primary? Not for advertise-prefix none. */
void relay_check_route(const struct conf_settings *settings, const struct conf_prefix *prefix, struct relay_finding *finding);

/* Fill in a finding; advice is set apart, by relay_finding_advise. */
void relay_finding_set(struct relay_finding *finding, enum relay_mark mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void relay_finding_advise(struct relay_finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
