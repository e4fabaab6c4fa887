/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that say "auto": split-domain SPLIT auto, edge-address auto. This program alone knows what the word stands for. It asks tailscaled
 * when it reads relay.conf to put it in force and the copy in the runtime folder (relay/apply/active.c for both), which the daemons, down and watch
 * read, has the words themselves in the same line, with a comment behind them:
 *
 *     edge-address 100.64.0.5 fd7a:115c:a1e0::5 #=auto
 *     split-domain 9929 tail1234.ts.net #=auto
 *
 * By the comment it is known later which lines are to follow the tailnet (relay/watch/watch_resolved.c), and what counts while tailscaled is not
 * there or logged out: what it said last. Such a comment in the settings' file itself, which may have been copied from there, is left out.
 */
#include "relay/apply/resolved_auto.h"

#include "conf/settings.h"
#include "conf/tailnet.h"
#include "conf/value.h"
#include "relay/host/machine.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EDGE  "edge-address"
#define SPLIT "split-domain"
#define MARK  "#=" CONF_AUTO

enum { WORDS = 16 }; /* more than any line of ours has */

/* Of a line, split in place. */
struct words {
	const char *list[WORDS];
	size_t count;
};

static struct words words_split(char *text)
{
	struct words words = {.count = 0};
	char *rest = NULL;

	for (char *word = strtok_r(text, " \t\r\n", &rest); word && words.count < WORDS;
	     word = strtok_r(NULL, " \t\r\n", &rest))
		words.list[words.count++] = word;
	return words;
}

static bool word_is(const struct words *words, size_t i, const char *word)
{
	return i < words->count && strcasecmp(words->list[i], word) == 0;
}

static bool is_marked(const struct words *words)
{
	return words->count > 2 && word_is(words, words->count - 1, MARK) &&
	       (word_is(words, 0, EDGE) || word_is(words, 0, SPLIT));
}

/* False: it is to be written as it stands. */
static bool line_put(const struct conf_settings *settings, const char *line, FILE *to)
{
	char *text = strdup(line), address[INET6_ADDRSTRLEN];
	struct words words = {.count = 0};
	bool edge, split, marked;

	if (text)
		words = words_split(text);
	marked = is_marked(&words);
	edge = !marked && word_is(&words, 0, EDGE) && word_is(&words, 1, CONF_AUTO) &&
	       settings->node.tailnet.address_count > 0;
	split = !marked && word_is(&words, 0, SPLIT) && word_is(&words, 2, CONF_AUTO) &&
		*settings->node.tailnet.suffix != '\0';
	if (split)
		fprintf(to, SPLIT " %s %s " MARK "\n", words.list[1], settings->node.tailnet.suffix);
	for (size_t i = 0; marked && i + 1 < words.count; i++)
		fprintf(to, "%s%c", words.list[i], i + 2 < words.count ? ' ' : '\n');
	if (edge) {
		fputs(EDGE, to);
		for (unsigned i = 0; i < settings->node.tailnet.address_count; i++)
			fprintf(to, " %s", relay_machine_address_print(&settings->node.tailnet.addresses[i], address));
		fputs(" " MARK "\n", to);
	}
	free(text);
	return edge || split || marked;
}

/* 0, or -1: it cannot be read to its end, or there is no memory. */
static int lines_put(const struct conf_settings *settings, FILE *from, FILE *to)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&line, &room, from)) >= 0)
		if (!line_put(settings, line, to))
			fwrite(line, 1, (size_t)length, to);
	free(line);
	return ferror(from) ? -1 : 0;
}

FILE *relay_auto_open(const struct conf_settings *settings, char **text)
{
	size_t length = 0;
	FILE *from = fopen(settings->file, "re"), *to, *made = NULL;
	int result;

	*text = NULL;
	if (!from)
		return NULL;
	to = open_memstream(text, &length);
	result = to ? lines_put(settings, from, to) : -1;
	if (to && fclose(to) == 0 && result == 0)
		made = length > 0 ? fmemopen(*text, length, "r") : fopen("/dev/null", "re");
	fclose(from);
	return made;
}

static void edge_note(struct conf_settings *settings, const struct words *words, unsigned number)
{
	struct conf_tailnet *node = &settings->node.tailnet;

	settings->dns.edge_auto = number;
	node->address_count = 0;
	for (size_t i = 1; i + 1 < words->count && node->address_count < CONF_TAILNET_ADDRESSES; i++)
		if (conf_address_parse(words->list[i], &node->addresses[node->address_count]) == 0)
			node->address_count++;
}

static void split_note(struct conf_settings *settings, unsigned number)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		struct conf_split_domain *domain = &settings->dns.split_domains[i];

		if (domain->line != number)
			continue;
		domain->is_auto = true;
		snprintf(settings->node.tailnet.suffix, sizeof(settings->node.tailnet.suffix), "%s", domain->real);
	}
}

void relay_auto_note(struct conf_settings *settings)
{
	FILE *copy = fopen(settings->file, "re");
	char *line = NULL;
	size_t room = 0;

	for (unsigned number = 1; copy && getline(&line, &room, copy) >= 0; number++) {
		struct words words = words_split(line);

		if (is_marked(&words) && word_is(&words, 0, EDGE))
			edge_note(settings, &words, number);
		else if (is_marked(&words))
			split_note(settings, number);
	}
	free(line);
	if (copy)
		fclose(copy);
}
