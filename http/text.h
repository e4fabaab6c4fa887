/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page for a terminal: what curl gets. */
#ifndef HTTP_TEXT_H
#define HTTP_TEXT_H

#include "http/visitor.h"

#include <jansson.h>
#include <stddef.h>

/* The text, to be freed; NULL: out of memory. live: the object of /live.json. */
char *http_text_make(const json_t *live, const struct http_visitor *visitor, size_t *length);

#endif
