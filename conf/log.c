/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the lines of nat64d, and the events of nat64-relay, go: to the standard output or error, as "PROGRAM: LINE"; to syslog(3) as a daemon; or to the
 * journal with a priority of its own each. syslog is connected at once, and the time zone is read, so that both are still there after a change of root.
 *
 * As a service the standard error is the journal's: it would take the same words from there, but neither a priority nor fields. So they
 * are sent to it directly then, which JOURNAL_STREAM tells (systemd.exec(5)); what it does not take goes to the standard error after all.
 */
#include "conf/log.h"

#include "conf/report.h"
#include "conf/systemd.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* Is the standard error the stream that the journal has given us, and not one that somebody has put in its place? */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &status) == 0 &&
	       status.st_dev == device && status.st_ino == inode;
}

void conf_log_open(struct log *log, const char *program, enum log_sink sink)
{
	*log = (struct log){.program = program, .sink = sink, .journal = is_journal()};
	if (sink == LOG_SINK_STDERR && log->journal)
		log->sink = LOG_SINK_JOURNAL;
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

static void field_print(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void field_print(char *text, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, size, format, arguments);
	va_end(arguments);
}

static struct iovec field(const char *text)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
}

/* False when there is no journal. */
static bool line_send(const struct log *log, int priority, const char *event, const struct conf_log_fields *fields,
		      const char *line)
{
	char message[LOG_LINE_SIZE + 16], level[16], name[64], kind[64];
	struct iovec all[4 + LOG_FIELDS_MAX];
	int count = 0;

	field_print(message, sizeof(message), "MESSAGE=%s", line);
	field_print(level, sizeof(level), "PRIORITY=%d", priority);
	field_print(name, sizeof(name), "SYSLOG_IDENTIFIER=%s", log->program);
	field_print(kind, sizeof(kind), "NAT64_EVENT=%s", event ? event : "");
	all[count++] = field(message);
	all[count++] = field(level);
	all[count++] = field(name);
	if (event)
		all[count++] = field(kind);
	for (size_t i = 0; fields && i < fields->count; i++)
		all[count++] = field(fields->items[i]);
	return conf_systemd_journal(all, count);
}

static void line_write(const struct log *log, int priority, const char *event, const struct conf_log_fields *fields,
		       const char *line)
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
		if (!line_send(log, priority, event, fields, line) && log->journal)
			line_print(log, stderr, line);
		break;
	}
	if (log->terminal && !log->journal)
		line_print(log, stderr, line);
}

static void __attribute__((format(printf, 5, 0)))
format_write(const struct log *log, int priority, const char *event, const struct conf_log_fields *fields,
	     const char *format, va_list arguments)
{
	char line[LOG_LINE_SIZE];

	vsnprintf(line, sizeof(line), format, arguments);
	line_write(log, priority, event, fields, line);
}

void conf_log_print(const struct log *log, int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_write(log, priority, NULL, NULL, format, arguments);
	va_end(arguments);
}

void conf_log_field(struct conf_log_fields *fields, const char *format, ...)
{
	va_list arguments;

	if (fields->count == LOG_FIELDS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(fields->items[fields->count++], LOG_FIELD_SIZE, format, arguments);
	va_end(arguments);
}

void conf_log_event(const struct log *log, int priority, const char *name, const struct conf_log_fields *fields,
		    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	format_write(log, priority, name, fields, format, arguments);
	va_end(arguments);
}

void conf_log_report(const struct log *log, int priority, struct conf_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		line_write(log, priority, NULL, NULL, report->lines[i] ? report->lines[i] : "out of memory");
	conf_report_clear(report);
}
