/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other settings for a running translator: all of them or none. */
#ifndef NAT64_DAEMON_RELOAD_H
#define NAT64_DAEMON_RELOAD_H

struct conf_report;
struct conf_settings;
struct state;

/*
 * Let the workers have other settings from their next packets on; the state they had is freed when the last of them has let go
 * of it. The settings are the state's from here on. 0, or -1 with messages: then nothing has changed, and they are freed. state
 * is what the workers read (nat64/daemon/worker.h).
 */
int nat64d_reload(struct state **state, struct conf_settings *settings, struct conf_report *report);

/* Add a message for each directive that differs and that a running translator cannot change. 0, or -1. */
int nat64d_reload_check(const struct conf_settings *old, const struct conf_settings *settings, struct conf_report *report);

#endif
