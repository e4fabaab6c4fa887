/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map-file: what it holds, what is left out and said, who wins; and the directives that a tayga.conf brings along. */
#include "conf/mapfile.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char base[] = "ipv4-addr 192.168.255.1\nprefix fd64::/96\ndynamic-pool 192.168.255.0/24\nmap 192.0.2.1 fd00::1\n";

/* "192.0.2.2/32=fd00::2/128 ..." of all maps from the first on. */
static void maps_print(const struct conf_settings *settings, size_t first, char *text, size_t room)
{
	char v4[CONF_PREFIX_TEXT], v6[CONF_PREFIX_TEXT];
	size_t length = 0;

	*text = '\0';
	for (size_t i = first; i < settings->translation.map_count; i++)
		length += (size_t)snprintf(text + length, room - length, "%s%s=%s", i > first ? " " : "",
					   conf_prefix4_print(&settings->translation.maps[i].v4, v4),
					   conf_prefix6_print(&settings->translation.maps[i].v6, v6));
}

/* Settings with a map-file of this text. */
static struct conf_settings *settings_with(const char *lines, const char *text, struct conf_report *report)
{
	char path[] = "mapfile-test.XXXXXX", folder[512], settings[2048];
	int file = mkstemp(path);
	struct conf_settings *result;

	assert_true(file >= 0 && getcwd(folder, sizeof(folder)));
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	snprintf(settings, sizeof(settings), "%smap-file %s/%s\n", lines, folder, path);
	result = conf_settings_parse("tayga.conf", settings, strlen(settings), report);
	unlink(path);
	return result;
}

