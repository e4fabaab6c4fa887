/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay.conf against any text, of up to 64 KiB.
 *
 * What is refused has at least one line in the report, each a single line of text. What is accepted is made into an unbound.conf, which
 * is read back by Unbound's own reader: it must find one value where one was written, and the very values that were meant; a word of
 * relay.conf that could end a quotation or begin a line of its own would show as another option, another user or another file.
 */
#include "conf/directive.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "unbound/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include UNBOUND_CONFIG
#include "util/config_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX 65536

static void demand(bool right, const char *what, const char *found)
{
	if (right)
		return;
	fprintf(stderr, "expected %s, got: %s\n", what, found ? found : "nothing");
	abort();
}

/* Every line is a comment, empty, a section or one option with its value, and what is quoted holds no quote. */
static void line_check(const char *line, size_t length)
{
	const char *quote = memchr(line, '"', length), *end = line + length;

	for (const char *at = line; at < end; at++)
		demand((unsigned char)*at >= ' ' && *at != 0x7f, "letters alone", line);
	while (line < end && *line == ' ')
		line++;
	if (line == end || *line == '#')
		return;
	demand(!memchr(line, '\\', (size_t)(end - line)) && !memchr(line, '\'', (size_t)(end - line)),
	       "nothing that Unbound unquotes", line);
	demand(memchr(line, ':', (size_t)(end - line)) != NULL, "an option", line);
	if (!quote)
		return;
	quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
	demand(quote && !memchr(quote + 1, '"', (size_t)(end - quote - 1)), "two quotes", line);
}

static size_t count_strings(const struct config_strlist *list)
{
	size_t count = 0;

	for (; list; list = list->next)
		count++;
	return count;
}

/* What config_delete() of Unbound 1.17.1 and 1.26.1 forgets: the lines response-ip of a view. */
static void views_clear(struct config_file *config)
{
	for (struct config_view *view = config->views; view; view = view->next) {
		config_deldblstrlist(view->respip_actions);
		view->respip_actions = NULL;
	}
}

static void read_back(const struct conf_settings *settings, const char *text, size_t length)
{
	struct config_file *config = config_create();
	int file = memfd_create("unbound.conf", MFD_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (!config || file < 0 || write(file, text, length) != (ssize_t)length)
		abort();
	demand(config_read(config, path, NULL), "a file that Unbound reads", text);
	demand(strcmp(config->username, settings->node.user) == 0, settings->node.user, config->username);
	demand(config->chrootdir && *config->chrootdir == '\0', "no chroot", config->chrootdir);
	demand(config->num_ifs == (int)settings->dns.edge_address_count, "each edge-address alone", text);
	demand(count_strings(config->dynlib_file) == (conf_settings_loads_module(settings) ? 1 : 0),
	       "a module for split domains and dns64 alone", text);
	demand(!config->dynlib_file || strcmp(config->dynlib_file->str, settings->node.unbound_module) == 0,
	       settings->node.unbound_module, text);
	demand(!config->stubs && !config->auths, "forwarders alone", text);
	demand(!config->views || settings->dns.dns64.on || settings->dns.discovery_count > 0,
	       "views for ipv4only.arpa alone", text);
	close(file);
	views_clear(config);
	config_delete(config);
}

static void lines_check(const char *text)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		line_check(text, length);
		text += length + (text[length] == '\n');
	}
}

/* The whole file, which is read back, or the lines for a file of the user's own. */
static void write_out(const struct conf_settings *settings, bool whole)
{
	struct conf_report report = {0};
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	int done;

	if (!stream)
		abort();
	done = whole ? unboundconf_conf_write(settings, stream, &report) :
		       unboundconf_lines_write(settings, "/relay.conf", stream, &report);
	fclose(stream);
	if (done == 0)
		lines_check(text);
	if (done == 0 && whole)
		read_back(settings, text, length);
	free(text);
	conf_report_clear(&report);
}

static void report_check(const struct conf_report *report)
{
	demand(report->count > 0, "a reason", NULL);
	for (size_t i = 0; i < report->count; i++)
		demand(!strchr(report->lines[i], '\n'), "one line for each mistake", report->lines[i]);
}

/* A map-file is read with the settings: it must be one that ends. */
static bool names_device(const uint8_t *data, size_t size)
{
	return memmem(data, size, "/dev", 4) || memmem(data, size, "/proc", 5) || memmem(data, size, "/sys", 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_report report = {0};
	struct conf_settings *settings;

	if (size > TEXT_MAX || names_device(data, size))
		return 0;
	settings = conf_settings_parse("relay.conf", (const char *)data, size, &report);
	if (settings) {
		write_out(settings, true);
		write_out(settings, false);
	} else {
		report_check(&report);
	}
	conf_settings_free(settings);
	conf_report_clear(&report);
	return 0;
}
