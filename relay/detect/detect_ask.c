/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of detect. Records count only when they belong to the name that was asked, whatever else an answer holds. */
#include "relay/detect/detect.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "relay/ask/echo.h"
#include "relay/ask/resolver.h"
#include "relay/host/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { ASK_MS = 3000, PROBE_MS = 3000, LISTEN_MS = 2000, STEP_MS = 100 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Both questions to one server. 0, or -1 with a message. */
static int server_ask(struct relay_detection *detection, const struct relay_server *server, struct conf_report *report)
{
	struct relay_answer answer;

	if (relay_server_ask(server, CONF_RFC7050_NAME, LDNS_RR_TYPE_A, ASK_MS, &answer, report) != 0)
		return -1;
	detection->code_a = relay_answer_code(&answer);
	detection->a_count = least(relay_answer_a(&answer, CONF_RFC7050_NAME, detection->a, RELAY_DETECT_RECORDS),
				   RELAY_DETECT_RECORDS);
	relay_answer_clear(&answer);
	if (relay_server_ask(server, CONF_RFC7050_NAME, LDNS_RR_TYPE_AAAA, ASK_MS, &answer, report) != 0)
		return -1;
	detection->code_aaaa = relay_answer_code(&answer);
	detection->aaaa_count = least(relay_answer_aaaa(&answer, CONF_RFC7050_NAME, detection->aaaa, RELAY_DETECT_RECORDS),
				      RELAY_DETECT_RECORDS);
	relay_answer_clear(&answer);
	detection->server = *server;
	return 0;
}

static bool prefix_is_wanted(const struct relay_detection *detection, const struct conf_prefix6 *prefix)
{
	if (detection->wanted)
		return conf_prefix6_equals(detection->wanted, prefix);
	for (size_t i = 0; detection->settings && i < detection->settings->common.prefix_count; i++)
		if (conf_prefix6_equals(&detection->settings->common.prefixes[i].prefix, prefix))
			return true;
	return false;
}

static void prefixes_find(struct relay_detection *detection)
{
	struct conf_prefix6 found[RELAY_DETECT_RECORDS];
	size_t count = conf_rfc7050_prefixes(detection->aaaa, detection->aaaa_count, found, RELAY_DETECT_RECORDS,
					     detection->findings);

	detection->prefix_count = least(count, RELAY_DETECT_RECORDS);
	for (size_t i = 0; i < detection->prefix_count; i++)
		detection->prefixes[i] = (struct relay_detected){.prefix = found[i],
								 .is_wanted = prefix_is_wanted(detection, &found[i])};
}

int relay_detect_ask(struct relay_detection *detection, const struct relay_server *servers, size_t count,
		     struct conf_report *report)
{
	struct conf_report silent = {0};
	int result = -1;

	for (size_t i = 0; i < count && result != 0; i++)
		result = server_ask(detection, &servers[i], &silent);
	for (size_t i = 0; result != 0 && i < silent.count; i++)
		conf_report_add(report, "%s", silent.lines[i]);
	conf_report_clear(&silent);
	if (result == 0)
		prefixes_find(detection);
	return result;
}

/* One advertisement: what a router takes back in it is not there. */
static void advert_read(struct relay_detection *detection, int fd)
{
	struct relay_pref64 found[RELAY_PREF64_MAX];
	size_t count = 0;

	relay_pref64_receive(fd, found, &count);
	for (size_t i = 0; i < count; i++)
		if (found[i].lifetime > 0)
			detection->pref64[detection->pref64_count++] = found[i];
}

void relay_detect_listen(struct relay_detection *detection)
{
	int fd = relay_pref64_open();
	uint64_t end = relay_clock_ms() + LISTEN_MS;
	struct pollfd source = {fd, POLLIN, 0};

	detection->listened = fd >= 0;
	if (fd < 0)
		return;
	relay_pref64_solicit(fd);
	while (detection->pref64_count == 0 && relay_clock_ms() < end)
		if (poll(&source, 1, STEP_MS) > 0)
			advert_read(detection, fd);
	close(fd);
}

void relay_detect_probe(struct relay_detection *detection)
{
	for (size_t i = 0; i < detection->prefix_count; i++) {
		struct relay_detected *found = &detection->prefixes[i];

		found->probed = conf_rfc6052_embed(&found->prefix, *detection->probe);
		found->echo_ms = relay_echo(&found->probed, NULL, PROBE_MS);
		found->echo_errno = errno;
	}
}

bool relay_detect_server_failed(const struct relay_detection *detection)
{
	const char *code = detection->code_aaaa;

	return strcmp(code, "NOERROR") != 0 && strcmp(code, "NXDOMAIN") != 0;
}

bool relay_detect_a_is_right(const struct relay_detection *detection)
{
	for (size_t i = 0; i < detection->a_count; i++)
		if (detection->a[i].s_addr != conf_rfc7050_address(0).s_addr &&
		    detection->a[i].s_addr != conf_rfc7050_address(1).s_addr)
			return false;
	return detection->a_count > 0;
}
