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

/* Is Unbound sending what stands for silence? */
bool patience_speaks(const struct question *question);

/* Unbound is about to send its copy of an expired answer. True when that stands for "no upstream answers": now it is SERVFAIL. */
bool splitdns_patience_reply_fail(const struct question *question, struct reply_info *reply);

#endif
