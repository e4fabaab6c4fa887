/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of a user's own lines. unbound-checkconf is the judge of their syntax; this one finds the options, with file and line.
 *
 * Unbound's words stand between white space or in quotes; "#" begins a comment. A keyword ends with a colon, and what follows up to the next
 * keyword are its values, on other lines too. A value that looks like a keyword stands only behind a keyword that has none yet. "include:" brings
 * in the lines of other files, into the same clause.
 */
#include "unbound/own_lines.h"

#include "conf/named.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 500, DEPTH_MAX = 10, WORD_ROOM = 1024 };

static const char *const clauses[] = {
	"server", "stub-zone",      "forward-zone", "auth-zone", "view",    "rpz",   "dynlib",
	"python", "remote-control", "dnstap",       "dnscrypt",  "cachedb", "ipset",
};

/* Where the reader is. */
struct reader {
	struct unboundconf_own_lines *lines;
	const char *clause; /* "" before the first */
	const char *path;
	FILE *stream;
	unsigned number, depth;
	bool pending; /* the last line has room for values */
};

/* A word, without its quotes. */
struct word {
	char text[WORD_ROOM];
	unsigned number; /* of its line */
	bool quoted;
};

static int next_octet(struct reader *reader)
{
	int octet = getc(reader->stream);

	reader->number += octet == '\n';
	return octet;
}

/* The first octet of the next word; EOF. */
static int word_begin(struct reader *reader)
{
	int octet = next_octet(reader);

	while (octet != EOF && (isspace(octet) || octet == '#')) {
		if (octet == '#')
			while (octet != EOF && octet != '\n')
				octet = next_octet(reader);
		if (octet != EOF)
			octet = next_octet(reader);
	}
	return octet;
}

static bool word_read(struct reader *reader, struct word *word)
{
	int octet = word_begin(reader), quote;
	size_t length = 0;

	if (octet == EOF)
		return false;
	quote = octet == '"' || octet == '\'' ? octet : 0;
	word->quoted = quote != 0;
	word->number = reader->number;
	if (quote)
		octet = next_octet(reader);
	while (octet != EOF && octet != '\n' && (quote ? octet != quote : !isspace(octet))) {
		if (length < sizeof(word->text) - 1)
			word->text[length++] = (char)octet;
		octet = next_octet(reader);
	}
	word->text[length] = '\0';
	return true;
}

/* How long is the keyword that the word begins with? "port:" and "port:53" have one, "fd00::/8" has none. */
static size_t keyword_length(const struct word *word)
{
	size_t length = strspn(word->text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return !word->quoted && length > 0 && word->text[length] == ':' && word->text[length + 1] != ':' ? length : 0;
}

static const char *clause_of(const char *keyword)
{
	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (strcmp(clauses[i], keyword) == 0)
			return clauses[i];
	return NULL;
}

static struct unboundconf_own_line *line_last(struct reader *reader)
{
	return reader->lines->count > 0 ? &reader->lines->items[reader->lines->count - 1] : NULL;
}

static void value_append(struct reader *reader, const char *text)
{
	struct unboundconf_own_line *line = line_last(reader);

	for (size_t i = 0; i < UNBOUNDCONF_OWN_VALUES; i++)
		if (!line->values[i]) {
			line->values[i] = strdup(text);
			return;
		}
}

static void keyword_append(struct reader *reader, const struct word *word, size_t length)
{
	struct unboundconf_own_line *line = conf_list_append(&reader->lines->items, &reader->lines->count, sizeof(*line));
	const char *clause;

	reader->pending = line;
	if (!line)
		return;
	line->file = strdup(reader->path);
	line->keyword = strndup(word->text, length);
	line->number = word->number;
	clause = line->keyword ? clause_of(line->keyword) : NULL;
	if (clause) {
		reader->clause = clause;
		reader->lines->clauses++;
		reader->pending = false;
	}
	line->clause = reader->clause;
	line->ordinal = reader->lines->clauses;
}

/* True when the value of the last line is yet to come. */
static bool value_is_due(struct reader *reader)
{
	return reader->pending && line_last(reader) && !line_last(reader)->values[0];
}

static void file_read(struct unboundconf_own_lines *lines, const char **clause, const char *path, unsigned depth);

/* The last line is an include that has its file. */
static void include_follow(struct reader *reader)
{
	const struct unboundconf_own_line *line = line_last(reader);
	bool toplevel = strcmp(line->keyword, "include-toplevel") == 0;
	glob_t files;

	if ((!toplevel && strcmp(line->keyword, "include") != 0) || !line->values[0] || line->values[1])
		return;
	if (toplevel)
		reader->clause = "";
	if (glob(line->values[0], 0, NULL, &files) != 0)
		return;
	for (size_t i = 0; i < files.gl_pathc; i++)
		file_read(reader->lines, &reader->clause, files.gl_pathv[i], reader->depth + 1);
	globfree(&files);
	reader->pending = false;
}

static void word_parse(struct reader *reader, const struct word *word)
{
	size_t length = keyword_length(word);

	if (value_is_due(reader) ||
	    (reader->pending && (length == 0 || (word->text[length + 1] != '\0' && line_last(reader)->values[0] &&
						 word->number == line_last(reader)->number)))) {
		value_append(reader, word->text);
		include_follow(reader);
		return;
	}
	if (length == 0)
		return;
	keyword_append(reader, word, length);
	if (value_is_due(reader) && word->text[length + 1] != '\0') {
		const char *value = word->text + length + 1;
		char bare[WORD_ROOM];

		snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(value + (*value == '"'), "\""),
			 value + (*value == '"')); /* port:"53" */
		value_append(reader, bare);
		include_follow(reader);
	}
}

