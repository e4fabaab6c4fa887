/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's command line. */
#ifndef NAT64_TAYGA_OPTIONS_H
#define NAT64_TAYGA_OPTIONS_H

#include "conf/log.h"

#include <stdbool.h>

struct conf_report;

enum options_action {
	OPTIONS_RUN,
	OPTIONS_SEVERAL,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_DEVICE_MAKE,
	OPTIONS_DEVICE_REMOVE
};

struct options {
	enum options_action action;
	bool as_tayga;                               /* called by that name */
	const char *config, *user, *group, *pidfile; /* NULL: not given; config always is */
	enum log_sink sink;
	bool detach, change_root;
	bool debug;
	bool no_offloads;
};

/* 0, or -1 with a message. words[0] is the name that nat64d is called by. --help is printed: usage, options, and the directives of the settings' file. */
int nat64d_options_parse(struct options *options, int count, char **words, struct conf_report *report);

#endif
