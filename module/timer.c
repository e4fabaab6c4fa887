/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A timer of a question. libevent's memory is not the region's: each timer is ended when its question is. */
#include "module/compat.h"

#include "module/timer.h"

#include "util/module.h"
#include "util/netevent.h"
#include "util/ub_event.h"

struct ub_event *splitdns_timer_new(struct module_qstate *qstate, void (*fires)(int, short, void *), void *context)
{
#ifndef USE_MINI_EVENT
	return ub_event_new(comm_base_internal(qstate->env->worker_base), -1, UB_EV_TIMEOUT, fires, context);
#else
	(void)qstate, (void)fires, (void)context;
	return NULL;
#endif
}

bool splitdns_timer_set(struct ub_event *timer, int ms)
{
	struct timeval time = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L};

	return ub_event_add(timer, &time) == 0;
}

void splitdns_timer_end(struct ub_event **timer)
{
	if (!*timer)
		return;
	ub_event_del(*timer);
	ub_event_free(*timer);
	*timer = NULL;
}
