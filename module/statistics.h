/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the life of a question meets the counters. */
#ifndef MODULE_STATISTICS_H
#define MODULE_STATISTICS_H

struct module_qstate;
struct question;

/* The module sees the question for the first time. */
void splitdns_statistics_begin(const struct module_qstate *qstate, struct question *question);

/* A look-up has brought question->lookup. */
void splitdns_statistics_looked_up(const struct question *question);

/* The question has come to STOP_DONE or STOP_FAIL. */
void splitdns_statistics_end(const struct module_qstate *qstate, const struct question *question);

#endif
