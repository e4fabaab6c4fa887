/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client is told when Unbound's patience ends before the look-up does. */
#ifndef MODULE_PATIENCE_H
#define MODULE_PATIENCE_H

#include <stdbool.h>

struct module_qstate;
struct question;
struct reply_info;

/* A look-up is about to begin: see to it that the cache holds something to tell, and set question->known. */
void patience_prepare(struct module_qstate *qstate, struct question *question);

/* Unbound is about to send its copy of an expired answer. True when that stood for "no upstream answers": now it is SERVFAIL. */
bool patience_reply_fail(struct reply_info *reply);

#endif
