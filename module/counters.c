/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the module counts: a row of 64-bit numbers in a file that is mapped by every Unbound of the relay, one after the other.
 *
 * Only questions that Unbound's cache has no answer for come to the module, and each costs some 20 microseconds: one addition for
 * all threads together, relaxed, is not seen beside that. Rows are laid out by their enums; their names stand in the file
 * (module/counter_file.c), so that a reader needs no table of this build.
 *
 * A file whose header and names are the ones that would be written now goes on from its numbers: a restart or a reload of
 * Unbound resets nothing. Any other begins anew from zero, as after an upgrade, or when a split domain was added.
 */
#include "module/counters.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "module/counter_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define BUCKET_FIRST 64 /* microseconds */

/* Types with rows of their own (RFC 6895); all others share the last. */
static const struct {
	const char *name;
	uint16_t number;
} types[] = {
	{"A", 1},    {"AAAA", 28}, {"ANY", 255}, {"CAA", 257},  {"HTTPS", 65}, {"MX", 15},  {"NS", 2},
	{"PTR", 12}, {"SOA", 6},   {"SRV", 33},  {"SSHFP", 44}, {"SVCB", 64},  {"TXT", 16}, {"other", 0},
};
static const char *const outcomes[] = {
	[COUNTERS_DATA] = "data",
	[COUNTERS_NODATA] = "nodata",
	[COUNTERS_NXDOMAIN] = "nxdomain",
	[COUNTERS_FAILED] = "failed",
};
static const char *const results[] = {
	[COUNTERS_FOUND] = "found", [COUNTERS_EMPTY] = "nodata",     [COUNTERS_NO_NAME] = "nxdomain",
	[COUNTERS_BOGUS] = "bogus", [COUNTERS_NO_ANSWER] = "failed",
};
static const char *const kept[] = {
	[COUNTERS_CNAME] = "cname",
	[COUNTERS_DNAME] = "dname",
	[COUNTERS_SOA] = "soa",
	[COUNTERS_AUTHORITY] = "authority",
	[COUNTERS_ADDITIONAL] = "additional",
	[COUNTERS_TEXT] = "text",
	[COUNTERS_PTR] = "ptr",
	[COUNTERS_ADDRESS] = "address",
};

/* The rows, a block each; those of the domains are the last. */
enum {
	ROW_QUESTIONS,
	ROW_PREFETCHES = ROW_QUESTIONS + COUNT(types) * COUNTERS_OUTCOMES,
	ROW_TOO_LONG,
	ROW_TOO_MANY_LABELS,
	ROW_LOOKUPS,
	ROW_RESULTS = ROW_LOOKUPS + COUNT(types),
	ROW_KEPT = ROW_RESULTS + COUNTERS_RESULTS,
	ROW_LATENCY = ROW_KEPT + COUNTERS_KEPT,
	ROW_LATENCY_SUM = ROW_LATENCY + COUNTERS_BUCKETS,
	ROW_DOMAINS,
};

struct counters {
	uint64_t *values;
	size_t domains; /* without the one for the zones of the prefixes */
	struct counter_file *file;
	size_t length; /* of the mapping; 0: the file is private memory */
};

static void increase(struct counters *counters, size_t row, uint64_t by)
{
	__atomic_fetch_add(&counters->values[row], by, __ATOMIC_RELAXED);
}

static size_t type_index(uint16_t type)
{
	size_t index = 0;

	while (index < COUNT(types) - 1 && types[index].number != type)
		index++;
	return index;
}

size_t splitdns_counters_bucket(uint64_t microseconds)
{
	size_t bucket = 0;

	while (bucket < COUNTERS_BUCKETS - 1 && microseconds > (uint64_t)BUCKET_FIRST << bucket)
		bucket++;
	return bucket;
}

void splitdns_counters_question(struct counters *counters, uint16_t type, size_t domain, enum counters_outcome outcome,
				uint64_t microseconds)
{
	if (domain > counters->domains)
		domain = counters->domains;
	increase(counters, ROW_QUESTIONS + type_index(type) * COUNTERS_OUTCOMES + outcome, 1);
	increase(counters, ROW_DOMAINS + domain * COUNTERS_OUTCOMES + outcome, 1);
	increase(counters, ROW_LATENCY + splitdns_counters_bucket(microseconds), 1);
	increase(counters, ROW_LATENCY_SUM, microseconds);
}

void splitdns_counters_prefetch(struct counters *counters)
{
	increase(counters, ROW_PREFETCHES, 1);
}

void splitdns_counters_too_long(struct counters *counters)
{
	increase(counters, ROW_TOO_LONG, 1);
}

void splitdns_counters_too_many_labels(struct counters *counters)
{
	increase(counters, ROW_TOO_MANY_LABELS, 1);
}

void splitdns_counters_lookup(struct counters *counters, uint16_t type)
{
	increase(counters, ROW_LOOKUPS + type_index(type), 1);
}

void splitdns_counters_lookup_result(struct counters *counters, enum counters_result result)
{
	increase(counters, ROW_RESULTS + result, 1);
}

void splitdns_counters_keep(struct counters *counters, enum counters_kept kind, size_t records)
{
	if (records > 0)
		increase(counters, ROW_KEPT + kind, records);
}

