/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings for tests: read, or refused with the words that are expected. */
#ifndef TESTS_SETTINGS_LAB_H
#define TESTS_SETTINGS_LAB_H

struct conf_settings;

/* The lines of a good relay.conf. */
extern const char relay[];

/* The settings of a text; a report that is not empty fails the test with its first line. */
struct conf_settings *read_good(const char *text);

/* A text, or the relay's and one line, that must be refused with a message that holds the words. */
void read_bad(const char *text, const char *expected);
void relay_with(const char *line, const char *expected);

#endif
