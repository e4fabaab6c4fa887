/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The module's counters: what is counted is read back by name from the file, and a file that was damaged is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "module/counter_file.h"
#include "module/counters.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RELAY                                                                                                          \
	"split-domain 9929 tail1234.ts.net\nsplit-domain lab.internal lab.example\nprefix fd64:9929::/96\n"            \
	"dynamic-pool 192.168.240.0/20\nedge-address 100.64.0.1\n"

struct folder {
	char path[64], file[96], text[256];
	struct conf_settings *settings;
};

static int folder_make(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));
	struct conf_report report = {0};

	strcpy(folder->path, "/tmp/counters-test-XXXXXX");
	if (!mkdtemp(folder->path))
		return -1;
	snprintf(folder->file, sizeof(folder->file), "%s/" COUNTER_FILE_NAME, folder->path);
	snprintf(folder->text, sizeof(folder->text), RELAY "runtime-dir %s\n", folder->path);
	folder->settings = conf_settings_parse("relay.conf", folder->text, strlen(folder->text), &report);
	*state = folder;
	return folder->settings ? 0 : -1;
}

static int folder_remove(void **state)
{
	struct folder *folder = *state;
	char command[96];

	snprintf(command, sizeof(command), "rm -r '%s'", folder->path);
	if (system(command) != 0)
		return -1;
	conf_settings_free(folder->settings);
	free(folder);
	return 0;
}

static void make(const struct folder *folder, int expected)
{
	struct conf_report report = {0};
	int got = splitdns_counter_file_make(folder->file, splitdns_counter_file_size(2), getegid(), &report);

	if (got != expected)
		fail_msg("expected %d, got %d: %s", expected, got, report.count ? report.lines[0] : "no message");
}

static struct counters *open_counters(const struct folder *folder, const char *warning)
{
	struct conf_report report = {0};
	struct counters *counters = splitdns_counters_open(folder->settings, &report);

	assert_non_null(counters);
	if (report.count != (warning ? 1 : 0) || (warning && !strstr(report.lines[0], warning)))
		fail_msg("expected '%s', got '%s'", warning ? warning : "no warning",
			 report.count ? report.lines[0] : "none");
	conf_report_clear(&report);
	return counters;
}

static uint64_t value_of(const struct counter_rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->count; i++)
		if (strcmp(rows->names[i], name) == 0)
			return rows->file->values[i];
	fail_msg("there is no row \"%s\"", name);
	return 0;
}

static uint64_t sum_of(const struct counter_rows *rows)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rows->count; i++)
		sum += rows->file->values[i];
	return sum;
}

static void read_rows(const struct folder *folder, struct counter_rows *rows)
{
	struct conf_report report = {0};

	if (splitdns_counter_file_read(folder->file, rows, &report) != 0)
		fail_msg("expected rows, got '%s'", report.lines[0]);
}

static void expect_refused(const struct folder *folder, const char *expected)
{
	struct conf_report report = {0};
	struct counter_rows rows;

	if (splitdns_counter_file_read(folder->file, &rows, &report) != -1)
		fail_msg("expected '%s', got %zu rows", expected, rows.count);
	if (report.count != 1 || !strstr(report.lines[0], expected))
		fail_msg("expected '%s', got '%s'", expected, report.count ? report.lines[0] : "nothing");
	conf_report_clear(&report);
}

static void what_is_counted_is_read_by_name(void **state)
{
	const struct folder *folder = *state;
	struct counters *counters;
	struct counter_rows rows;

	make(folder, 1);
	counters = open_counters(folder, NULL);
	splitdns_counters_question(counters, 28, 0, COUNTERS_DATA, 300);
	splitdns_counters_question(counters, 28, 1, COUNTERS_NXDOMAIN, 64);
	splitdns_counters_question(counters, 12, SIZE_MAX, COUNTERS_FAILED, 60000000);
	splitdns_counters_question(counters, 65280, 1, COUNTERS_NODATA, 65);
	splitdns_counters_prefetch(counters);
	splitdns_counters_too_long(counters);
	for (int i = 0; i < 2; i++)
		splitdns_counters_too_many_labels(counters);
	splitdns_counters_lookup(counters, 1);
	splitdns_counters_lookup_result(counters, COUNTERS_BOGUS);
	splitdns_counters_keep(counters, COUNTERS_CNAME, 3);
	splitdns_counters_keep(counters, COUNTERS_ADDRESS, 0);
	read_rows(folder, &rows);
	assert_int_equal(value_of(&rows, "questions type=AAAA outcome=data"), 1);
	assert_int_equal(value_of(&rows, "questions type=AAAA outcome=nxdomain"), 1);
	assert_int_equal(value_of(&rows, "questions type=PTR outcome=failed"), 1);
	assert_int_equal(value_of(&rows, "questions type=other outcome=nodata"), 1);
	assert_int_equal(value_of(&rows, "domain_questions domain=9929 outcome=data"), 1);
	assert_int_equal(value_of(&rows, "domain_questions domain=lab.internal outcome=nodata"), 1);
	assert_int_equal(value_of(&rows, "domain_questions domain=arpa outcome=failed"), 1);
	assert_int_equal(value_of(&rows, "answer_seconds le=0.000064"), 1);
	assert_int_equal(value_of(&rows, "answer_seconds le=0.000128"), 1);
	assert_int_equal(value_of(&rows, "answer_seconds le=0.000512"), 1);
	assert_int_equal(value_of(&rows, "answer_seconds le=+Inf"), 1);
	assert_int_equal(value_of(&rows, "answer_microseconds"), 60000429);
	assert_int_equal(value_of(&rows, "prefetches"), 1);
	assert_int_equal(value_of(&rows, "names_too_long"), 1);
	assert_int_equal(value_of(&rows, "names_with_too_many_labels"), 2);
	assert_int_equal(value_of(&rows, "lookups type=A"), 1);
	assert_int_equal(value_of(&rows, "lookup_results result=bogus"), 1);
	assert_int_equal(value_of(&rows, "kept_back kind=cname"), 3);
	assert_int_equal(sum_of(&rows), 12 + 60000429 + 9); /* nothing was counted elsewhere */
	splitdns_counter_rows_clear(&rows);
	splitdns_counters_close(counters);
}

