/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison for people and for programs. */
#ifndef RELAY_COMPARE_PRINT_H
#define RELAY_COMPARE_PRINT_H

struct relay_comparison;

/* A table for people, or one JSON object. */
void relay_compare_print(const struct relay_comparison *comparison);
void relay_compare_print_json(const struct relay_comparison *comparison, int exit_code);

#endif
