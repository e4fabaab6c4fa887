/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one thing to do when a way does not work, on the system that the visitor has. */
#ifndef HTTP_ADVICE_H
#define HTTP_ADVICE_H

#include <jansson.h>
#include <stdbool.h>

/* HTTP_UNKNOWN: what curl runs on says nobody. */
enum http_system { HTTP_LINUX, HTTP_WINDOWS, HTTP_MACOS, HTTP_IOS, HTTP_ANDROID, HTTP_CHROMEOS, HTTP_UNKNOWN };

/* The page's lights. */
enum http_light { HTTP_REACHED, HTTP_ROUTE, HTTP_DNS, HTTP_TWIN, HTTP_LIGHTS };

/*
 * The visitor's system, from whatever of these says one: what the visitor asks for (?device=), what the device tells the tailnet (Hostinfo.OS), what the page's script
 * takes it for, the User-Agent. Each may be NULL or a stranger's text.
 */
enum http_system http_system_find(const char *asked, const char *tailnet, const char *guess, const char *agent);

/* NULL for HTTP_UNKNOWN. */
const char *http_advice_text(enum http_system system, enum http_light light, bool chinese);

/* {"device", "curl", "reached", "route", "dns", "twin"}; curl: how curl is called in a terminal there, empty where there is none. Only "curl" for HTTP_UNKNOWN. */
json_t *http_advice_make(enum http_system system, bool chinese);

/* The names that ?device= takes, for people. */
#define HTTP_DEVICES "linux, windows, macos, ios, android or chromeos"

#endif
