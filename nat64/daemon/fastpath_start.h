/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether nat64d has a fast path, and for which settings that is open. By the main thread alone. */
#ifndef NAT64_DAEMON_FASTPATH_START_H
#define NAT64_DAEMON_FASTPATH_START_H

struct conf_report;
struct log;
struct worker_shared;

/*
 * With all privileges: make shared->fastpath, or leave NULL with the reason in shared->fastpath_off. 0; -1 with a message when the device has the fast path of
 * an earlier nat64d, which goes by earlier settings and can be neither replaced nor removed.
 */
int fastpath_start(struct worker_shared *shared, const char *device, struct conf_report *report);

/* Once the privileges are gone: open the fast path, or log why there is none. */
void fastpath_begin(struct worker_shared *shared, const struct log *log);

/* After a reload: open the fast path for the settings of now, where they want it. */
void fastpath_follow(const struct worker_shared *shared);

/* After a reload: log when the pool has more addresses than there is room for. */
void fastpath_room_check(const struct worker_shared *shared, const struct log *log);

/* Close the fast path, when all who use it are gone. */
void fastpath_end(struct worker_shared *shared);

#endif
