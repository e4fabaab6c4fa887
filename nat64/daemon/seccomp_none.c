/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the place of seccomp.c in a nat64d that is built without libseccomp: as on a kernel that has no filter of system calls. */
#include "nat64/daemon/seccomp.h"

#include "conf/report.h"

int nat64d_seccomp_restrict(struct conf_report *notices, struct conf_report *report)
{
	(void)report;
	conf_report_add(notices, "this nat64d is built without a filter of system calls (libseccomp): all system calls stay "
				 "allowed");
	return 0;
}
