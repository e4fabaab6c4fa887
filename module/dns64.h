/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions outside of the split domains, when Unbound's own dns64 answers them. */
#ifndef MODULE_DNS64_H
#define MODULE_DNS64_H

struct module_qstate;
struct split_domains;

/* The question goes on to the next module, which is dns64 when the settings have it. id is the module's number. */
void dns64_question_leave(struct module_qstate *qstate, int id, const struct split_domains *domains);

/* The next modules are done with it. */
void dns64_question_return(struct module_qstate *qstate, int id, const struct split_domains *domains);

#endif
