/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no single line can tell: the settings as a whole. */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

struct conf_report;
struct conf_settings;

/* Look at completed settings for what contradicts itself. 0, or -1 with every contradiction in the report. */
int conf_check(const struct conf_settings *settings, struct conf_report *report);

#endif