static void buckets_are_powers_of_two(void **state)
{
	(void)state;
	assert_int_equal(splitdns_counters_bucket(0), 0);
	assert_int_equal(splitdns_counters_bucket(64), 0);
	assert_int_equal(splitdns_counters_bucket(65), 1);
	assert_int_equal(splitdns_counters_bucket(64 << 16), 16);
	assert_int_equal(splitdns_counters_bucket((64 << 16) + 1), COUNTERS_BUCKETS - 1);
	assert_int_equal(splitdns_counters_bucket(UINT64_MAX), COUNTERS_BUCKETS - 1);
}

/* The size that root gives the file holds the rows of however many domains, and of the longest names. */
static void every_file_is_large_enough(void **state)
{
	struct folder *folder = *state;
	struct conf_split_domain *domains = folder->settings->dns.split_domains;
	size_t count = folder->settings->dns.split_domain_count;
	struct conf_split_domain many[200];
	char name[254];

	memset(name, 'x', 253);
	name[253] = '\0';
	for (size_t i = 0; i < 200; i++)
		many[i].split = name;
	folder->settings->dns.split_domains = many;
	for (size_t i = 0; i <= 200; i += 20) {
		struct conf_report report = {0};
		struct counter_rows rows;

		folder->settings->dns.split_domain_count = i;
		assert_int_equal(
			splitdns_counter_file_make(folder->file, splitdns_counter_file_size(i), getegid(), &report), 1);
		splitdns_counters_close(open_counters(folder, NULL));
		read_rows(folder, &rows);
		splitdns_counter_rows_clear(&rows);
	}
	folder->settings->dns.split_domains = domains;
	folder->settings->dns.split_domain_count = count;
}

/* A restart goes on from the numbers there are; other settings begin anew. */
static void a_restart_goes_on(void **state)
{
	struct folder *folder = *state;
	struct counters *counters;
	struct counter_rows rows;

	make(folder, 1);
	for (int i = 0; i < 2; i++) {
		counters = open_counters(folder, NULL);
		splitdns_counters_prefetch(counters);
		splitdns_counters_close(counters);
		make(folder, 0);
	}
	read_rows(folder, &rows);
	assert_int_equal(value_of(&rows, "prefetches"), 2);
	splitdns_counter_rows_clear(&rows);
	folder->settings->dns.split_domains[1].split[0] = 'x';
	splitdns_counters_close(open_counters(folder, NULL));
	read_rows(folder, &rows);
	assert_int_equal(sum_of(&rows), 0);
	assert_int_equal(value_of(&rows, "domain_questions domain=xab.internal outcome=data"), 0);
	splitdns_counter_rows_clear(&rows);
}

static void without_a_file_it_counts_for_nobody(void **state)
{
	const struct folder *folder = *state;
	struct counters *counters = open_counters(folder, "No such file");
	FILE *small;

	splitdns_counters_question(counters, 28, 0, COUNTERS_DATA, 1);
	splitdns_counters_close(counters);
	assert_int_not_equal(access(folder->file, F_OK), 0);
	small = fopen(folder->file, "w");
	fputs("n64count", small);
	fclose(small);
	splitdns_counters_close(open_counters(folder, "too small"));
	assert_int_equal(unlink(folder->file), 0);
	assert_int_equal(symlink("/dev/zero", folder->file), 0);
	splitdns_counters_close(open_counters(folder, "not permitted"));
}

static void *count_many(void *counters)
{
	for (int i = 0; i < 100000; i++)
		splitdns_counters_question(counters, 28, 0, COUNTERS_DATA, 1);
	return NULL;
}

