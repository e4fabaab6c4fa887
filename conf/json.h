/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other programs answer in JSON. */
#ifndef CONF_JSON_H
#define CONF_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Parse an object that another program has sent. All its texts can be printed afterwards (conf/printable.h), without a line's end in them. A
 * new reference; NULL: it is no object, or a name in it could not be printed.
 */
json_t *conf_json_parse(const char *text, size_t length);

/* Members of an object that may lack them, or be NULL: "", 0 and false stand for what is not there or of another type. */
const char *conf_json_text(const json_t *object, const char *member);
long long conf_json_number(const json_t *object, const char *member);
bool conf_json_is_true(const json_t *object, const char *member);

#endif
