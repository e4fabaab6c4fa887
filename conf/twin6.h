/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What twin.h is to IPv4: twin6-prefix. */
#ifndef CONF_TWIN6_H
#define CONF_TWIN6_H

#include "conf/store.h"

conf_store conf_store_twin6_prefix;

/* Add to the report what twin6 contradicts in completed settings. */
void conf_twin6_check(const struct conf_settings *settings, struct conf_report *report);

#endif
