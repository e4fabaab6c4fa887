/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module puts into Unbound's cache by itself. */
#ifndef MODULE_STORE_H
#define MODULE_STORE_H

struct module_qstate;
struct reply_info;

/* Put a reply into Unbound's cache alone. */
void splitdns_question_store(struct module_qstate *qstate, struct reply_info *reply);

#endif
