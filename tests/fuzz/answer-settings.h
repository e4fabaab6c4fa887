/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings that answers are forged against, and by which rules what comes of them is judged. */
#ifndef TESTS_FUZZ_ANSWER_SETTINGS_H
#define TESTS_FUZZ_ANSWER_SETTINGS_H

#include <stdint.h>

#define ANSWER_SETTINGS 4
#define ANSWER_NETWORKS 10

struct answer_settings {
	const char *text;  /* relay.conf */
	const char *rules; /* inspect_rules_read */
};

extern const struct answer_settings answer_settings[ANSWER_SETTINGS];

/* Names to hide, names that clients ask about and names elsewhere; a NULL at the end. */
extern const char *const answer_reals[], *const answer_others[];

/* The first twelve octets of the prefixes, of the twin6 prefix, and of what it stands for: hosts, and networks behind nodes. */
extern const uint8_t answer_networks[ANSWER_NETWORKS][12];

#endif
