/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines local-data of a user's own that Unbound takes, and that do not do what they seem to. */
#ifndef UNBOUND_OWN_DATA_H
#define UNBOUND_OWN_DATA_H

struct conf_settings;

/* Told of each: "FILE:LINE: local-data: NAME TYPE ADDRESS: why", and what to do. */
typedef void unboundconf_data_observer(void *context, const char *why, const char *advice);

/* Read the files of unbound-include-dir, and tell of each such line. None of them stops split names: for that see unbound/own_lines.h. */
void unboundconf_own_data_judge(const struct conf_settings *settings, unboundconf_data_observer *observer, void *context);

#endif
