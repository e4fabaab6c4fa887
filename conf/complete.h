/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The defaults. */
#ifndef CONF_COMPLETE_H
#define CONF_COMPLETE_H

#include <stdbool.h>

struct conf_settings;

/* What holds unless the file says otherwise, into settings that are all zero. */
void conf_complete_before(struct conf_settings *settings);

/* What the file left out, once it is read. False: out of memory. */
bool conf_complete(struct conf_settings *settings);

#endif
