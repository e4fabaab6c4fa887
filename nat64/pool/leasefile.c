/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leases on disk.
 *
 * A line a lease, "IPv4 TAB IPv6 TAB SECONDS": SECONDS is the last use in UTC since 1970. TAYGA writes and reads the same
 * file, so that a user can go from one to the other and back. With several prefixes a fourth field names the one that the
 * client talks through. Lines that start with '#' are comments.
 *
 * Reading is forgiving: a bad line costs that lease alone. A last use in the future means that the clock was or is wrong;
 * the lease then counts as used now, because giving the address to another client would break connections. One so far in
 * the past that the lease would be forgotten counts as a day less: by then a client that is there has used it.
 *
 * Writing goes to a second file that is synced and then renamed over the first, and the folder is synced after it.
 */
#include "nat64/pool/leasefile.h"

#include "conf/clock.h"
#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_entry.h"
#include "nat64/pool/leases_walk.h"
#include "nat64/pool/pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEASEFILE_NEW LEASEFILE_NAME "~~"
#define LINE_LENGTH   512
#define FIELDS_MAX    4
#define NOTICES_MAX   20
#define COPY_ROOM     64

struct leasefile_clock nat64_leasefile_clock_read(void)
{
	return (struct leasefile_clock){.steady = conf_clock_ms(CLOCK_BOOTTIME) / 1000,
					.wall = conf_clock_ms(CLOCK_REALTIME) / 1000};
}

/* One reading of the file. */
struct reading {
	struct leases *leases;
	const struct conf_settings *settings;
	struct leasefile_clock clock;
	struct conf_report *notices;
	unsigned line;
	unsigned ignored;
	int restored;
};

static void notice(struct reading *reading, const char *what)
{
	if (reading->ignored++ < NOTICES_MAX)
		conf_report_add_at(reading->notices, LEASEFILE_NAME, reading->line, "%s; the line is ignored", what);
}

static bool prefix_index(const struct conf_settings *settings, const char *text, unsigned *index)
{
	struct conf_prefix6 prefix;

	if (conf_prefix6_parse(text, &prefix))
		return false;
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_prefix6_equals(&settings->common.prefixes[i].prefix, &prefix)) {
			*index = (unsigned)i;
			return true;
		}
	return false;
}

static bool seconds_parse(const char *text, int64_t *seconds)
{
	char *end;

	errno = 0;
	*seconds = strtoll(text, &end, 10);
	return !errno && end != text && !*end && *seconds > 0;
}

/* A clock that was or is wrong must not cost a lease: what comes back is no older than this. */
static int64_t age_of(const struct reading *reading, int64_t wall)
{
	int64_t age = reading->clock.wall > wall ? reading->clock.wall - wall : 0;

	return age < LEASE_KEEP_SECONDS - LEASE_GRACE_SECONDS ? age : LEASE_KEEP_SECONDS - LEASE_GRACE_SECONDS;
}

static void lease_restore(struct reading *reading, struct in_addr address, const struct nat64_leases_client *client,
			  int64_t wall)
{
	int64_t last_used = reading->clock.steady - age_of(reading, wall);
	const struct nat64_leases_entry entry = {
		.address = address, .client = *client, .since = last_used, .last_used = last_used};
	static const char *const refusals[] = {
		[LEASES_OUTSIDE] = "the IPv4 address is outside the dynamic pool",
		[LEASES_RESERVED] = "the IPv4 address is excluded from the dynamic pool",
		[LEASES_TAKEN] = "the IPv4 address was on an earlier line",
		[LEASES_CLIENT_TWICE] = "the client was on an earlier line",
		[LEASES_MAPPED] = "the client has an address through a map or prefix",
	};
	enum nat64_leases_restored result = nat64_pool_restore(reading->leases, reading->settings, &entry);

	if (result == LEASES_RESTORED)
		reading->restored++;
	else
		notice(reading, refusals[result]);
}

static void fields_read(struct reading *reading, char **fields, size_t count)
{
	struct nat64_leases_client client = {0};
	struct in_addr address;
	int64_t seconds;

	if (count < 3 || count > FIELDS_MAX)
		notice(reading, "expected IPv4, IPv6 and seconds");
	else if (inet_pton(AF_INET, fields[0], &address) != 1)
		notice(reading, "the first word is not an IPv4 address");
	else if (inet_pton(AF_INET6, fields[1], &client.address) != 1)
		notice(reading, "the second word is not an IPv6 address");
	else if (!seconds_parse(fields[2], &seconds))
		notice(reading, "the third word is not a time in seconds");
	else if (count == FIELDS_MAX && !prefix_index(reading->settings, fields[3], &client.prefix))
		notice(reading, "the fourth word is not one of the prefixes");
	else if (IN6_IS_ADDR_MULTICAST(&client.address) || IN6_IS_ADDR_UNSPECIFIED(&client.address) ||
		 IN6_IS_ADDR_LINKLOCAL(&client.address))
		notice(reading, "the IPv6 address is not a client's");
	else
		lease_restore(reading, address, &client, seconds);
}

