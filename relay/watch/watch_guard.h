/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second table of watch: it guards while ours is away. */
#ifndef RELAY_WATCH_WATCH_GUARD_H
#define RELAY_WATCH_WATCH_GUARD_H

struct conf_settings;
struct relay_watch;

/* Have it by the settings of watch, unless it is held by them already. What cannot be had is tried again with each call, and logged once. */
void relay_watch_guard_install(struct relay_watch *watch);

/* While a reload is at work: have it by the settings that the reload has put in force. */
void relay_watch_guard_follow(struct relay_watch *watch);

/* It goes. */
void relay_watch_guard_release(struct relay_watch *watch);

/* For a reload: wait until the second table, where watch or run holds one, follows these settings. 0, or -1: not within five seconds. */
int relay_guard_await(const struct conf_settings *settings);

#endif
