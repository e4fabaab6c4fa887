/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unbound.conf of a generation: what the resolver is started with, own lines and all. */
#ifndef RELAY_APPLY_UNBOUND_FILE_H
#define RELAY_APPLY_UNBOUND_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct conf_report;
struct conf_settings;

/* A comment before each of the own files, with the file's name behind it. */
#define RELAY_UNBOUND_OWN "# Own lines, from "

/* A file that is to be written. */
struct relay_text {
	char *octets;
	size_t length, generated; /* so many of them come before the own lines */
	bool closed;              /* not everybody may read all of what it is made of */
};

/* Make it, with the own lines as they are now. 0, or -1 with a message; free text->octets in either case. */
int relay_unbound_file_render(const struct conf_settings *settings, struct relay_text *text, struct conf_report *report);

/*
 * Write it into the active generation when it is not there as it was generated, whatever has become of the own lines since: they count with the next reload.
 * 1 when it, or the daemons' name for it, was not there, 0 when it was, -1 with a message.
 */
int relay_unbound_file_repair(const struct conf_settings *settings, struct conf_report *report);

/* Between the previous generation and the active one: is there anything that Unbound, or the module, has not read yet? */
bool relay_reload_concerns_resolver(const char *runtime_dir);

#endif