/* Write a bucket's name: its upper bound in seconds. */
static void bucket_print(FILE *stream, size_t bucket)
{
	unsigned long bound = (unsigned long)BUCKET_FIRST << bucket;

	if (bucket == COUNTERS_BUCKETS - 1)
		fputs("answer_seconds le=+Inf", stream);
	else
		fprintf(stream, "answer_seconds le=%lu.%06lu", bound / 1000000, bound % 1000000);
}

static void domain_print(FILE *stream, const struct conf_settings *settings, size_t row)
{
	size_t domain = row / COUNTERS_OUTCOMES;

	fprintf(stream, "domain_questions domain=%s outcome=%s",
		domain < settings->dns.split_domain_count ? settings->dns.split_domains[domain].split : "arpa",
		outcomes[row % COUNTERS_OUTCOMES]);
}

static void name_print(FILE *stream, const struct conf_settings *settings, size_t row)
{
	if (row >= ROW_DOMAINS)
		domain_print(stream, settings, row - ROW_DOMAINS);
	else if (row == ROW_LATENCY_SUM)
		fputs("answer_microseconds", stream);
	else if (row >= ROW_LATENCY)
		bucket_print(stream, row - ROW_LATENCY);
	else if (row >= ROW_KEPT)
		fprintf(stream, "kept_back kind=%s", kept[row - ROW_KEPT]);
	else if (row >= ROW_RESULTS)
		fprintf(stream, "lookup_results result=%s", results[row - ROW_RESULTS]);
	else if (row >= ROW_LOOKUPS)
		fprintf(stream, "lookups type=%s", types[row - ROW_LOOKUPS].name);
	else if (row == ROW_TOO_MANY_LABELS)
		fputs("names_with_too_many_labels", stream);
	else if (row == ROW_TOO_LONG)
		fputs("names_too_long", stream);
	else if (row == ROW_PREFETCHES)
		fputs("prefetches", stream);
	else
		fprintf(stream, "questions type=%s outcome=%s", types[row / COUNTERS_OUTCOMES].name,
			outcomes[row % COUNTERS_OUTCOMES]);
	fputc('\0', stream);
}

/* A file as it begins, all values zero, in fresh memory; NULL without memory. */
static struct counter_file *file_new(const struct conf_settings *settings, size_t *length)
{
	struct counter_file head = {.version = COUNTER_FILE_VERSION};
	struct counter_file *file = NULL;
	size_t names = 0;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &names);

	head.rows = (uint32_t)(ROW_DOMAINS + (settings->dns.split_domain_count + 1) * COUNTERS_OUTCOMES);
	for (uint32_t row = 0; stream && row < head.rows; row++)
		name_print(stream, settings, row);
	if (!stream || fclose(stream) != 0)
		goto out;
	memcpy(head.magic, COUNTER_FILE_MAGIC, sizeof(head.magic));
	head.names = (uint32_t)names;
	*length = sizeof(head) + head.rows * sizeof(head.values[0]) + names;
	file = calloc(1, *length);
	if (file) {
		*file = head;
		memcpy(&file->values[head.rows], text, names);
	}
out:
	free(text);
	return file;
}

/* Are header and names, all but the values, the same? Both have at least length octets. */
static bool files_count_the_same(const struct counter_file *a, const struct counter_file *b, size_t length)
{
	size_t names = length - b->names;

	return memcmp(a, b, sizeof(*a)) == 0 && memcmp((const char *)a + names, (const char *)b + names, b->names) == 0;
}

/* Map the file, and begin it anew unless it counts the same already. false with a message: it stays private. */
static bool file_map(struct counters *counters, const char *path, size_t length, struct conf_report *report)
{
	struct counter_file *own = counters->file, *shared = MAP_FAILED;
	struct stat status = {0};
	int fd = conf_file_open(path, O_RDWR);

	if (fd >= 0 && fstat(fd, &status) == 0 && (size_t)status.st_size >= length)
		shared = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	else if (fd >= 0)
		errno = EFBIG;
	if (shared == MAP_FAILED)
		conf_report_add(report,
				"the counters are not visible, because %s cannot be used (%s): nat64-relay up creates "
				"it",
				path, errno == EFBIG ? "it is too small" : strerror(errno));
	if (fd >= 0)
		close(fd);
	if (shared == MAP_FAILED)
		return false;
	if (!files_count_the_same(shared, own, length))
		memcpy(shared, own, length);
	free(own);
	counters->file = shared;
	counters->length = (size_t)status.st_size;
	return true;
}

struct counters *splitdns_counters_open(const struct conf_settings *settings, struct conf_report *report)
{
	struct counters *counters = calloc(1, sizeof(*counters));
	char *path = NULL;
	size_t length = 0;

	if (!counters || !(counters->file = file_new(settings, &length)) ||
	    asprintf(&path, "%s/" COUNTER_FILE_NAME, settings->node.runtime_dir) < 0) {
		splitdns_counters_close(counters);
		return NULL;
	}
	counters->domains = settings->dns.split_domain_count;
	file_map(counters, path, length, report);
	counters->values = counters->file->values;
	free(path);
	return counters;
}

void splitdns_counters_close(struct counters *counters)
{
	if (!counters)
		return;
	if (counters->length > 0)
		munmap(counters->file, counters->length);
	else
		free(counters->file);
	free(counters);
}
