/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No new questions for a moment, so that none is under way when Unbound reloads. */
#ifndef MODULE_DRAIN_H
#define MODULE_DRAIN_H

struct drain;
struct module_qstate;

/* What listens for the command once there are questions. NULL: Unbound reloads without; that is no error. */
struct drain *drain_new(const char *runtime_dir);

/* When there are no threads any more; NULL: nothing to do. */
void drain_free(struct drain *drain);

/* From the thread of the question: from now on that thread follows the command. NULL: nothing to do. */
void drain_join(struct drain *drain, const struct module_qstate *qstate);

#endif
