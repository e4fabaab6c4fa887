/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay.conf that init writes: every line with the reason it is there, the defaults as comments. */
#include "relay/setup/template.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/cli/options.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void head_print(FILE *stream)
{
	fputs("# Settings of nat64-relay: one file for resolver, translator and node. The manual is relay.conf(5).\n"
	      "# After a change: nat64-relay diff shows the effect, and nat64-relay reload applies it; no connection "
	      "breaks.\n",
	      stream);
}

/* The zones of the site's addresses, of its own name server: elsewhere they are other hosts'. */
static void reverse_print(FILE *stream, const struct relay_choice *choice)
{
	char zone[CONF_REVERSE_TEXT];
	struct conf_prefix4 prefix;

	for (size_t i = 0; i < choice->reach->count; i++) {
		if (conf_prefix4_parse(choice->reach->items[i], &prefix) != 0 || prefix.length < 8)
			continue;
		for (unsigned j = 0; j < conf_prefix4_reverse_zones(&prefix); j++)
			for (size_t k = 0; k < choice->upstreams->count; k++)
				fprintf(stream, "upstream-dns %s %s\n", conf_prefix4_print_reverse(&prefix, j, zone),
					choice->upstreams->items[k]);
	}
}

static void names_print(FILE *stream, const struct relay_choice *choice)
{
	const struct conf_words *splits = choice->split_domains;

	if (strcmp(splits->items[0], choice->real_suffix) == 0)
		fprintf(stream,
			"\n"
			"# Names. Same-name relaying: %s and every name below it keep their names, and have addresses "
			"inside the prefix.\n",
			splits->items[0]);
	else
		fprintf(stream,
			"\n"
			"# Names. HOST.%s leads through this relay to the address of HOST.%s;\n"
			"# no client sees the right-hand name.\n",
			splits->items[0], choice->real_suffix);
	for (size_t i = 0; i < splits->count; i++)
		fprintf(stream, "split-domain %s %s\n", splits->items[i], choice->real_suffix);
	fputs(choice->reach->count > 0 ?
		      "\n"
		      "# The site's own name server knows the real names, and the names of the site's addresses.\n" :
		      "\n"
		      "# The server that knows the real names: MagicDNS on every Tailscale node, or your overlay's "
		      "name server.\n",
	      stream);
	for (size_t i = 0; i < choice->upstreams->count; i++)
		fprintf(stream, "upstream-dns %s %s\n", choice->real_suffix, choice->upstreams->items[i]);
	reverse_print(stream, choice);
	fputs("\n# This node in the overlay: the resolver listens here, UDP and TCP 53.\n", stream);
	if (!choice->advertise_none)
		fputs("# With auto instead of the addresses, and of the suffix above, the relay follows tailscaled.\n",
		      stream);
	for (size_t i = 0; i < choice->edge_addresses->count; i++)
		fprintf(stream, "edge-address %s\n", choice->edge_addresses->items[i]);
}

static void translation_print(FILE *stream, const struct relay_choice *choice)
{
	char text[CONF_PREFIX_TEXT];

	fprintf(stream,
		"\n# The targets' IPv4 addresses appear inside this prefix, in the answers and in the packets.\n"
		"# A unique local prefix of your own; several relays that stand in for each other share one.\n"
		"prefix %s\n",
		conf_prefix6_print(&choice->prefix, text));
	if (choice->twin)
		fprintf(stream,
			"\n# The same for clients without IPv6: in the answers to A, and moved back by the kernel.\n"
			"# A private range that no network of this node or of a client uses.\n"
			"twin-prefix %s\n",
			choice->twin);
	else
		fputs("\n# For clients without IPv6, a private range that no network of this node or of a client uses:\n"
		      "#twin-prefix 10.192.0.0/10\n",
		      stream);
	if (choice->twin6.length > 0)
		fprintf(stream,
			"\n"
			"# Targets that have only IPv6 addresses: answers move them into this prefix, and the kernel "
			"moves them back.\n"
			"twin6-prefix %s\n",
			conf_prefix6_print(&choice->twin6, text));
	fprintf(stream,
		"\n"
		"# Each client gets one address of this pool while it uses the relay. The pool exists on this machine "
		"only.\n"
		"dynamic-pool %s\n",
		conf_prefix4_print(&choice->pool, text));
}

