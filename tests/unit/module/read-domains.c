/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's view of settings, for tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "read-domains.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "module/domains.h"

#include <cmocka.h>

#include <string.h>

struct split_domains *read_domains(const char *text)
{
	struct conf_report report = {0};
	struct conf_settings *settings = conf_settings_parse("relay.conf", text, strlen(text), &report);
	struct split_domains *domains = settings ? splitdns_split_domains_new(settings, &report) : NULL;

	if (!domains)
		fail_msg("expected settings, got '%s'", report.count > 0 ? report.lines[0] : "no message");
	conf_report_clear(&report);
	return domains;
}
