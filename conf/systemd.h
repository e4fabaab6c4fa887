/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nat64d and the log say to systemd. systemd.c has libsystemd do it; systemd_none.c is for a build without. */
#ifndef CONF_SYSTEMD_H
#define CONF_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

struct iovec;

/* "READY=1" and the like, see sd_notify(3), where a service manager has asked for it. */
void conf_systemd_notify(const char *state);

/* Microseconds within which the service manager wants to hear "WATCHDOG=1"; 0: it waits for none. */
uint64_t conf_systemd_watchdog(void);

/* Hand the fields of a line, NAME=VALUE each, to the journal. False: there is none. */
bool conf_systemd_journal(const struct iovec *fields, int count);

#endif
