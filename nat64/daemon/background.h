/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going on in the background, and the file that says as which process. */
#ifndef NAT64_DAEMON_BACKGROUND_H
#define NAT64_DAEMON_BACKGROUND_H

struct conf_report;

struct background {
	int ready; /* the pipe to the process that waits; -1 in the foreground */
	int null;  /* takes the terminal's place; opened while everything can be */
};

/* Fork. The first process waits, and ends here with the status that nat64d_background_end tells it. 0 in the new process, or -1. */
int nat64d_background_begin(struct background *background, struct conf_report *report);

/* The start is over: let the waiting process end with 0, and the terminal go. Nothing in the foreground. */
void nat64d_background_end(struct background *background);

/* Open the file of the process id, and fill it in. Between the two, privileges may go and the process change. A descriptor or -1
 * with a message; base: the folder where a relative path begins, NULL for "/". */
int nat64d_pidfile_open(const char *path, const char *base, struct conf_report *report);
int nat64d_pidfile_write(int file, const char *path, struct conf_report *report);

#endif
