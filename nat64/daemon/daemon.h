/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d between its start and its end. */
#ifndef NAT64_DAEMON_DAEMON_H
#define NAT64_DAEMON_DAEMON_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;
struct daemon;
struct log;
struct options;

/* Open everything, give up every right, and have the workers ready. The settings are the daemon's from here on, also when there is
 * none: NULL with a message. */
struct daemon *nat64d_daemon_open(struct conf_settings *settings, const struct options *options, const struct log *log,
				  struct conf_report *report);

/* Begin to translate. 0, or -1 with a message. */
int nat64d_daemon_start(struct daemon *daemon, struct conf_report *report);

/* Tell the service manager, and go on until a signal ends it. 0, or -1 with a message when it cannot go on. */
int nat64d_daemon_run(struct daemon *daemon, struct conf_report *report);

/* Stop the workers, write the leases, let go of everything. */
void nat64d_daemon_close(struct daemon *daemon);

#endif
