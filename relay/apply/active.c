/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The active settings: a generation of files in the runtime folder (relay/host/generation.c). relay.conf is there octet by octet but for the line map-file,
 * which names RUNTIME_DIR/maps, for a map-file changes by itself, and for what auto stands for (relay/apply/resolved_auto.c). up commits a generation once it has
 * succeeded, reload before it changes anything else, and goes back when it fails. The daemons, whenever they start, and down, watch and reload read nothing
 * else: an edit is nothing before it is taken.
 *
 * What not everybody may read stays with root and the daemons' group in the copy.
 */
#include "relay/apply/active.h"

#include "conf/file.h"
#include "conf/named.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "relay/apply/resolved_auto.h"
#include "relay/apply/unbound_file.h"
#include "relay/ask/tailnet.h"
#include "relay/host/runtime.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 5 };

static bool everybody_reads(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

static bool is_map_file_line(const char *line)
{
	const char *word = line + strspn(line, " \t");
	size_t length = strcspn(word, " \t\r\n");

	return length == strlen("map-file") && strncasecmp(word, "map-file", length) == 0;
}

/* The settings' file as it is now, as the copy has it. 0, or -1; free copy->octets in either case. */
static int settings_render(const struct conf_settings *settings, struct relay_text *copy)
{
	char *words;
	FILE *from = relay_auto_open(settings, &words), *to = from ? open_memstream(&copy->octets, &copy->length) : NULL;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	bool good = to;

	copy->closed = !everybody_reads(settings->file);
	while (good && (length = getline(&line, &room, from)) >= 0)
		if (is_map_file_line(line))
			fprintf(to, "map-file %s/" RELAY_GENERATION_MAPS "\n", settings->node.runtime_dir);
		else
			fwrite(line, 1, (size_t)length, to);
	good = good && !ferror(from);
	free(line);
	if (from)
		fclose(from);
	free(words);
	return (!to || fclose(to) == 0) && good ? 0 : -1;
}

/* All of them, the settings' own and those of the map-file. */
static int maps_render(const struct conf_settings *settings, bool closed, struct relay_text *copy)
{
	char v4[CONF_PREFIX_TEXT], v6[CONF_PREFIX_TEXT];
	FILE *stream = open_memstream(&copy->octets, &copy->length);

	copy->closed = closed || (settings->translation.map_file && !everybody_reads(settings->translation.map_file));
	for (size_t i = 0; stream && i < settings->translation.map_count; i++)
		fprintf(stream, "map %s %s\n", conf_prefix4_print(&settings->translation.maps[i].v4, v4),
			conf_prefix6_print(&settings->translation.maps[i].v6, v6));
	return stream && fclose(stream) == 0 ? 0 : -1;
}

enum { SETTINGS, MAPS, UNBOUND, FILES };

static const char *const names[FILES] = {RELAY_GENERATION_SETTINGS, RELAY_GENERATION_MAPS, RELAY_GENERATION_UNBOUND};

/* 0, or -1 with a message; free the octets of each in either case. */
static int files_render(const struct conf_settings *settings, struct relay_text files[FILES], struct conf_report *report)
{
	if (settings_render(settings, &files[SETTINGS]) != 0 ||
	    maps_render(settings, files[SETTINGS].closed, &files[MAPS]) != 0)
		return conf_report_add(report, "cannot copy %s: is it readable?", settings->file);
	return settings->dns.edge_address_count > 0 ? relay_unbound_file_render(settings, &files[UNBOUND], report) : 0;
}

static bool is_active(const struct conf_settings *settings, const char *name, const struct relay_text *text)
{
	char *path = relay_generation_path(settings->node.runtime_dir, RELAY_GENERATION_CURRENT, name);
	bool active = path && conf_file_is(path, text->octets, text->length) && everybody_reads(path) == !text->closed;

	free(path);
	return active;
}

static int files_write(const struct conf_settings *settings, const char *generation,
		       const struct relay_text files[FILES], struct conf_report *report)
{
	char *path;
	int result = 0;

	for (size_t i = 0; result == 0 && i < FILES; i++) {
		if (!files[i].octets)
			continue;
		if (asprintf(&path, "%s/%s/%s", settings->node.runtime_dir, generation, names[i]) < 0)
			return -1;
		result = relay_runtime_file_put(settings, path, files[i].octets, files[i].length, files[i].closed, report);
		free(path);
	}
	return result;
}

static int generation_make(const struct conf_settings *settings, const struct relay_text files[FILES],
			   struct relay_generation *generation, struct conf_report *report)
{
	bool same = true;

	for (size_t i = 0; i < FILES; i++) {
		bool differs = files[i].octets && !is_active(settings, names[i], &files[i]);

		same = same && !differs;
		if (i == UNBOUND)
			generation->resolver_differs = differs;
	}
	if (same && relay_generation_find(settings->node.runtime_dir, RELAY_GENERATION_CURRENT, generation->name))
		return 0;
	if (relay_generation_make(settings, generation->name, report) != 0)
		return -1;
	return files_write(settings, generation->name, files, report);
}

int relay_active_make(const struct conf_settings *settings, struct relay_generation *generation, struct conf_report *report)
{
	struct relay_text files[FILES] = {{.octets = NULL}};
	int result = files_render(settings, files, report);

	if (result == 0)
		result = generation_make(settings, files, generation, report);
	for (size_t i = 0; i < FILES; i++)
		free(files[i].octets);
	return result;
}

int relay_active_commit(const struct conf_settings *settings, const struct relay_generation *generation,
			struct conf_report *report)
{
	int result = relay_generation_commit(settings, RELAY_GENERATION_CURRENT, generation->name, report);

	if (result == 0)
		relay_generation_forget(settings);
	return result;
}

bool relay_active_is(const struct conf_settings *settings)
{
	char *path = relay_generation_path(settings->node.runtime_dir, RELAY_GENERATION_CURRENT, RELAY_GENERATION_SETTINGS);
	struct relay_text copy = {.octets = NULL};
	bool same = settings_render(settings, &copy) == 0 && path && conf_file_is(path, copy.octets, copy.length);

	free(copy.octets);
	free(path);
	return same;
}

static bool is_ours(const char *path)
{
	int fd = path ? conf_file_open(path, O_RDONLY) : -1;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static struct conf_settings *settings_read(const char *runtime_dir)
{
	char *path = relay_generation_path(runtime_dir, RELAY_GENERATION_CURRENT, RELAY_GENERATION_SETTINGS);
	char *maps = relay_generation_path(runtime_dir, RELAY_GENERATION_CURRENT, RELAY_GENERATION_MAPS);
	struct conf_settings *settings = NULL;

	if (is_ours(path) && is_ours(maps))
		settings = conf_settings_read(path, CONF_REPORT_DISCARD);
	free(path);
	free(maps);
	return settings;
}

/* The generation may go while it is read: a reload has come to its end. */
struct conf_settings *relay_active_read(const char *runtime_dir)
{
	struct conf_settings *settings = NULL;
	char *name;

	for (unsigned i = 0; !settings && i < TRIES; i++)
		settings = settings_read(runtime_dir);
	if (!settings)
		return NULL;
	relay_auto_note(settings);
	name = relay_runtime_path(settings, RELAY_GENERATION_SETTINGS);
	if (!name || strcmp(settings->node.runtime_dir, runtime_dir) != 0) {
		free(name);
		conf_settings_free(settings);
		return NULL;
	}
	free(settings->file);
	settings->file = name;
	return settings;
}

/* The runtime folder that a file names, which may be broken otherwise; free() it. */
static char *runtime_dir_find(const char *file)
{
	const char *why;
	FILE *stream = conf_named_open(file, &why);
	char *line = NULL, *found = NULL, *rest;
	size_t room = 0;

	while (stream && !found && getline(&line, &room, stream) >= 0) {
		const char *keyword = strtok_r(line, " \t\r\n", &rest), *value = strtok_r(NULL, " \t\r\n", &rest);

		if (keyword && value && strcasecmp(keyword, "runtime-dir") == 0)
			found = strdup(value);
	}
	free(line);
	if (stream)
		fclose(stream);
	return found ? found : strdup(RELAY_RUNTIME_DIR);
}

struct conf_settings *relay_active_find(const char *file, struct conf_report *report)
{
	struct conf_report broken = {0};
	struct conf_settings *own = conf_settings_read(file, &broken), *active = NULL;
	char *runtime_dir = own ? strdup(own->node.runtime_dir) : runtime_dir_find(file);

	if (runtime_dir)
		active = relay_active_read(runtime_dir);
	for (size_t i = 0; !active && !own && i < broken.count; i++)
		conf_report_add(report, "%s", broken.lines[i] ? broken.lines[i] : "out of memory");
	if (active && !own)
		fprintf(stderr, "nat64-relay: %s; using the copy of the settings in force, %s\n",
			broken.count > 0 && broken.lines[0] ? broken.lines[0] : file, active->file);
	conf_report_clear(&broken);
	free(runtime_dir);
	if (!active)
		return own;
	conf_settings_free(own);
	return active;
}

/* What counted last. False: nothing is in force, or by other settings. */
static bool copy_ask(const struct conf_settings *settings, struct conf_tailnet *node)
{
	struct conf_settings *active = relay_active_read(settings->node.runtime_dir);

	if (active)
		*node = active->node.tailnet;
	conf_settings_free(active);
	return active;
}

/* Does it say all that the lines want to know? */
static bool is_enough(const struct conf_settings *settings, const struct conf_tailnet *node)
{
	struct conf_settings known = *settings; /* to look at: nothing of it is freed */

	known.node.tailnet = *node;
	return conf_tailnet_unknown(&known) == 0;
}

/* 0, or -1 with one message that names the line. */
static int node_find(const struct conf_settings *settings, bool patient, struct conf_tailnet *node,
		     struct conf_report *report)
{
	struct conf_report why = {0};
	struct conf_tailnet last;
	bool copied = copy_ask(settings, &last) && is_enough(settings, &last);
	int result = relay_tailnet_ask(settings->node.tailscale_socket, patient && !copied, node, &why);

	if (result == 0 && !is_enough(settings, node))
		result = conf_report_add(
			&why, "it does not know this node's addresses or MagicDNS suffix yet, see tailscale status");
	if (result != 0 && copied) {
		*node = last;
		result = 0;
	}
	if (result != 0)
		conf_report_add_at(report, settings->file, conf_tailnet_unknown(settings),
				   "\"" CONF_AUTO
				   "\" needs a value from tailscaled, but: %s; or write the value itself instead of \"" CONF_AUTO
				   "\"",
				   why.count > 0 && why.lines[0] ? why.lines[0] : "out of memory");
	conf_report_clear(&why);
	return result;
}

/* Who may write to the file has root run a program of theirs with the next reload. */
static struct conf_settings *writers_note(struct conf_settings *settings)
{
	struct stat status;

	if (settings && geteuid() == 0 && stat(settings->file, &status) == 0 && S_ISREG(status.st_mode) &&
	    (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0))
		conf_report_add(&settings->notices,
				"%s: users other than root may write to this file, which names programs that root runs: %s %s",
				settings->file, status.st_uid != 0 ? "chown root" : "chmod go-w", settings->file);
	return settings;
}

struct conf_settings *relay_settings_read(const char *path, bool patient, struct conf_report *report)
{
	struct conf_settings *settings = conf_settings_read(path, report), *known = NULL;
	struct conf_tailnet node;

	if (!settings || conf_tailnet_unknown(settings) == 0)
		return writers_note(settings);
	if (node_find(settings, patient, &node, report) == 0)
		known = conf_settings_read_as(path, &node, report);
	conf_settings_free(settings);
	return writers_note(known);
}
