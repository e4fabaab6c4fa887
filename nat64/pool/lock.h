/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One translator a device. */
#ifndef NAT64_POOL_LOCK_H
#define NAT64_POOL_LOCK_H

struct conf_report;

/* Lock nat64d.lock in an open folder, a file of ours that nobody else can open, for as long as the process lives. The lock's descriptor, or
 * -1 with a message that names the process that has it. device: for the message. */
int nat64_lock_lock(int folder, const char *device, struct conf_report *report);

/* Add "another translator holds device ..." with the process's id where it can be found. */
void nat64_lock_explain(const char *device, struct conf_report *report);

#endif
