/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings told: the verdict in one line, then the steps; or as JSON. */
#ifndef RELAY_CHECK_VERDICT_H
#define RELAY_CHECK_VERDICT_H

#include "relay/check/finding.h"

#include <jansson.h>

/*
 * "NAME: works", "NAME: works as far as can be seen from here: WHAT", "NAME: works until the next boot: WHAT", or
 * "NAME: does not work: WHAT", with the first failure that follows from no other.
 */
void relay_verdict_write(const struct relay_findings *findings, const char *name, char *text, size_t size);

/*
 * Print the verdict, then a numbered line for each of these places: what was seen there, or each finding that follows from no other, with what to do,
 * and what follows from it below it. The findings are settled.
 */
void relay_verdict_print(const struct relay_findings *findings, const char *name, const enum relay_place *places,
			 size_t count);

/*
 * The same as an object: version, name, verdict, exit_code, checks (the places), findings (failures and warnings that follow from no other, each with its
 * consequences) and notes (what was not seen, and what is no fault). A new reference.
 */
json_t *relay_verdict_json(const struct relay_findings *findings, const char *name, const enum relay_place *places,
			   size_t count);

#endif
