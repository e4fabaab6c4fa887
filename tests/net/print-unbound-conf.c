/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the unbound.conf that a relay.conf leads to: for tests of the name service alone. */
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "unbound/conf.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	int result = -1;

	if (argc != 2) {
		fprintf(stderr, "usage: print-unbound-conf RELAY.CONF\n");
		return 2;
	}
	settings = conf_settings_read(argv[1], &report);
	if (settings)
		result = unboundconf_conf_write(settings, stdout, &report);
	conf_report_print(&report, "print-unbound-conf", stderr);
	conf_report_clear(&report);
	conf_settings_free(settings);
	return result < 0 ? 2 : 0;
}
