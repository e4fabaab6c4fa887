/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client is told when the client's patience ends before the look-up does. */
#ifndef MODULE_PATIENCE_H
#define MODULE_PATIENCE_H

#include <stdbool.h>

struct module_qstate;
struct question;
struct reply_info;

/* A look-up is about to begin: set question->known, and start the timer unless it runs. */
void patience_begin(struct module_qstate *qstate, struct question *question);

/* The question ends; NULL: there is none. */
void patience_end(struct question *question);

/* Does an expired answer that Unbound is about to send stand for "no upstream answers"? */
bool patience_reply_is_silence(const struct reply_info *reply);

/* Make SERVFAIL of Unbound's copy of it. */
void patience_reply_fail(struct reply_info *reply);

#endif
