/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe HOST|ADDRESS...: what the relay is for, so that it is known whether it is reached. */
#ifndef CONF_PROBE_H
#define CONF_PROBE_H

#include "conf/store.h"

struct conf_settings;

enum { CONF_PROBES_MAX = 8 };

conf_store conf_store_probe;

/* A host is a name that clients ask for: it lies below a split domain, or the relay is a gateway for every name. */
void conf_probe_check(const struct conf_settings *settings, struct conf_report *report);

/* Frees the list. */
void conf_clear_probes(const struct conf_directive *directive, struct conf_settings *settings);

#endif
