/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPv4 twin of the prefix: twin-prefix. */
#ifndef CONF_TWIN_H
#define CONF_TWIN_H

#include "conf/store.h"

conf_store conf_store_twin_prefix;

/* Add to the report what the twin, and who may use it, contradicts in completed settings. */
void conf_twin_check(const struct conf_settings *settings, struct conf_report *report);

#endif
