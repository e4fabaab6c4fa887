/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values that both the file and the command line take, parsed by one function each; lists that grow; and "did you mean". */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>

struct conf_address;

/* A domain name in lower case and without the trailing dot ("." stays), to be freed; NULL when text is none:
 * labels of 1 to 63 letters, digits, '-' and '_', 253 octets in all (RFC 1035 section 2.3.4, RFC 9499). */
char *conf_domain_parse(const char *text);

/* What to add to "TEXT is no domain": the A-label is wanted when the text has octets beyond ASCII (RFC 5890), else "". */
const char *conf_domain_advice(const char *text);

/* True when name is domain or lies below it. Both as conf_domain_parse gives them. */
bool conf_domain_is_within(const char *name, const char *domain);

/* "on", "yes", "true", "1" and their contraries, in any case. 0 or -1. */
int conf_boolean_parse(const char *text, bool *value);

/* A decimal number of digits alone, between these two. 0 or -1. */
int conf_number_parse(const char *text, unsigned minimum, unsigned maximum, unsigned *value);

/* "ADDRESS" of either family. 0 or -1. */
int conf_address_parse(const char *text, struct conf_address *address);

/* Grow a list by one zeroed element, and return it; NULL without memory. list points to the array pointer. */
void *conf_list_append(void *list, size_t *count, size_t element_size);

/* The same with a copy of the element. False without memory. */
bool conf_list_add(void *list, size_t *count, const void *element, size_t element_size);

/* A search in progress. Set word, offer each known word, then read nearest. */
struct conf_nearest {
	const char *word;    /* as it was typed */
	const char *nearest; /* NULL: no word that was offered is near enough */
	unsigned distance; /* letters that must change to make one of the other; of no meaning while nearest is NULL */
};

/* Offer a known word. It becomes the nearest when at most 3 letters, and at most half of its own, must change, and no word before it was
   nearer. Upper and lower case are the same; known has at most 31 letters. */
void conf_nearest_offer(struct conf_nearest *search, const char *known);

#endif
