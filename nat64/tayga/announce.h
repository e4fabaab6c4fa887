/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines that nat64d says once it translates. */
#ifndef NAT64_TAYGA_ANNOUNCE_H
#define NAT64_TAYGA_ANNOUNCE_H

struct conf_settings;
struct device;
struct log;

/* By which addresses, prefixes and pool we translate, and on which device with which offloads: these explain the speed. */
void nat64d_announce_start(const struct log *log, const struct conf_settings *settings, const struct device *device);

#endif