static void threads_lose_nothing(void **state)
{
	const struct folder *folder = *state;
	struct counters *counters;
	struct counter_rows rows;
	pthread_t threads[4];

	make(folder, 1);
	counters = open_counters(folder, NULL);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, counters), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	read_rows(folder, &rows);
	assert_int_equal(value_of(&rows, "questions type=AAAA outcome=data"), 400000);
	assert_int_equal(value_of(&rows, "answer_microseconds"), 400000);
	splitdns_counter_rows_clear(&rows);
	splitdns_counters_close(counters);
}

static void the_file_is_the_groups(void **state)
{
	const struct folder *folder = *state;
	struct stat status;

	make(folder, 1);
	assert_int_equal(chmod(folder->file, 0644), 0);
	make(folder, 0);
	assert_int_equal(stat(folder->file, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0660);
	assert_int_equal(status.st_size, splitdns_counter_file_size(2));
	assert_int_equal(truncate(folder->file, 100), 0);
	make(folder, 1);
	expect_refused(folder, "no resolver has counted");
	assert_int_equal(unlink(folder->file), 0);
	expect_refused(folder, "nat64-relay up creates it");
}

/* Change octets of a sound file. */
static void damage(const struct folder *folder, off_t place, const void *octets, size_t length)
{
	int fd = open(folder->file, O_RDWR);

	assert_int_equal(pwrite(fd, octets, length, place), length);
	close(fd);
}

static void a_damaged_file_is_not_believed(void **state)
{
	static const struct {
		off_t place;
		uint32_t number;
		const char *expected;
	} cases[] = {
		{0, 0x31313131, "is not a file of counters"},
		{8, 2, "another version"},
		{12, UINT32_MAX, "shorter than it claims"},
		{12, 2000, "invalid name"},
		{12, 1, "invalid name"},
		{16, UINT32_MAX, "shorter than it claims"},
		{16, 100, "invalid name"},
		{16, 0, "invalid name"},
	};
	const struct folder *folder = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unlink(folder->file);
		make(folder, 1);
		splitdns_counters_close(open_counters(folder, NULL));
		damage(folder, cases[i].place, &cases[i].number, sizeof(cases[i].number));
		expect_refused(folder, cases[i].expected);
	}
	for (off_t size = 1; size < 24; size++) {
		assert_int_equal(truncate(folder->file, size), 0);
		expect_refused(folder, "its size cannot be right");
	}
}

static void bad_names_are_not_believed(void **state)
{
	static const char *const bad[] = {
		"",        " ",      "A",      "a b",     "a =b",        "a b=",     "a b=c ",
		"a b=c d", "a  b=c", "a b=\"", "a b=c=d", "a b=\x1b[2J", "a b=\x80", "a b=\\",
		"9",       "_a",     "a\n",    "a b=c\n", "a-b",         "a b-c=d",
	};
	static const char *const good[] = {"a", "a_9", "a b=c", "a b=+Inf c_1=x.y-z,/"};
	const struct folder *folder = *state;
	struct counter_rows rows;
	off_t names = 24 + 8;

	make(folder, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad) + sizeof(good) / sizeof(*good); i++) {
		const char *name = i < sizeof(bad) / sizeof(*bad) ? bad[i] : good[i - sizeof(bad) / sizeof(*bad)];
		uint32_t head[] = {COUNTER_FILE_VERSION, 1, (uint32_t)strlen(name) + 1, 0};

		damage(folder, 0, COUNTER_FILE_MAGIC, 8);
		damage(folder, 8, head, sizeof(head));
		damage(folder, names, name, strlen(name) + 1);
		if (i < sizeof(bad) / sizeof(*bad)) {
			expect_refused(folder, "invalid name");
			continue;
		}
		read_rows(folder, &rows);
		assert_string_equal(rows.names[0], name);
		splitdns_counter_rows_clear(&rows);
	}
}

/* Whatever stands in the file: refused or read, and never beyond its end (the sanitizers look). */
static void noise_is_survived(void **state)
{
	const struct folder *folder = *state;
	struct counter_rows rows;
	struct conf_report report = {0};

	srandom(1);
	for (int round = 0; round < 2000; round++) {
		uint32_t octet = (uint32_t)random() & 0xff;
		off_t place = random() % 6000;

		if (round % 20 == 0) {
			unlink(folder->file);
			make(folder, 1);
			splitdns_counters_close(open_counters(folder, NULL));
		}
		damage(folder, place, &octet, 1);
		if (splitdns_counter_file_read(folder->file, &rows, &report) == 0)
			splitdns_counter_rows_clear(&rows);
		conf_report_clear(&report);
	}
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, folder_make, folder_remove)
	const struct CMUnitTest tests[] = {
		TEST(what_is_counted_is_read_by_name),
		TEST(a_restart_goes_on),
		TEST(every_file_is_large_enough),
		TEST(without_a_file_it_counts_for_nobody),
		TEST(threads_lose_nothing),
		TEST(the_file_is_the_groups),
		TEST(a_damaged_file_is_not_believed),
		TEST(bad_names_are_not_believed),
		TEST(noise_is_survived),
		cmocka_unit_test(buckets_are_powers_of_two),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
