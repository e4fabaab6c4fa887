/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which upstream-dns have been silent lately? Unbound knows it of the questions that it has asked for clients. */
#ifndef UNBOUND_TIMEOUTS_H
#define UNBOUND_TIMEOUTS_H

#include <stdint.h>

struct conf_settings;

/*
 * The sum, in ms, of Unbound's timeouts of the servers of each zone of which no server has answered last: it grows with each question that stays unanswered.
 * 0: none is silent, nobody has asked, or Unbound does not tell.
 */
uint64_t unboundconf_timeouts(const struct conf_settings *settings);

/* The same of one zone, out of what "unbound-control lookup ZONE" prints. */
uint64_t unboundconf_timeouts_parse(const char *text);

#endif
