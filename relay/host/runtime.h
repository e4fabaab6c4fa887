/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtime folder: made and removed, locked by the one nat64-relay at work, and the memory of run's children. */
#ifndef RELAY_HOST_RUNTIME_H
#define RELAY_HOST_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct conf_report;
struct conf_settings;
struct relay_child;

/* The pid of the nat64-relay that holds the lock, 0 when none does. Changes nothing. */
pid_t relay_runtime_holder(const struct conf_settings *settings);

/*
 * Make the runtime folder when it is missing, and see to it that root alone writes to it: whatever others have put in the place of a file of
 * ours, or of a daemon's socket, goes. 0, or -1 with a message: it is somebody else's, or open to others.
 */
int relay_runtime_settle(const struct conf_settings *settings, struct conf_report *report);

/* The same, and take the lock. Returns the lock's descriptor, to be held until the work is done; -1 with a message. */
int relay_runtime_open(const struct conf_settings *settings, struct conf_report *report);

/* The lock that tailnet apply and forget hold, whose record is one file: as relay_runtime_open. */
int relay_runtime_lock_tailnet(const struct conf_settings *settings, struct conf_report *report);

/* The lock that reload holds while it works, and run while it ends. Waits for it, 30 seconds at most. Its descriptor, or -1 with a
 * message. */
int relay_runtime_lock_reload(const struct conf_settings *settings, struct conf_report *report);

/* The same without waiting and without a message: BUSY when somebody else holds it, FAILED when it cannot be had at all. */
enum { RELAY_RUNTIME_BUSY = -2, RELAY_RUNTIME_FAILED = -1 };
int relay_runtime_try_reload(const struct conf_settings *settings);

/* Make the data folder for the daemons' user, unless it is there; one that is there, of root's and empty, as an engine makes volumes, is given to that user.
 * 0, or -1 with a message. */
int relay_runtime_data_make(const struct conf_settings *settings, struct conf_report *report);

/* See to it that there is a file in which the module counts. 1 when it was made, 0 when it was there, -1 with a message. */
int relay_runtime_counters_make(const struct conf_settings *settings, struct conf_report *report);

/*
 * Put text into the file of that path, in the runtime folder: for everybody to read, or, closed, for root and the daemons' group. 0, or -1
 * with a message.
 */
int relay_runtime_file_put(const struct conf_settings *settings, const char *path, const char *text, size_t length,
			   bool closed, struct conf_report *report);

/* The path of a file in the runtime folder; the caller frees it. NULL out of memory. */
char *relay_runtime_path(const struct conf_settings *settings, const char *name);

/*
 * Open a memory of ours in the runtime folder for reading. NULL when there is none, or when it is not ours: earlier versions let the
 * daemons make files in that folder too.
 */
FILE *relay_runtime_memory_open(const struct conf_settings *settings, const char *name);

/* False when nat64d's control socket is there, and not for this user. */
bool relay_runtime_may_ask(const struct conf_settings *settings);

/* Remove what this command puts into the folder, and the folder when nothing else is in it. The lock ends here. */
void relay_runtime_close(const struct conf_settings *settings, int lock, bool remove);

/* Remember the children, so that the next run or down can end them should this process be killed. */
int relay_runtime_children_remember(const struct conf_settings *settings, const struct relay_child *children,
				    size_t count, struct conf_report *report);

/* True when pid is a child that a killed run has left behind. */
bool relay_runtime_orphans_is(const struct conf_settings *settings, pid_t pid);

/* End the children that a killed run has left behind; how many there were. */
size_t relay_runtime_orphans_end(const struct conf_settings *settings);

#endif
