/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file in which the module counts: RUNTIME_DIR/splitdns.counters. module/counter_file.c tells how it is laid out. */
#ifndef MODULE_COUNTER_FILE_H
#define MODULE_COUNTER_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct conf_report;

#define COUNTER_FILE_NAME    "splitdns.counters"
#define COUNTER_FILE_MAGIC   "n64count"
#define COUNTER_FILE_VERSION 1

/* How the file begins, in the byte order of the machine. */
struct counter_file {
	char magic[8];
	uint32_t version;
	uint32_t rows;
	uint32_t names;    /* octets of all names with their NULs; they stand behind the values */
	uint32_t unused;   /* zero */
	uint64_t values[]; /* one a row */
};

/* A copy of the file, proved to be sound. The names point into it. */
struct counter_rows {
	struct counter_file *file;
	const char **names; /* "FAMILY" or "FAMILY LABEL=VALUE LABEL=VALUE": nothing else passes splitdns_counter_file_read() */
	size_t count;
};

/* How many octets the file has for so many split domains. */
size_t splitdns_counter_file_size(size_t domains);

/* See to it that there is such a file, root's, and that the group may write to it. One that is there already with this size
 * goes on counting. 1 when it was made, 0 when it was there, -1 with a message. */
int splitdns_counter_file_make(const char *path, size_t size, gid_t group, struct conf_report *report);

/* Read it, and believe nothing of it before it is proved. 0, or -1 with a message. */
int splitdns_counter_file_read(const char *path, struct counter_rows *rows, struct conf_report *report);
void splitdns_counter_rows_clear(struct counter_rows *rows);

#endif
