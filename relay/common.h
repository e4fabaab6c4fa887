/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The beginning and the end that subcommands share. */
#ifndef RELAY_COMMON_H
#define RELAY_COMMON_H

#include "conf/report.h"
#include "relay/cli/options.h"

#include <stdbool.h>

struct conf_settings;
struct relay_command;

/* What a subcommand works on. */
struct relay_session {
	struct conf_settings *settings;
	struct conf_report report;
	bool edited; /* of relay_session_ask: the file says something else than the settings in force, which these are */
	char *broken; /* of relay_session_ask: what is wrong with the file, when the settings in force stand for it */
};

/* The line of every option table that names the settings file. */
#define RELAY_OPTION_CONFIG(variable)                                                                                  \
	{                                                                                                              \
		'c', "config", "FILE", "settings [" RELAY_CONF_PATH "]", .text = (variable)                            \
	}

/* That of --json. */
#define RELAY_OPTION_JSON(variable)                                                                                    \
	{                                                                                                              \
		0, "json", NULL, "print one JSON object", .flag = (variable)                                           \
	}

/* Read the settings. 0, or -1 with what is wrong on stderr. */
int relay_session_open(struct relay_session *session, const char *config);

/* The end of that, for a subcommand that reads the settings itself: print the notices of the settings, or why there are none. */
int relay_session_opened(struct relay_session *session);

/*
 * The same for a subcommand that only asks: the settings are those in force when a relay is up, whatever the file says; edited and
 * broken tell of the file.
 */
int relay_session_ask(struct relay_session *session, const char *config);
typedef int relay_session_opener(struct relay_session *session, const char *config);

/* Print the report to stderr and free everything; returns exit_code, so that a subcommand can end with it. */
int relay_session_close(struct relay_session *session, int exit_code);

/* What a subcommand does once its settings are read; returns an enum relay_exit. */
typedef int relay_session_work(const struct conf_settings *settings, struct conf_report *report);

/* The whole of a subcommand that has no options of its own and no operands. */
int relay_session_run(const struct relay_command *command, const char *config, int argc, char **argv,
		      relay_session_work *work);

/* What a subcommand that shows something does: for people, or as one JSON object. Returns an enum relay_exit. */
typedef int relay_session_view(struct relay_session *session, bool json);

/* The whole of a subcommand that has --json and no operands; open: relay_session_open or relay_session_ask. */
int relay_session_show(const struct relay_command *command, const char *config, int argc, char **argv,
		       relay_session_opener *open, relay_session_view *view);

#endif
