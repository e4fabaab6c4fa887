/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comments, and then commas before a closing bracket, become blanks of the same length in a copy: that is JSON, and a place in it is the same place in the
 * text. jansson reads the copy; an edit looks for its place in the copy, and is made in the text, so that nothing that a person wrote is lost.
 */
#include "tailscale/hujson.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Behind the string that begins here, or at the end of the text. */
static const char *string_end(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : at;
}

/* Behind the comment that begins here; NULL: none begins, or it has no end. */
static const char *comment_end(const char *at)
{
	if (at[0] != '/' || (at[1] != '/' && at[1] != '*'))
		return NULL;
	if (at[1] == '/')
		return at + strcspn(at, "\n");
	at = strstr(at + 2, "*/");
	return at ? at + 2 : NULL;
}

/* A copy whose comments are blanks; lines stay lines. */
static char *comments_blank(const char *text)
{
	char *copy = strdup(text);

	for (const char *at = text; copy && *at;) {
		const char *end = *at == '"' ? string_end(at) : comment_end(at);

		if (end && *at == '/')
			for (; at < end; at++)
				copy[at - text] = *at == '\n' ? '\n' : ' ';
		at = end ? end : at + 1;
	}
	return copy;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* In a copy without comments: commas that no value follows. One that no value precedes is left, and found by jansson. */
static void commas_blank(char *copy)
{
	char *comma = NULL;
	char last = '\0';

	for (char *at = copy; *at;) {
		if (*at == ',' && last != ',' && last != '[' && last != '{' && last != ':')
			comma = at;
		else if ((*at == ']' || *at == '}') && comma)
			*comma = ' ';
		if (!is_blank(*at)) {
			if (*at != ',')
				comma = NULL;
			last = *at;
		}
		at = *at == '"' ? (char *)string_end(at) : at + 1;
	}
}

json_t *tailscale_hujson_load(const char *text, json_error_t *error)
{
	char *copy = comments_blank(text);
	json_t *value;

	if (!copy) {
		*error = (json_error_t){.text = "out of memory"};
		return NULL;
	}
	commas_blank(copy);
	value = json_loads(copy, JSON_REJECT_DUPLICATES, error);
	free(copy);
	return value;
}

json_t *tailscale_hujson_member(const json_t *object, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
		if (strcasecmp(key, name) == 0)
			return value;
	return NULL;
}

/* Behind the name at `at`, when it is this one and a member's: at its value. NULL: it is another one, or a text. */
static const char *name_match(const char *at, const char *end, const char *name)
{
	size_t length = strlen(name);

	if ((size_t)(end - at) != length + 2 || strncasecmp(at + 1, name, length) != 0)
		return NULL;
	while (is_blank(*end))
		end++;
	if (*end != ':')
		return NULL;
	for (end++; is_blank(*end);)
		end++;
	return end;
}

/* What closes the array or object that is open when reading begins with this depth; NULL: nothing. */
static const char *closing_find(const char *at, int depth)
{
	while (*at) {
		if (*at == '[' || *at == '{')
			depth++;
		else if ((*at == ']' || *at == '}') && --depth == 0)
			return at;
		at = *at == '"' ? string_end(at) : at + 1;
	}
	return NULL;
}

/* In a copy that is known to be an object: the value of a member of the outermost object; NULL. */
static const char *member_find(const char *copy, const char *name)
{
	int depth = 0;

	for (const char *at = copy; *at;) {
		const char *end = *at == '"' ? string_end(at) : at + 1;
		const char *value = *at == '"' && depth == 1 ? name_match(at, end, name) : NULL;

		if (value)
			return value;
		depth += *at == '[' || *at == '{';
		depth -= *at == ']' || *at == '}';
		at = end;
	}
	return NULL;
}

/* text, with a comma behind the last value unless there is one, and the lines before `closing`, a place in the copy. */
static char *lines_insert(const char *text, const char *copy, const char *closing, const char *before,
			  const char *lines, const char *after)
{
	const char *last = closing - 1, *line = text + (closing - copy);
	char *result;
	size_t kept;
	bool comma;

	while (last > copy && is_blank(*last))
		last--;
	comma = *last != ',' && *last != '[' && *last != '{';
	kept = (size_t)(last + 1 - copy);
	while (line > text + kept && (line[-1] == ' ' || line[-1] == '\t'))
		line--; /* the closing bracket keeps its indentation; in the text, where a comment is no blank */
	if (asprintf(&result, "%.*s%s%.*s%s%s%s%s%s", (int)kept, text, comma ? "," : "", (int)(line - text - kept),
		     text + kept, line[-1] == '\n' ? "" : "\n", before, lines, after, line) < 0)
		return NULL;
	return result;
}

/* Is the edited text what was meant? Names may be written in ways (\u0067rants) that the search for a place does not see through. */
static char *edit_check(char *edited, const json_t *value, const char *name)
{
	json_error_t error;
	json_auto_t *again = edited ? tailscale_hujson_load(edited, &error) : NULL;
	bool grown = json_array_size(tailscale_hujson_member(again, name)) >
		     json_array_size(tailscale_hujson_member(value, name));

	if (grown)
		return edited;
	free(edited);
	return NULL;
}

char *tailscale_hujson_append(const char *text, const char *name, const char *insertion)
{
	json_error_t error;
	json_t *value = tailscale_hujson_load(text, &error), *member = tailscale_hujson_member(value, name);
	char *copy = json_is_object(value) && (!member || json_is_array(member)) ? comments_blank(text) : NULL,
	     *result = NULL, before[80];

	if (copy && member) {
		const char *array = member_find(copy, name), *closing = array ? closing_find(array, 0) : NULL;

		if (closing)
			result = lines_insert(text, copy, closing, "", insertion, "");
	} else if (copy) {
		const char *closing = closing_find(copy, 0);

		snprintf(before, sizeof(before), "\t\"%s\": [\n", name);
		if (closing)
			result = lines_insert(text, copy, closing, before, insertion, "\t],\n");
	}
	result = edit_check(result, value, name);
	free(copy);
	json_decref(value);
	return result;
}

/* Behind the line that goes on here, if it has nothing more than a comma and a comment to its end; NULL. */
static const char *line_end(const char *at)
{
	at += *at == ',';
	at += strspn(at, " \t\r");
	if (at[0] == '/' && at[1] == '/')
		at += strcspn(at, "\n");
	return *at == '\n' ? at + 1 : NULL;
}

char *tailscale_hujson_cut(const char *text, const char *value)
{
	char *copy = comments_blank(text), *found = copy ? strstr(copy, value) : NULL, *result = NULL;
	const char *begin = found ? text + (found - copy) : NULL, *end = found ? line_end(begin + strlen(value)) : NULL;

	while (begin && begin > text && (begin[-1] == ' ' || begin[-1] == '\t'))
		begin--;
	if (copy && !found)
		result = strdup(text);
	else if (end && *value && !strstr(found + 1, value) && (begin == text || begin[-1] == '\n') &&
		 asprintf(&result, "%.*s%s", (int)(begin - text), text, end) < 0)
		result = NULL;
	free(copy);
	return result;
}
