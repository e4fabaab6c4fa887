/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another relay asks, by way of the page's server, that this one looks at its reach now. */
#ifndef RELAY_WATCH_REACH_REQUEST_H
#define RELAY_WATCH_REACH_REQUEST_H

#include <stdbool.h>

struct conf_settings;

/* Make the FIFO in the folder of the snapshot, for the server to write into, and open it. The descriptor, to be waited for; -1 with errno. */
int relay_reach_request_open(const struct conf_settings *settings);

/* Has a look been asked for since? Takes what is there. -1: no. */
bool relay_reach_request_read(int fd);

#endif
