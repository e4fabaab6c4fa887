/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the relay says of a user's own lines, on stderr, and on stdout the unbound.conf with them: for tests of the name service alone. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "unbound/conf.h"
#include "unbound/own_lines.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	int result = -1;

	if (argc != 2) {
		fprintf(stderr, "usage: judge-own-lines RELAY.CONF\n");
		return 2;
	}
	settings = conf_settings_read(argv[1], &report);
	if (settings && unboundconf_conf_write(settings, stdout, &report) == 0) {
		unboundconf_own_lines_write_order(settings, stdout);
		result = unboundconf_own_lines_judge(settings, &report);
	}
	conf_report_print(&report, "judge-own-lines", stderr);
	conf_report_clear(&report);
	conf_settings_free(settings);
	return result < 0 ? 2 : 0;
}
