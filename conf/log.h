/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where nat64d's lines go, and the events of nat64-relay. */
#ifndef CONF_LOG_H
#define CONF_LOG_H

#include <stdbool.h>
#include <stddef.h>

struct conf_report;

enum { LOG_LINE_SIZE = 1024, LOG_FIELDS_MAX = 8, LOG_FIELD_SIZE = 160 };

enum log_sink { LOG_SINK_STDERR, LOG_SINK_STDOUT, LOG_SINK_SYSLOG, LOG_SINK_JOURNAL };

struct log {
	const char *program;
	enum log_sink sink;
	bool terminal; /* on the standard error as well: so long as somebody waits for the start */
	bool journal;  /* the standard error is the journal */
};

/* What the journal keeps of a line besides its words, NAME=VALUE each (systemd.journal-fields(7)). All zero is none. */
struct conf_log_fields {
	size_t count;
	char items[LOG_FIELDS_MAX][LOG_FIELD_SIZE];
};

/* program and its memory outlive the log. LOG_SINK_STDERR becomes the journal when the standard error leads there. */
void conf_log_open(struct log *log, const char *program, enum log_sink sink);

/* One line, without a newline. priority: LOG_ERR, LOG_NOTICE, LOG_INFO of syslog(3). */
void conf_log_print(const struct log *log, int priority, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Add a field; one too many, or one that is too long, is cut off. */
void conf_log_field(struct conf_log_fields *fields, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same line, of an event that the journal can be asked for: NAT64_EVENT=name, and the fields, which may be NULL. */
void conf_log_event(const struct log *log, int priority, const char *name, const struct conf_log_fields *fields,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Say what is in a report, and empty it. */
void conf_log_report(const struct log *log, int priority, struct conf_report *report);

#endif
