/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file in which the module counts, from outside: made before Unbound starts, and read while it runs.
 *
 *     struct counter_file | values[rows], 64 bits each | names, one a row, each with its NUL | zeros to the end
 *
 * Unbound's user may write to the file, for the module maps it (module/counters.c), but it is root's: in the sticky runtime
 * folder nobody else can put another one in its place. Its size never changes, and follows from relay.conf.
 *
 * A new file is all zero: Unbound has not counted yet. The module writes header and names, and then only adds to the values.
 * So the reader needs no table of the module's build. It copies the file instead of mapping it, since a file that shrinks under a
 * mapping ends the program; and what Unbound's user may have written is checked octet by octet. Each value is read whole:
 * values lie at multiples of eight octets. The values do not stem from one moment.
 */
#include "module/counter_file.h"

#include "conf/file.h"
#include "conf/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The rows that every module has, and those of one domain, whose name has 253 octets at most, stay below these. */
#define SIZE_BASE   16384
#define SIZE_DOMAIN 2048

/* What no honest file exceeds: 4,000 domains. */
#define SIZE_MAX_READ (8u << 20)

size_t splitdns_counter_file_size(size_t domains)
{
	return SIZE_BASE + domains * SIZE_DOMAIN;
}

/* A file that is there with the right size, or -1. */
static int file_open_sized(const char *path, size_t size)
{
	int fd = conf_file_open(path, O_RDWR);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && status.st_size >= 0 && (size_t)status.st_size == size)
		return fd;
	close(fd);
	return -1;
}

static int file_put_zeros(const char *path, size_t size, struct conf_report *report)
{
	char *zeros = calloc(1, size);
	int result = zeros ? conf_file_put(path, zeros, size, 0600, NULL, report) : -1;

	if (!zeros)
		conf_report_add(report, "out of memory");
	free(zeros);
	return result;
}

int splitdns_counter_file_make(const char *path, size_t size, gid_t group, struct conf_report *report)
{
	int fd = file_open_sized(path, size), made = fd < 0;
	bool failed;

	if (made) {
		if (file_put_zeros(path, size, report) < 0)
			return -1;
		fd = file_open_sized(path, size);
	}
	failed = fd < 0 || fchown(fd, (uid_t)-1, group) < 0 || fchmod(fd, 0660) < 0;
	if (failed)
		conf_report_add(report, "cannot make %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return failed ? -1 : made;
}

/* The whole file in memory, of *length octets; NULL with errno, which is 0 when its size cannot be right. */
static struct counter_file *file_copy(const char *path, size_t *length)
{
	int fd = conf_file_open(path, O_RDONLY);
	struct counter_file *file = NULL;
	struct stat status;

	*length = 0;
	if (fd < 0)
		return NULL;
	errno = 0;
	if (fstat(fd, &status) == 0 && status.st_size >= (off_t)sizeof(*file) && status.st_size <= (off_t)SIZE_MAX_READ)
		file = malloc((size_t)status.st_size);
	while (file && *length < (size_t)status.st_size) {
		ssize_t count = read(fd, (char *)file + *length, (size_t)status.st_size - *length);

		if (count <= 0)
			break;
		*length += (size_t)count;
	}
	close(fd);
	return file;
}

static bool is_word_octet(char octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '_';
}

/* Octets of a word that may be a name in metrics: a letter, then letters, digits and '_'. 0: there is none. */
static size_t word_length(const char *text)
{
	size_t length = 0;

	if (*text < 'a' || *text > 'z')
		return 0;
	while (is_word_octet(text[length]))
		length++;
	return length;
}

/* Octets of a label's value: printable ones that need no quoting anywhere. */
static size_t value_length(const char *text)
{
	size_t length = 0;

	while (text[length] > ' ' && text[length] < 0x7f && !strchr("\"\\=", text[length]))
		length++;
	return length;
}

/* "FAMILY", and any number of " LABEL=VALUE". */
static bool name_is_sound(const char *name)
{
	size_t length = word_length(name);

	if (length == 0)
		return false;
	for (name += length; *name != '\0'; name += length) {
		length = *name == ' ' ? word_length(++name) : 0;
		if (length == 0 || name[length] != '=')
			return false;
		name += length + 1;
		length = value_length(name);
		if (length == 0)
			return false;
	}
	return true;
}

/* Point to each name. 0, or what is wrong with the file. */
static const char *rows_find(struct counter_rows *rows, size_t length)
{
	const struct counter_file *file = rows->file;
	size_t values = (length - sizeof(*file)) / sizeof(file->values[0]);
	const char *name, *end;

	if (memcmp(file->magic, COUNTER_FILE_MAGIC, sizeof(file->magic)) != 0)
		return "is not a file of counters";
	if (file->version != COUNTER_FILE_VERSION)
		return "is of another version: restart the resolver";
	if (file->rows > values || file->names > length - sizeof(*file) - file->rows * sizeof(file->values[0]))
		return "is damaged: it is shorter than it claims";
	name = (const char *)&file->values[file->rows];
	end = name + file->names;
	rows->names = calloc(file->rows + 1, sizeof(*rows->names));
	if (!rows->names)
		return "is too long for the memory";
	for (; rows->count < file->rows; rows->count++) {
		const char *next = name < end ? memchr(name, '\0', (size_t)(end - name)) : NULL;

		if (!next || !name_is_sound(name))
			return "is damaged: it has an invalid name";
		rows->names[rows->count] = name;
		name = next + 1;
	}
	return NULL;
}

static bool is_all_zero(const struct counter_file *file)
{
	static const struct counter_file zero;

	return memcmp(file, &zero, sizeof(zero)) == 0;
}

int splitdns_counter_file_read(const char *path, struct counter_rows *rows, struct conf_report *report)
{
	const char *wrong = NULL;
	size_t length;

	*rows = (struct counter_rows){.file = file_copy(path, &length)};
	if (!rows->file && errno == ENOENT)
		conf_report_add(report,
				"there is no %s: nat64-relay up creates it, and the resolver counts in "
				"it",
				path);
	else if (!rows->file && errno != 0)
		conf_report_add(report, "cannot read %s: %s", path, strerror(errno));
	else if (!rows->file || length < sizeof(*rows->file))
		wrong = "is damaged: its size cannot be right";
	else if (is_all_zero(rows->file))
		wrong = "is empty: no resolver has counted in it yet";
	else
		wrong = rows_find(rows, length);
	if (rows->file && !wrong)
		return 0;
	if (wrong)
		conf_report_add(report, "%s %s", path, wrong);
	splitdns_counter_rows_clear(rows);
	return -1;
}

void splitdns_counter_rows_clear(struct counter_rows *rows)
{
	free(rows->file);
	free(rows->names);
	*rows = (struct counter_rows){0};
}
