/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main loop's look at the dynamic pool: an administrator hears of a pool that is too small before its clients do. */
#include "nat64/daemon/pool_watch.h"

#include "conf/clock.h"
#include "conf/log.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_walk.h"

#include <syslog.h>
#include <time.h>

#define SHORT_PERCENT 90 /* of the pool held: time to say so */

void nat64d_pool_watch_poll(struct pool_watch *watch, struct leases *leases, const struct log *log)
{
	struct nat64_leases_summary summary;
	uint64_t refused;
	bool is_short;

	nat64_leases_age(leases, conf_clock_ms(CLOCK_BOOTTIME) / 1000);
	nat64_leases_summarize(leases, &summary);
	refused = summary.refused_full + summary.refused_network;
	is_short = summary.held * 100 >= summary.usable * SHORT_PERCENT;
	if (refused != watch->refused)
		conf_log_event(log, LOG_WARNING, "POOL", NULL,
			       "packets of new clients refused: %llu; %llu of %llu addresses are leased; "
			       "give dynamic-pool a shorter prefix",
			       (unsigned long long)(refused - watch->refused), (unsigned long long)summary.held,
			       (unsigned long long)summary.usable);
	else if (!watch->short_is_logged && is_short)
		conf_log_event(log, LOG_WARNING, "POOL", NULL,
			       "the dynamic pool is nearly exhausted: %llu of %llu addresses are leased",
			       (unsigned long long)summary.held, (unsigned long long)summary.usable);
	watch->refused = refused;
	watch->short_is_logged = is_short;
}
