/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd by its own library. */
#include "conf/systemd.h"

#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

void conf_systemd_notify(const char *state)
{
	sd_notify(0, state);
}

uint64_t conf_systemd_watchdog(void)
{
	uint64_t limit = 0;

	return sd_watchdog_enabled(0, &limit) > 0 ? limit : 0;
}

bool conf_systemd_journal(const struct iovec *fields, int count)
{
	return sd_journal_sendv(fields, count) == 0;
}
