/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default addresses of the translator and of the kernel on its device. */
#ifndef CONF_OWN_H
#define CONF_OWN_H

#include <stdbool.h>

struct conf_settings;

/*
 * Choose ipv4-addr, device-address and ipv6-addr where the file has none. All maps are there already. An address that cannot be chosen
 * stays zero. False when out of memory.
 */
bool conf_own_complete(struct conf_settings *settings);

/* Is there an address in the dynamic-pool that can be lent? */
bool conf_own_leaves_some(const struct conf_settings *settings);

#endif
