/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the server gives up besides what nat64d gives up. */
#ifndef HTTP_SEAL_H
#define HTTP_SEAL_H

struct conf_report;

/* From here on there is no new socket, no connection to anybody, and no change of a file. 0, also where the kernel has no filter of system calls; -1 with a message. */
int http_seal(struct conf_report *report);

#endif
