/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d: the translator daemon. Reads its settings, runs, and turns results into exit statuses. */
#include "config.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/file.h"
#include "nat64/daemon/background.h"
#include "nat64/daemon/daemon.h"
#include "nat64/tayga/launch.h"
#include "conf/log.h"
#include "nat64/tayga/options.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

enum { EXIT_REFUSED = 2 }; /* the options, the settings or the node do not allow a start */

/* The daemon translates: write the file of the process id, and tell the parent. */
static int announce(const struct options *options, int pidfile, struct log *log, struct background *background,
		    struct conf_report *report)
{
	if (nat64d_pidfile_write(pidfile, options->pidfile, report))
		return -1;
	log->terminal = false;
	nat64d_background_end(background);
	return 0;
}

/* The settings are the daemon's. */
static int translate(struct conf_settings *settings, const struct options *options, int pidfile, struct log *log,
		     struct conf_report *report)
{
	struct background background = {.ready = -1};
	struct daemon *daemon;
	int status = EXIT_REFUSED;

	if (options->detach && nat64d_background_begin(&background, report)) {
		conf_settings_free(settings);
		return EXIT_FAILURE;
	}
	daemon = nat64d_daemon_open(settings, options, log, report);
	if (daemon)
		status = nat64d_daemon_start(daemon, report) || announce(options, pidfile, log, &background, report) ||
					 nat64d_daemon_run(daemon, report) ?
				 EXIT_FAILURE :
				 EXIT_SUCCESS;
	nat64d_daemon_close(daemon);
	return status;
}

static int device_change(struct conf_settings *settings, const struct options *options, const struct log *log,
			 struct conf_report *report)
{
	bool make = options->action == OPTIONS_DEVICE_MAKE;
	int failed = make ? nat64d_launch_device_make(settings, report) : nat64d_launch_device_remove(settings, report);

	if (!failed)
		conf_log_print(log, LOG_INFO, "%s persistent tun device %s", make ? "Created" : "Removed",
			       settings->translation.tun_device);
	conf_settings_free(settings);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(const struct options *options, struct log *log, struct conf_report *report)
{
	struct conf_settings *settings = nat64d_launch_settings_read(options, report);
	int pidfile = -1, status;

	if (!settings)
		return EXIT_REFUSED;
	conf_log_report(log, LOG_NOTICE, &settings->notices);
	if (options->action != OPTIONS_RUN)
		return device_change(settings, options, log, report);
	if (options->pidfile)
		pidfile = nat64d_pidfile_open(options->pidfile, settings->node.data_dir, report);
	if (options->pidfile && pidfile < 0) {
		conf_settings_free(settings);
		return EXIT_REFUSED;
	}
	status = translate(settings, options, pidfile, log, report);
	if (pidfile >= 0)
		close(pidfile);
	return status;
}

int main(int count, char **words)
{
	struct conf_report report = {0};
	struct options options;
	struct log log;
	int status = EXIT_REFUSED;

	if (!conf_standard_open())
		return EXIT_FAILURE;
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1); /* workers allocate next to nothing: an arena each would only be memory */
#endif
	if (nat64d_options_parse(&options, count, words, &report))
		options.sink = LOG_SINK_STDERR;
	conf_log_open(&log, options.as_tayga ? "tayga" : "nat64d",
		      options.action > OPTIONS_VERSION ? LOG_SINK_STDOUT : options.sink);
	log.terminal = true;
	if (report.count)
		;
	else if (options.action == OPTIONS_HELP)
		status = EXIT_SUCCESS;
	else if (options.action == OPTIONS_VERSION)
		puts("nat64d " PACKAGE_VERSION), status = EXIT_SUCCESS;
	else
		status = run(&options, &log, &report);
	conf_log_report(&log, LOG_ERR, &report);
	return options.as_tayga && status == EXIT_REFUSED ? EXIT_FAILURE : status;
}
