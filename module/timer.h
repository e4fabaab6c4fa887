/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A timer of a question, in the event loop of the question's thread. */
#ifndef MODULE_TIMER_H
#define MODULE_TIMER_H

#include <stdbool.h>

struct module_qstate;
struct ub_event;

/* Not set yet. NULL without memory, and where nothing would fire: Unbound's own event loop (there is no libevent) calls nobody whom it does not know. */
struct ub_event *splitdns_timer_new(struct module_qstate *qstate, void (*fires)(int, short, void *), void *context);

/* Fire once, so many milliseconds from now. */
bool splitdns_timer_set(struct ub_event *timer, int ms);

/* Never fire again. It is NULL from then on, and may have been. */
void splitdns_timer_end(struct ub_event **timer);

#endif
