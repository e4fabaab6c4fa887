/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that up and run stand on, looked at before anything is changed. */
#ifndef RELAY_CHECK_PREFLIGHT_H
#define RELAY_CHECK_PREFLIGHT_H

struct conf_report;
struct conf_settings;

enum relay_purpose {
	RELAY_FOR_UP,     /* the daemons are services of their own, and may run already */
	RELAY_FOR_RELOAD, /* the daemons are those of these settings' predecessor */
	RELAY_FOR_RUN,    /* the daemons will be our children */
	RELAY_FOR_WATCH,  /* as for up; and it looks again, so that nothing is waited for here */
};

/* 0: nothing stands in the way. -1: the report has a line for each thing that does, all of them. Changes nothing. */
int relay_preflight(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report);

/* Some of the checks, for the table in preflight.c: each adds a line for each thing that is wrong. */
typedef void relay_preflight_check(const struct conf_settings *settings, enum relay_purpose purpose,
				   struct conf_report *report);
relay_preflight_check relay_preflight_pool;
relay_preflight_check relay_preflight_prefixes;
relay_preflight_check relay_preflight_maps;
relay_preflight_check relay_preflight_twin;
relay_preflight_check relay_preflight_device;
relay_preflight_check relay_preflight_edge;
relay_preflight_check relay_preflight_port;

#endif
