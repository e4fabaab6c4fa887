/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Have the running Unbound read its settings again. */
#ifndef RELAY_ASK_UNBOUND_RELOAD_H
#define RELAY_ASK_UNBOUND_RELOAD_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/* Have it read its settings again, or with anew have it end, so that its service manager starts it again; and wait until it answers questions, 20 seconds
 * at most. 0, or -1 with a message. */
int relay_unbound_reload(const struct conf_settings *settings, bool anew, struct conf_report *report);

#endif
