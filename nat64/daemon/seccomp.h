/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that nat64d makes once it has opened everything; the kernel's seccomp refuses it all others. */
#ifndef NAT64_DAEMON_SECCOMP_H
#define NAT64_DAEMON_SECCOMP_H

struct conf_report;

/* Refuse all other system calls to every thread of this process, for good. 0; also where the kernel has no filter of system calls, with
 * one notice. -1 with a message. */
int nat64d_seccomp_restrict(struct conf_report *notices, struct conf_report *report);

#endif
