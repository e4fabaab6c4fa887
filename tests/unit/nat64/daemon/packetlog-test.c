/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the directive log: which packets, what they say, and that they are no flood. */
#include "nat64/daemon/packetlog.h"

#include "conf/entries.h"
#include "conf/report.h"
#include "conf/log.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define ALL    31

static const uint8_t packet4[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7};
static const uint8_t packet6[48] = {0x60, 0, 0, 0, 0, 8, 58, 64, 0xfd, [23] = 1, [24] = 0xfd, [25] = 0x64, [39] = 2};

/* The log of one test: a pipe, and a file in the place of the standard output. */
struct fixture {
	struct packetlog packetlog;
	struct packetlog_writer writer;
	struct log log;
};

static void fixture_open(struct fixture *fixture)
{
	struct conf_report report = {0};

	*fixture = (struct fixture){0};
	assert_int_equal(nat64d_packetlog_open(&fixture->packetlog, &report), 0);
	fixture->writer.write = fixture->packetlog.write;
	conf_log_open(&fixture->log, "test", LOG_SINK_STDOUT);
}

/* Everything that was handed over, printed in one second, as text; free() it. */
static char *printed(struct fixture *fixture, unsigned rounds)
{
	FILE *file = tmpfile();
	int out = dup(STDOUT_FILENO);
	char *text = calloc(1, 65536);

	assert_true(file && out >= 0 && text);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	for (unsigned i = 0; i < rounds; i++)
		nat64d_packetlog_print(&fixture->packetlog, &fixture->log, 1);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(file);
	(void)!fread(text, 1, 65535, file);
	fclose(file);
	nat64d_packetlog_close(&fixture->packetlog);
	return text;
}

static void packet_note(struct fixture *fixture, unsigned enabled, const uint8_t *packet, size_t length,
			enum nat64_verdict verdict, enum nat64_reason reason)
{
	static struct nat64_result result;
	uint8_t header[40] = {0};

	result.verdict = verdict;
	result.reason = reason;
	memcpy(header, packet, length < sizeof(header) ? length : sizeof(header));
	nat64d_packetlog_packet(&fixture->writer, enabled, header, length, &result, SECOND);
}

static void lines_are_as_tayga_writes_them(void **state)
{
	static const struct {
		unsigned enabled;
		bool six;
		enum nat64_verdict verdict;
		enum nat64_reason reason;
		const char *line;
	} rows[] = {
		{ALL, false, NAT64_DROP, NAT64_REASON_HAIRPIN,
		 "test: DROP: [v4] [192.0.2.1]->[198.51.100.7] (28 bytes) (proto 17) hairpin\n"},
		{ALL, true, NAT64_DROP, NAT64_REASON_ICMP_TYPE,
		 "test: DROP: [v6] [fd00::1]->[fd64::2] (8 bytes) (proto 58) icmp-type\n"},
		{ALL, false, NAT64_REPLY_ERROR, NAT64_REASON_DESTINATION_UNMAPPED,
		 "test: REJECT: [v4] [192.0.2.1]->[198.51.100.7] (28 bytes) (proto 17) destination-unmapped\n"},
		{ALL, false, NAT64_REPLY_ERROR, NAT64_REASON_TOO_BIG,
		 "test: ICMP: [v4] [192.0.2.1]->[198.51.100.7] (28 bytes) (proto 17) too-big\n"},
		{ALL, true, NAT64_REPLY_ERROR, NAT64_REASON_HOP_LIMIT,
		 "test: ICMP: [v6] [fd00::1]->[fd64::2] (8 bytes) (proto 58) hop-limit\n"},
		{ALL, true, NAT64_REPLY_ECHO, NAT64_REASON_OWN_ECHO,
		 "test: SELF: [v6] [fd00::1]->[fd64::2] (8 bytes) (proto 58) own-echo\n"},
		{ALL, false, NAT64_REPLY_ERROR, NAT64_REASON_OWN_PROTOCOL,
		 "test: SELF: [v4] [192.0.2.1]->[198.51.100.7] (28 bytes) (proto 17) own-protocol\n"},
		{CONF_LOG_REJECT, false, NAT64_REPLY_ERROR, NAT64_REASON_OWN_PROTOCOL,
		 "test: REJECT: [v4] [192.0.2.1]->[198.51.100.7] (28 bytes) (proto 17) own-protocol\n"},
		{CONF_LOG_REJECT, false, NAT64_DROP, NAT64_REASON_HAIRPIN, ""},
		{CONF_LOG_DROP, false, NAT64_REPLY_ERROR, NAT64_REASON_TOO_BIG, ""},
		{ALL, false, NAT64_4TO6, NAT64_REASON_NONE, ""},
		{ALL, false, NAT64_DROP, NAT64_REASON_FRAGMENT_HELD, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture fixture;
		char *text;

		fixture_open(&fixture);
		packet_note(&fixture, rows[i].enabled, rows[i].six ? packet6 : packet4, rows[i].six ? 48 : 28,
			    rows[i].verdict, rows[i].reason);
		text = printed(&fixture, 1);
		assert_string_equal(text, rows[i].line);
		free(text);
	}
}

/* What has no IP header has no line: there is nothing to print that was looked at. */
static void fragments_of_a_header_have_no_line(void **state)
{
	struct fixture fixture;
	char *text;

	(void)state;
	fixture_open(&fixture);
	for (size_t length = 0; length < 20; length++)
		packet_note(&fixture, ALL, packet4, length, NAT64_DROP, NAT64_REASON_TRUNCATED);
	for (size_t length = 0; length < 40; length++)
		packet_note(&fixture, ALL, packet6, length, NAT64_DROP, NAT64_REASON_TRUNCATED);
	text = printed(&fixture, 1);
	assert_string_equal(text, "");
	free(text);
}

static void nat64_leases_have_lines(void **state)
{
	struct fixture fixture;
	struct in6_addr client;
	struct in_addr address;
	char *text;

	(void)state;
	inet_pton(AF_INET, "192.168.255.80", &address);
	inet_pton(AF_INET6, "2001:db8::69", &client);
	fixture_open(&fixture);
	nat64d_packetlog_lease(&fixture.writer, address, &client, SECOND);
	text = printed(&fixture, 1);
	assert_string_equal(text, "test: DYN: [assigned] [192.168.255.80]->[2001:db8::69]\n");
	free(text);
}

/* A flood: 100 lines a second at most, and then how many there would have been. */
static void a_flood_is_held_back(void **state)
{
	static const uint8_t header[40] = {0x45};
	static struct nat64_result result = {.verdict = NAT64_DROP, .reason = NAT64_REASON_LOOP};
	struct fixture fixture;
	unsigned lines = 0;
	char *text;

	(void)state;
	fixture_open(&fixture);
	for (unsigned i = 0; i < 10000; i++) /* as fast as a worker may be */
		nat64d_packetlog_packet(&fixture.writer, ALL, header, 28, &result, SECOND + i * (SECOND / 10000));
	text = printed(&fixture, 1000);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	if (lines < 100 || lines > 200)
		fail_msg("expected 100 lines and a few that tell of more, got %u", lines);
	assert_non_null(strstr(text, "lines were suppressed"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_as_tayga_writes_them),
		cmocka_unit_test(fragments_of_a_header_have_no_line),
		cmocka_unit_test(nat64_leases_have_lines),
		cmocka_unit_test(a_flood_is_held_back),
	};

	return cmocka_run_group_tests_name("packetlog", tests, NULL, NULL);
}
