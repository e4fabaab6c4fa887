/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's directives: http-listen ADDRESS[:PORT] [anywhere], http-admin LOGIN|ADDRESS... */
#ifndef CONF_HTTP_H
#define CONF_HTTP_H

#include "conf/entries.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_settings;

enum { CONF_HTTP_PORT = 8064 };

/* The addresses of one http-listen: itself, or with auto every edge-address. */
size_t conf_http_address_count(const struct conf_settings *settings, const struct conf_http_listener *listener);
const struct conf_address *conf_http_address(const struct conf_settings *settings,
					     const struct conf_http_listener *listener, size_t index);

#endif
