/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of http-listen that the page's server cannot have. */
#ifndef RELAY_SHOW_PAGE_TAKEN_H
#define RELAY_SHOW_PAGE_TAKEN_H

#include <jansson.h>
#include <stdbool.h>

struct conf_address;
struct conf_settings;
struct kernel_listener;

/* Does another program listen there, as far as this process may see? by: which. */
bool relay_page_is_taken(const struct conf_address *address, unsigned port, struct kernel_listener *by);

/* Of all of them: [{"address", "port", "program", "pid"}]. */
json_t *relay_page_taken(const struct conf_settings *settings);

#endif
