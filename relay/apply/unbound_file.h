/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RUNTIME_DIR/unbound.conf: what the resolver is started with, own lines and all. */
#ifndef RELAY_APPLY_UNBOUND_FILE_H
#define RELAY_APPLY_UNBOUND_FILE_H

struct conf_report;
struct conf_settings;

/* A comment before each of the own files, with the file's name behind it. */
#define RELAY_UNBOUND_OWN "# Own lines, from "

/* Write it, with the own lines as they are now. 1 when it changed, 0 when it was the same already, -1 with a message. */
int relay_unbound_file_write(const struct conf_settings *settings, struct conf_report *report);

/* The same when it is not as it was written, whatever has become of the own lines since: they count with the next reload. */
int relay_unbound_file_repair(const struct conf_settings *settings, struct conf_report *report);

#endif