static void node_print(FILE *stream, const struct relay_choice *choice)
{
	fprintf(stream, "\n# The overlay: clients come in here, translated packets go out here.\noverlay-interface %s\n",
		choice->overlay_interface);
	if (choice->advertise_none)
		fputs("\n"
		      "# tailscaled is not used: make clients route the prefix to this node by other means.\n"
		      "advertise-prefix none\n",
		      stream);
	else
		fputs("\n# The routes that up advertises over Tailscale. Default: every prefix above. none: leave Tailscale alone.\n"
		      "#advertise-prefix none\n",
		      stream);
	if (choice->tailscale_socket)
		fprintf(stream, "\ntailscale-socket %s\n", choice->tailscale_socket);
}

/* The network behind this node, which other sites may have too. */
static void site_print(FILE *stream, const struct relay_choice *choice)
{
	if (choice->reach->count == 0)
		return;
	fputs("\n"
	      "# The site: the networks that clients may reach, from this node's own address there. These lines "
	      "replace the default, the tailnet.\n",
	      stream);
	for (size_t i = 0; i < choice->reach->count; i++)
		fprintf(stream, "allow-destination %s\n", choice->reach->items[i]);
	fprintf(stream,
		"# Only through this interface, for packets and for queries to its name server: another site may have "
		"the same network.\n"
		"lan-interface %s\n",
		choice->lan_interface);
}

/* The defaults are a tailnet's addresses: for another overlay they stand here, to be replaced by its own. */
static void access_print(FILE *stream)
{
	fputs("\n"
	      "# Clients that may query, clients that are served, and targets. These are the defaults, a tailnet's "
	      "addresses: if the overlay\n"
	      "# has others, name those instead.\n"
	      "#dns-client 100.64.0.0/10\n"
	      "#dns-client fd7a:115c:a1e0::/48\n"
	      "#allow-source fd7a:115c:a1e0::/48\n"
	      "#allow-destination 100.64.0.0/10\n",
	      stream);
}

static char *text_print(const struct relay_choice *choice, size_t *length)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, length);

	if (!stream)
		return NULL;
	head_print(stream);
	names_print(stream, choice);
	translation_print(stream, choice);
	node_print(stream, choice);
	site_print(stream, choice);
	if (choice->advertise_none)
		access_print(stream);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* A value with a line break would be another setting, and what is behind a space another value; one that begins with a '#' is a comment. */
static int word_check(const char *word, struct conf_report *report)
{
	for (const char *at = word; at && *at != '\0'; at++)
		if (!isgraph((unsigned char)*at) || *word == '#')
			return conf_report_add(
				report,
				"the value that begins with \"%.*s\" cannot stand in relay.conf: it has a space, a line "
				"break or another odd character, or begins with a '#'",
				(int)(at - word), word);
	return 0;
}

static int words_check(const struct relay_choice *choice, struct conf_report *report)
{
	const char *const alone[] = {choice->real_suffix, choice->twin, choice->lan_interface,
				     choice->overlay_interface, choice->tailscale_socket};
	const struct conf_words *const lists[] = {choice->split_domains, choice->edge_addresses, choice->upstreams,
						  choice->reach};
	int result = 0;

	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		result |= word_check(alone[i], report);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			result |= word_check(lists[i]->items[j], report);
	return result;
}

char *relay_template_print(const char *path, const struct relay_choice *choice, size_t *length, struct conf_report *report)
{
	struct conf_settings *settings;
	char *text;

	if (words_check(choice, report) != 0)
		return NULL;
	text = text_print(choice, length);
	if (!text) {
		conf_report_add(report, "out of memory");
		return NULL;
	}
	settings = conf_settings_parse(path, text, *length, report);
	if (!settings) {
		free(text);
		return NULL;
	}
	conf_settings_free(settings);
	return text;
}
