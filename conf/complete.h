/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Defaults that follow from what the file says: the complete of a row of the directive table. Each returns false when there is no memory. */
#ifndef CONF_COMPLETE_H
#define CONF_COMPLETE_H

#include <stdbool.h>

struct conf_settings;

typedef bool conf_complete(struct conf_settings *settings);

conf_complete conf_complete_upstreams, conf_complete_dns_clients, conf_complete_dns64_exclude;
conf_complete conf_complete_client_prefix_length, conf_complete_client_quota, conf_complete_udp_checksum;
conf_complete conf_complete_allow_source, conf_complete_allow_destination, conf_complete_deny_destination,
	conf_complete_advertise_prefix;

#endif
