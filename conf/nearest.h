/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": the known word that is nearest to a mistyped one. */
#ifndef CONF_NEAREST_H
#define CONF_NEAREST_H

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
