/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second table of watch and run (nftables/hold.c), which guards while ours is away: taken before anything is in place, and with the settings in force.
 *
 * A reload is another process. While it is at work watch does not look, but the second table follows the copy of the settings as soon as that is written: what
 * only the new settings let pass would otherwise be dropped by the old ones. Reload waits for it before it says that it is done.
 */
#include "relay/watch/watch_guard.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nftables/nftables.h"
#include "relay/apply/active.h"
#include "relay/host/clock.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"
#include "relay/watch/parts.h"
#include "relay/watch/watch.h"

#include <poll.h>
#include <syslog.h>

enum { AWAIT_MS = 5000, STEP_MS = 20 };

void relay_watch_guard_install(struct relay_watch *watch)
{
	struct conf_report report = {0};

	if (watch->held)
		return;
	watch->held = nftables_hold_install(&watch->hold, watch->settings, &report) == 0;
	watch->repair.held = watch->held;
	if (!watch->held && !watch->hold_failed)
		relay_print_event(LOG_WARNING, "HOLD", NULL,
				  "a flush of all rules will open the relay for a moment, and break connections: %s",
				  report.count > 0 ? report.lines[0] : "out of memory");
	watch->hold_failed = !watch->held;
	conf_report_clear(&report);
}

void relay_watch_guard_follow(struct relay_watch *watch)
{
	struct conf_settings *settings;

	if (!watch->hold.socket || !relay_watch_copy_is_new(watch, &watch->hold_copy))
		return;
	settings = relay_active_read(watch->settings->node.runtime_dir);
	if (settings)
		watch->repair.held = nftables_hold_install(&watch->hold, settings, CONF_REPORT_DISCARD) == 0;
	watch->held = false; /* by the settings of watch itself: to be taken again when the reload is over */
	conf_settings_free(settings);
}

void relay_watch_guard_release(struct relay_watch *watch)
{
	nftables_hold_release(&watch->hold);
	watch->held = watch->repair.held = false;
}

int relay_guard_await(const struct conf_settings *settings)
{
	uint64_t end = relay_clock_ms() + AWAIT_MS;

	while (relay_runtime_holder(settings) != 0 && nftables_hold_compare(settings) == 1) {
		if (relay_clock_ms() > end)
			return -1;
		poll(NULL, 0, STEP_MS);
	}
	return 0;
}
