/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The translator's ICMP errors: icmp-pool, icmp-rate. */
#ifndef CONF_ICMP_H
#define CONF_ICMP_H

#include "conf/store.h"

conf_store conf_store_icmp_pool;

/* Add to the report what the icmp-pool contradicts in completed settings. */
void conf_icmp_check(const struct conf_settings *settings, struct conf_report *report);

#endif
