/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which device would the kernel send to an address now? Rules, tables and routes as they are, like `ip route get`. */
#ifndef KERNEL_LOOKUP_H
#define KERNEL_LOOKUP_H

#include <net/if.h>

struct conf_address;
struct conf_report;

/* 1 and the device's name; 0 nowhere: there is no route, or one that refuses; -1. */
int kernel_lookup_device(const struct conf_address *to, char device[IF_NAMESIZE], struct conf_report *report);

#endif
