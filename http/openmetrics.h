/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prometheus' text format as OpenMetrics. */
#ifndef HTTP_OPENMETRICS_H
#define HTTP_OPENMETRICS_H

#include <stddef.h>

/* Version 1.0.0 of the text, to be freed; NULL: out of memory. */
char *http_openmetrics_make(const char *prometheus, size_t *length);

#endif
