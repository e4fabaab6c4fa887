/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A relay that works, as evidence for the judges of check; a test changes one thing in it. */
#ifndef TESTS_JUDGE_LAB_H
#define TESTS_JUDGE_LAB_H

#include "relay/check/evidence.h"
#include "relay/check/finding.h"

/* A relay of headscale's that works, by the netmap that a real one had; settings are more lines of relay.conf. */
struct lab {
	struct relay_evidence evidence;
	struct relay_findings findings;
	struct conf_settings *settings;
};

void lab_make(struct lab *lab, const char *more);

/* The lines of a good relay.conf, and these. */
struct conf_settings *settings_parse(const char *more);

/* Put the one text into the list, and what was answered into the reply; NULL: no such address. */
void list_set(struct tailscale_list *list, const char *text);
void replied(struct relay_reply *reply, const char *code, const char *aaaa, const char *a);

/* The ids of what follows from nothing, in order, notes but the numeric domain's among them; all is given up. */
void assert_found(struct lab *lab, const char *expected);

#define GOOD(lab, more)                                                                                                \
	struct lab lab;                                                                                                \
	(void)state;                                                                                                   \
	lab_make(&lab, more)

#endif