static void maps_are_read(void **state)
{
	static const struct {
		const char *text, *maps, *notice; /* what is left out is said with line and word */
	} rows[] = {
		{"", "", NULL},
		{"# comment\n\nMAP 192.0.2.2 fd00::2 # host\r\n", "192.0.2.2/32=fd00::2/128", NULL},
		{"map 192.0.3.0/24 fd00:3::/120", "192.0.3.0/24=fd00:3::/120", NULL},
		{"map 192.0.2.2 fd00::2\nmap 192.0.2.2 fd00::2\n", "192.0.2.2/32=fd00::2/128", NULL},
		{"map 192.0.2.1 fd00::1\n", "", NULL}, /* the settings' own, once more */
		{"prefix fd65::/96\nmap 192.0.2.2 fd00::2\n", "192.0.2.2/32=fd00::2/128", "line 1: \"prefix\" is ignored"},
		{"map 192.0.2.2\n", "", "line 1: map has 1 arguments"},
		{"map 192.0.2.2 fd00::2 x\n", "", "line 1: map has 3 arguments"},
		{"map 192.0.2.2 nowhere\nmap 192.0.2.3 fd00::3\n", "192.0.2.3/32=fd00::3/128", "line 1: \"nowhere\""},
		{"map 10.0.0.5/24 fd00:3::/120\n", "10.0.0.0/24=fd00:3::/120",
		 "\"10.0.0.5/24\" has bits set beyond its length: 10.0.0.0/24 is used"},
		{"map 10.0.0.0/24 fd00:3::7/120\n", "10.0.0.0/24=fd00:3::/120",
		 "\"fd00:3::7/120\" has bits set beyond its length"},
		{"map 10.0.0.0/33 fd00:3::/129\n", "", "\"10.0.0.0/33\""},
		{"map 10.0.0.0/24 fd00:3::/121\n", "", "\"fd00:3::/121\" has no room for \"10.0.0.0/24\""},
		/* RFC 7757: unequal lengths, and networks inside one another */
		{"map 10.0.0.0/24 fd00:3::/64\n", "10.0.0.0/24=fd00:3::/64", NULL},
		{"map 192.0.2.2 fd00:3::/64\nmap 192.0.2.3 fd00:3::3\nmap 192.0.2.0/24 fd00::/32\n",
		 "192.0.2.2/32=fd00:3::/64 192.0.2.3/32=fd00:3::3/128 192.0.2.0/24=fd00::/32", NULL},
		/* the settings win */
		{"map 192.0.2.1 fd00::2\n", "", "line 1: map 192.0.2.1/32 contradicts a map of the settings"},
		{"map 192.0.2.2 fd00::1\n", "", "contradicts a map of the settings"},
		{"map 192.0.2.2 fd64::5\n", "", "line 1: map 192.0.2.2/32 overlaps the prefix fd64::/96"},
		{"map 192.168.255.1 fd00::2\n", "", "ipv4-addr"},
		{"map 192.168.255.2 fd00::2\n", "192.168.255.2/32=fd00::2/128", NULL}, /* a default gives way */
		{"map 192.168.255.0/24 fd00:3::/120\n", "", "is the whole dynamic-pool"},
		{"map 192.168.255.9 fd00::9\n", "192.168.255.9/32=fd00::9/128", NULL},
		/* the later line wins, over as many as it must */
		{"map 192.0.2.2 fd00::2\nmap 192.0.2.2 fd00::3\n", "192.0.2.2/32=fd00::3/128",
		 "line 1: the map is ignored: line 2"},
		{"map 192.0.2.2 fd00::2\nmap 192.0.2.3 fd00::2\n", "192.0.2.3/32=fd00::2/128",
		 "line 1: the map is ignored: line 2"},
		{"map 192.0.2.2 fd00::2\nmap 192.0.2.3 fd00::3\nmap 192.0.2.2 fd00::3\nmap 192.0.2.4 fd00::4\n",
		 "192.0.2.2/32=fd00::3/128 192.0.2.4/32=fd00::4/128", "line 2: the map is ignored: line 3"},
		{"map 10.0.0.0/24 fd00:3::/120\nmap 10.0.0.7 fd00::7\n",
		 "10.0.0.0/24=fd00:3::/120 10.0.0.7/32=fd00::7/128", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_report report = {0};
		struct conf_settings *settings = settings_with(base, rows[i].text, &report);
		bool said = !rows[i].notice;
		char maps[512];

		if (!settings)
			fail_msg("refused: %s", report.lines[0]);
		maps_print(settings, 1, maps, sizeof(maps));
		if (strcmp(maps, rows[i].maps) != 0)
			fail_msg("of \"%s\" expected \"%s\", got \"%s\"", rows[i].text, rows[i].maps, maps);
		for (size_t n = 0; n < settings->notices.count; n++)
			said = said || (rows[i].notice && strstr(settings->notices.lines[n], rows[i].notice));
		if (!said || (!rows[i].notice && settings->notices.count))
			fail_msg("of \"%s\" expected the notice \"%s\", got \"%s\" of %zu", rows[i].text,
				 rows[i].notice ? rows[i].notice : "none",
				 settings->notices.count ? settings->notices.lines[0] : "none", settings->notices.count);
		conf_settings_free(settings);
	}
}

static void wrong_files_are_refused(void **state)
{
	static const struct {
		const char *lines, *expected;
	} rows[] = {
		{"map-file /nonexistent/maps\n", "/nonexistent/maps: cannot be opened: No such file"},
		{"map-file maps\n", "map-file \"maps\" is a relative path without a data-dir"},
		{"data-dir /nonexistent\nmap-file maps\n", "/nonexistent/maps: cannot be opened"},
		{"map-file /\n", "/: cannot be opened: it is a folder"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_report report = {0};
		char text[512];

		snprintf(text, sizeof(text), "%s%s", base, rows[i].lines);
		assert_null(conf_settings_parse("tayga.conf", text, strlen(text), &report));
		if (report.count != 1 || !strstr(report.lines[0], rows[i].expected))
			fail_msg("expected \"%s\", got %zu messages: \"%s\"", rows[i].expected, report.count,
				 report.count ? report.lines[0] : "none");
		conf_report_clear(&report);
	}
}

/* A file that may be empty now and have maps later needs no prefix beside it. */
static void a_file_alone_is_enough(void **state)
{
	struct conf_report report = {0};
	struct conf_settings *settings = settings_with("ipv4-addr 192.0.2.9\nipv6-addr fd00::9\n", "", &report);

	(void)state;
	if (!settings)
		fail_msg("refused: %s", report.lines[0]);
	assert_int_equal(settings->translation.map_count, 0);
	conf_settings_free(settings);
}

static struct conf_settings *parsed(const char *lines)
{
	struct conf_report report = {0};
	struct conf_settings *settings;
	char text[512];

	snprintf(text, sizeof(text), "%s%s", base, lines);
	settings = conf_settings_parse("tayga.conf", text, strlen(text), &report);
	if (!settings)
		fail_msg("refused: %s", report.lines[0]);
	return settings;
}

static void device_lines_are_read(void **state)
{
	struct conf_settings *settings = parsed("tun-up YES\ntun-ip 192.168.255.2\ntun-ip fd00::2/64\ntun-route fd64::/96\n"
						"tun-route 192.168.255.0/24\n");
	const struct conf_tun *tun = &settings->translation.tun;
	char text[CONF_PREFIX_TEXT];

	(void)state;
	assert_true(tun->up);
	assert_int_equal(tun->address_count, 2);
	assert_int_equal(tun->addresses[0].family, AF_INET);
	assert_string_equal(conf_prefix4_print(&tun->addresses[0].v4, text), "192.168.255.2/32");
	assert_string_equal(conf_prefix6_print(&tun->addresses[1].v6, text), "fd00::2/64");
	assert_int_equal(tun->route_count, 2);
	assert_string_equal(conf_prefix6_print(&tun->routes[0].v6, text), "fd64::/96");
	conf_settings_free(settings);
}

static void addresses_of_the_translator_are_none_of_the_device(void **state)
{
	static const struct {
		const char *lines, *notice;
	} rows[] = {
		{"tun-ip 192.168.255.2\ntun-ip fd00::2\n", NULL},
		{"tun-ip 192.168.255.1\n", ": tun-ip is the translator's own ipv4-addr"},
		{"tun-ip 192.168.255.1/24\n", "own ipv4-addr"},
		{"ipv6-addr fd00::9\ntun-ip fd00::2\ntun-ip fd00::9/64\n", "own ipv6-addr"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_settings *settings = parsed(rows[i].lines);
		const char *got = settings->notices.count ? settings->notices.lines[0] : "none";

		if (settings->notices.count != (rows[i].notice ? 1 : 0) || (rows[i].notice && !strstr(got, rows[i].notice)))
			fail_msg("of \"%s\" expected \"%s\", got \"%s\"", rows[i].lines,
				 rows[i].notice ? rows[i].notice : "none", got);
		conf_settings_free(settings);
	}
}

static void log_words_are_read(void **state)
{
	static const struct {
		const char *line;
		unsigned log;
	} rows[] = {
		{"", 0},
		{"log\n", 0},
		{"log drop\n", CONF_LOG_DROP},
		{"log Reject ICMP self\n", CONF_LOG_REJECT | CONF_LOG_ICMP | CONF_LOG_SELF},
		{"log drop reject icmp self dyn drop\n", 31},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_settings *settings = parsed(rows[i].line);

		assert_int_equal(settings->translation.log, rows[i].log);
		conf_settings_free(settings);
	}
}

/* TAYGA takes these a second time without a word. */
static void repeated_lines_are_noticed(void **state)
{
	struct conf_settings *settings = parsed("udp-cksum-mode forward\nudp-cksum-mode CALCULATED\nwkpf-strict off\ntun-up on\n"
						"wkpf-strict 1\nstrict-frag-hdr on\n");

	(void)state;
	assert_int_equal(settings->translation.udp_checksum, CONF_UDP_CHECKSUM_CALCULATE);
	assert_true(settings->common.well_known_strict);
	assert_int_equal(settings->notices.count, 3);
	assert_string_equal(settings->notices.lines[0],
			    "tayga.conf: line 6: udp-cksum-mode is on line 5 too: this line counts; remove one of them");
	assert_non_null(strstr(settings->notices.lines[1], "line 9: wkpf-strict is on line 7 too"));
	assert_non_null(strstr(settings->notices.lines[2], "line 10: strict-frag-hdr does nothing"));
	conf_settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_are_read),
		cmocka_unit_test(wrong_files_are_refused),
		cmocka_unit_test(a_file_alone_is_enough),
		cmocka_unit_test(device_lines_are_read),
		cmocka_unit_test(addresses_of_the_translator_are_none_of_the_device),
		cmocka_unit_test(log_words_are_read),
		cmocka_unit_test(repeated_lines_are_noticed),
	};

	return cmocka_run_group_tests_name("mapfile", tests, NULL, NULL);
}
