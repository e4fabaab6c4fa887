/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbound's control socket, RUNTIME_DIR/sockets/unbound.ctl: what unbound-control(8) says on it. */
#ifndef RELAY_ASK_UNBOUND_CONTROL_H
#define RELAY_ASK_UNBOUND_CONTROL_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/* Give the running Unbound a command of unbound-control(8). Its answer, which can be printed, to be freed; NULL with a message: nobody listens, we may
 * not ask, it does not answer. 3 seconds at most. */
char *relay_unbound_control_ask(const struct conf_settings *settings, const char *command, struct conf_report *report);

/* Have it read its settings again, or end, anew, for whoever started it to start it again; and wait until it answers questions, 20 seconds
 * at most. 0, or -1 with a message. */
int relay_unbound_control_reload(const struct conf_settings *settings, bool anew, struct conf_report *report);

#endif
