/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's directives: http-listen ADDRESS[:PORT] [anywhere], http-admin LOGIN|ADDRESS... */
#ifndef CONF_HTTP_H
#define CONF_HTTP_H

#include "conf/entries.h"
#include "conf/store.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_report;
struct conf_settings;

enum { CONF_HTTP_PORT = 8064 };

/* Every http-listen is loopback, an edge-address or an address of the tailnet, or says anywhere. */
void conf_http_check(const struct conf_settings *settings, struct conf_report *report);

/* The addresses of one http-listen: itself, or with auto every edge-address. */
size_t conf_http_address_count(const struct conf_settings *settings, const struct conf_http_listener *listener);
const struct conf_address *conf_http_address(const struct conf_settings *settings,
					     const struct conf_http_listener *listener, size_t index);

conf_store conf_store_http_listen, conf_store_http_admin;

/* Frees the list of http-admin. */
void conf_clear_http_admins(const struct conf_directive *directive, struct conf_settings *settings);

#endif
