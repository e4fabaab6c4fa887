/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directives that a tayga.conf brings along: the device's own state, the log, and one that means nothing any more. */
#ifndef CONF_TAYGA_H
#define CONF_TAYGA_H

#include "conf/store.h"

conf_store conf_store_tun_ip, conf_store_tun_route, conf_store_log, conf_store_map_file, conf_store_strict_frag_hdr;

/* Of complete settings: what TAYGA takes and cannot work becomes a notice. */
void conf_tayga_check(struct conf_settings *settings);

#endif
