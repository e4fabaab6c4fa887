/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where nat64d's lines go: to a terminal or to whoever reads the output, "PROGRAM: LINE"; to syslog(3) as a daemon; or to the
 * journal with a priority of its own each. syslog is connected at once, and the time zone is read, so that both are still there after a change of root.
 */
#include "nat64/log.h"

#include "conf/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <time.h>

void log_open(struct log *log, const char *program, enum log_sink sink)
{
	*log = (struct log){ .program = program, .sink = sink };
	if (sink != LOG_SINK_SYSLOG)
		return;
	tzset();
	openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

static void line_print(const struct log *log, FILE *stream, const char *line)
{
	fprintf(stream, "%s: %s\n", log->program, line);
	fflush(stream);
}

static void line_say(const struct log *log, int priority, const char *line)
{
	switch (log->sink) {
	case LOG_SINK_STDERR:
		line_print(log, stderr, line);
		return;
	case LOG_SINK_STDOUT:
		line_print(log, stdout, line);
		return;
	case LOG_SINK_SYSLOG:
		syslog(priority, "%s", line);
		break;
	case LOG_SINK_JOURNAL:
		sd_journal_send("MESSAGE=%s", line, "PRIORITY=%d", priority, "SYSLOG_IDENTIFIER=%s", log->program, NULL);
		break;
	}
	if (log->terminal)
		line_print(log, stderr, line);
}

void log_say(const struct log *log, int priority, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	line_say(log, priority, line);
}

void log_report(const struct log *log, int priority, struct conf_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		line_say(log, priority, report->lines[i] ? report->lines[i] : "out of memory");
	conf_report_clear(report);
}
