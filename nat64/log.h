/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where nat64d's lines go. */
#ifndef NAT64_LOG_H
#define NAT64_LOG_H

#include <stdbool.h>

struct conf_report;

enum log_sink { LOG_SINK_STDERR, LOG_SINK_STDOUT, LOG_SINK_SYSLOG, LOG_SINK_JOURNAL };

struct log {
	const char *program;
	enum log_sink sink;
	bool terminal; /* on the standard error as well: so long as somebody waits for the start */
};

/* program and its memory outlive the log. */
void log_open(struct log *log, const char *program, enum log_sink sink);

/* One line, without a newline. priority: LOG_ERR, LOG_NOTICE, LOG_INFO of syslog(3). */
void log_say(const struct log *log, int priority, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Say what is in a report, and empty it. */
void log_report(const struct log *log, int priority, struct conf_report *report);

#endif