static void line_read(struct reading *reading, char *line)
{
	char *fields[FIELDS_MAX + 1], *rest = NULL;
	size_t count = 0;

	for (char *word = strtok_r(line, " \t\r\n", &rest); word && count <= FIELDS_MAX;
	     word = strtok_r(NULL, " \t\r\n", &rest)) {
		if (*word == '#')
			break;
		fields[count++] = word;
	}
	if (count)
		fields_read(reading, fields, count);
}

/* Read the rest of a line that did not fit. */
static void line_skip(FILE *stream)
{
	int octet;

	while ((octet = getc(stream)) != EOF && octet != '\n')
		;
}

static void lines_read(struct reading *reading, FILE *stream)
{
	char line[LINE_LENGTH];

	while (fgets(line, sizeof(line), stream)) {
		reading->line++;
		if (!strchr(line, '\n') && strlen(line) == sizeof(line) - 1) {
			line_skip(stream);
			notice(reading, "the line is too long");
			continue;
		}
		line_read(reading, line);
	}
	if (reading->ignored > NOTICES_MAX)
		conf_report_add(reading->notices, LEASEFILE_NAME ": %u lines ignored in total", reading->ignored);
}

int nat64_leasefile_read(int folder, struct leases *leases, const struct conf_settings *settings,
			 struct leasefile_clock clock, struct conf_report *notices)
{
	struct reading reading = {.leases = leases, .settings = settings, .clock = clock, .notices = notices};
	/* and nothing else that may stand in its place: a pipe would never come, /dev/zero never end, a link may lead to a secret of root's */
	int file = conf_file_open_at(folder, LEASEFILE_NAME, O_RDONLY, 0);
	FILE *stream = file < 0 ? NULL : fdopen(file, "r");
	bool failed;

	if (!stream && errno == ENOENT)
		return 0;
	if (!stream)
		return conf_report_add(notices, "cannot read %s/" LEASEFILE_NAME ": %s; clients get new addresses",
				       settings->node.data_dir, strerror(errno));
	lines_read(&reading, stream);
	failed = ferror(stream);
	if (failed)
		conf_report_add(notices, "cannot read %s/" LEASEFILE_NAME " to its end: %s", settings->node.data_dir,
				strerror(errno));
	fclose(stream);
	return failed ? -1 : reading.restored;
}

static void entry_write(FILE *stream, const struct nat64_leases_entry *entry, const struct conf_settings *settings,
			struct leasefile_clock clock)
{
	char address[INET_ADDRSTRLEN], client[INET6_ADDRSTRLEN], prefix[CONF_PREFIX_TEXT];
	int64_t wall = clock.wall - (clock.steady - entry->last_used);

	fprintf(stream, "%s\t%s\t%" PRId64, inet_ntop(AF_INET, &entry->address, address, sizeof(address)),
		inet_ntop(AF_INET6, &entry->client.address, client, sizeof(client)), wall > 0 ? wall : 1);
	if (settings->common.prefix_count > 1 && entry->client.prefix < settings->common.prefix_count)
		fprintf(stream, "\t%s",
			conf_prefix6_print(&settings->common.prefixes[entry->client.prefix].prefix, prefix));
	fputc('\n', stream);
}

static void file_write(FILE *stream, struct leases *leases, const struct conf_settings *settings,
		       struct leasefile_clock clock)
{
	struct nat64_leases_entry entries[COPY_ROOM];
	uint64_t place = 0;
	size_t count;

	fputs("###\n### nat64d's leases: IPv4 address, client, last use in seconds since 1970.\n"
	      "### nat64d replaces this file as it runs; change it only while nat64d is stopped.\n###\n\n",
	      stream);
	while ((count = nat64_leases_copy(leases, &place, entries, COPY_ROOM)))
		for (size_t i = 0; i < count; i++)
			entry_write(stream, &entries[i], settings, clock);
}

/* Write everything and close. 0 once the file's octets are on disk, else -1 and errno. */
static int stream_finish(FILE *stream)
{
	int error = ferror(stream) || fflush(stream) || fsync(fileno(stream)) ? errno : 0;

	if (fclose(stream) && !error)
		error = errno;
	errno = error;
	return error ? -1 : 0;
}

int nat64_leasefile_write(int folder, struct leases *leases, const struct conf_settings *settings,
			  struct leasefile_clock clock, struct conf_report *report)
{
	int file = openat(folder, LEASEFILE_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);
	FILE *stream = file < 0 ? NULL : fdopen(file, "w");

	if (stream) {
		file_write(stream, leases, settings, clock);
		if (!stream_finish(stream) && !renameat(folder, LEASEFILE_NEW, folder, LEASEFILE_NAME) && !fsync(folder))
			return 0;
	} else if (file >= 0) {
		close(file);
	}
	return conf_report_add(report, "cannot write %s/" LEASEFILE_NAME ": %s; leases are kept in memory",
			       settings->node.data_dir, strerror(errno));
}
