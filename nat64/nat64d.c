/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d: the translator daemon. Reads its settings, runs, and turns results into exit statuses. */
#include "config.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/daemon.h"
#include "nat64/options.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_REFUSED = 2 }; /* the options, the settings or the node do not allow a start */

static int run(const struct options *options, struct conf_report *report)
{
	struct conf_settings *settings = conf_settings_read(options->config, report);
	struct daemon *daemon = settings ? daemon_open(settings, options, report) : NULL;
	int status = EXIT_REFUSED;

	if (daemon)
		status = daemon_run(daemon, report) ? EXIT_FAILURE : EXIT_SUCCESS;
	daemon_close(daemon);
	return status;
}

int main(int count, char **words)
{
	struct conf_report report = { 0 };
	struct options options;
	int status = EXIT_REFUSED;

	mallopt(M_ARENA_MAX, 1); /* workers allocate next to nothing: an arena each would only be memory */
	if (options_parse(&options, count, words, &report))
		;
	else if (options.action == OPTIONS_HELP)
		options_print_help(stdout), status = EXIT_SUCCESS;
	else if (options.action == OPTIONS_VERSION)
		puts("nat64d " PACKAGE_VERSION), status = EXIT_SUCCESS;
	else
		status = run(&options, &report);
	conf_report_print(&report, "nat64d", stderr);
	conf_report_clear(&report);
	return status;
}