static void file_read(struct unboundconf_own_lines *lines, const char **clause, const char *path, unsigned depth)
{
	struct reader reader = {.lines = lines, .clause = *clause, .path = path, .number = 1, .depth = depth};
	struct word word;
	const char *why;

	if (depth > DEPTH_MAX || lines->files++ >= FILES_MAX)
		return;
	reader.stream = conf_named_open(path, &why);
	if (!reader.stream)
		return;
	while (word_read(&reader, &word))
		word_parse(&reader, &word);
	fclose(reader.stream);
	*clause = reader.clause;
}

/* The user's own files; false: there are none. The caller frees them. */
static bool files_find(const struct conf_settings *settings, glob_t *files)
{
	char *pattern;
	bool found;

	if (asprintf(&pattern, "%s/*.conf", settings->node.unbound_include_dir) < 0)
		return false;
	found = glob(pattern, 0, NULL, files) == 0;
	free(pattern);
	return found;
}

int unboundconf_own_files_check(const struct conf_settings *settings, struct conf_report *report)
{
	size_t before = report->count;
	const char *why;
	glob_t files;

	if (!files_find(settings, &files))
		return 0;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *stream = conf_named_open(files.gl_pathv[i], &why);

		if (stream)
			fclose(stream);
		else
			conf_report_add(report, "%s: cannot be opened: %s", files.gl_pathv[i], why);
	}
	globfree(&files);
	return report->count == before ? 0 : -1;
}

void unboundconf_own_lines_read(const struct conf_settings *settings, struct unboundconf_own_lines *lines)
{
	const char *clause;
	glob_t files;

	*lines = (struct unboundconf_own_lines){.items = NULL};
	if (!files_find(settings, &files))
		return;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		clause = "";
		file_read(lines, &clause, files.gl_pathv[i], 0);
	}
	globfree(&files);
}

void unboundconf_own_lines_clear(struct unboundconf_own_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->items[i].file);
		free(lines->items[i].keyword);
		for (size_t j = 0; j < UNBOUNDCONF_OWN_VALUES; j++)
			free(lines->items[i].values[j]);
	}
	free(lines->items);
	*lines = (struct unboundconf_own_lines){.items = NULL};
}

static bool line_is(const struct unboundconf_own_line *line, const char *clause, const char *keyword)
{
	return line->keyword && strcmp(line->clause, clause) == 0 && strcmp(line->keyword, keyword) == 0;
}

const struct unboundconf_own_line *unboundconf_own_lines_last(const struct unboundconf_own_lines *lines,
							      const char *clause, const char *keyword)
{
	for (size_t i = lines->count; i-- > 0;)
		if (line_is(&lines->items[i], clause, keyword))
			return &lines->items[i];
	return NULL;
}

const struct unboundconf_own_line *unboundconf_own_lines_beside(const struct unboundconf_own_lines *lines,
								const struct unboundconf_own_line *line,
								const char *keyword)
{
	for (size_t i = lines->count; i-- > 0;)
		if (lines->items[i].ordinal == line->ordinal && line_is(&lines->items[i], line->clause, keyword))
			return &lines->items[i];
	return NULL;
}
