/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that Unbound's dns64 made, and that no packet reaches. */
#ifndef MODULE_DNS64_REACH_H
#define MODULE_DNS64_REACH_H

struct module_qstate;
struct split_domains;

/*
 * Take out of the question's answer, which has come back from dns64 and lies in no cache yet, the synthesized records whose IPv4 address
 * the relay does not forward to. When none is left the answer is empty, with the reason.
 */
void splitdns_dns64_reply_leave_out(struct module_qstate *qstate, const struct split_domains *domains);

#endif
