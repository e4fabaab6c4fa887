/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemons as services of systemd, beside watch. */
#ifndef RELAY_UNITS_H
#define RELAY_UNITS_H

struct relay_words;

/* Have systemd start them, without waiting. No units: nothing to do. */
void relay_units_start(const struct relay_words *units);

/* Have systemd stop them, and wait until they have ended, 30 s at most. */
void relay_units_stop(const struct relay_words *units);

#endif
