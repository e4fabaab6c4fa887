/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From relay.conf to struct conf_settings. */
#ifndef CONF_READER_H
#define CONF_READER_H

#include <stddef.h>

struct conf_report;
struct conf_settings;
struct conf_tailnet;

/*
 * Read a file, complete it with the defaults and check it. NULL when anything is wrong: the report says all of it. What "auto" stands for
 * is not known then, which is nothing wrong: conf/tailnet.h.
 */
struct conf_settings *conf_settings_read(const char *path, struct conf_report *report);

/* The same where it is known what auto stands for. */
struct conf_settings *conf_settings_read_as(const char *path, const struct conf_tailnet *tailnet,
					    struct conf_report *report);

/* The same from memory; name stands for the path in messages. */
struct conf_settings *conf_settings_parse(const char *name, const char *text, size_t length, struct conf_report *report);

#endif
