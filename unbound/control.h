/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbound's control socket, RUNTIME_DIR/sockets/unbound.ctl: what unbound-control(8) says on it. */
#ifndef UNBOUND_CONTROL_H
#define UNBOUND_CONTROL_H

#include <sys/types.h>

struct conf_report;
struct conf_settings;

/* Give the running Unbound a command of unbound-control(8). Its answer, which can be printed, to be freed; NULL with a message: nobody listens, we may
 * not ask, it does not answer. 3 seconds at most. */
char *unboundconf_control_ask(const struct conf_settings *settings, const char *command, struct conf_report *report);

/* Who listens on the control socket; 0: nobody, or nobody that can be seen from here. */
pid_t unboundconf_control_pid(const struct conf_settings *settings);

#endif
