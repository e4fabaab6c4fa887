// SPDX-License-Identifier: GPL-2.0-or-later
// nat64-relay check: is NAME relayed, from the question to the packet, and if not, why? Six steps, a line each; one more
// for the IPv4 twin where there is one.
#include "relay/check.h"

#include "conf/settings.h"
#include "conf/value.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/conflict.h"
#include "relay/tailnet.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *id; /* in JSON */
	const char *title;
	relay_check_step *step;
} steps[] = {
	{"answer", "the name is answered inside the prefix", relay_check_answer},
	{"leak", "the real name stays hidden", relay_check_leak},
	{"reach", "the prefix is within the clients' reach", relay_check_reach},
	{"traffic", "traffic passes translator and masquerade", relay_check_traffic},
	{"direct", "the real name is still direct", relay_check_direct},
	{"reboot", "all of this survives a reboot", relay_check_reboot},
	{"twin", "IPv4 clients reach it by the twin prefix", relay_check_twin},
};
enum { STEP_COUNT = sizeof(steps) / sizeof(steps[0]), WAIT_MAX = 3600 };

void relay_finding_set(struct relay_finding *finding, enum relay_mark mark, const char *format, ...)
{
	va_list arguments;

	finding->mark = mark;
	finding->advice[0] = '\0';
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
}

void relay_finding_advise(struct relay_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding->advice, sizeof(finding->advice), format, arguments);
	va_end(arguments);
}

static bool is_below(const char *name, const char *domain)
{
	return conf_domain_is_within(name, domain) && strcmp(name, domain) != 0;
}

/* Can there be a host of that name in the domain? The domain itself is one when it is its own real suffix. */
static bool is_host_of(const char *name, const struct conf_split_domain *domain)
{
	return is_below(name, domain->split) || (conf_split_domain_is_same(domain) && strcmp(name, domain->split) == 0);
}

/* The most specific split domain a name ends in; else the first one, to be put behind it. */
static const struct conf_split_domain *domain_of(const struct conf_settings *settings, const char *name, bool *given)
{
	const struct conf_split_domain *found = NULL;

	for (size_t i = 0; i < settings->split_domain_count; i++) {
		const struct conf_split_domain *domain = &settings->split_domains[i];

		if (is_host_of(name, domain) && (!found || strlen(domain->split) > strlen(found->split)))
			found = domain;
	}
	*given = found;
	return found ? found : &settings->split_domains[0];
}

/* A name as people write it: with a dot at its end, or the real one. Returns how long the host of it is. */
static size_t host_length(const struct conf_settings *settings, const char *name, const struct conf_split_domain **domain)
{
	size_t length = strlen(name);
	bool given = false;

	*domain = domain_of(settings, name, &given);
	if (given)
		return strcmp(name, (*domain)->split) == 0 ? 0 : length - strlen((*domain)->split) - 1;
	for (size_t i = 0; i < settings->split_domain_count; i++)
		if (strcmp(settings->split_domains[i].real, ".") != 0 && is_below(name, settings->split_domains[i].real)) {
			*domain = &settings->split_domains[i];
			return length - strlen((*domain)->real) - 1;
		}
	return length;
}

/* HOST below a domain; below the root it is HOST itself, and without HOST the domain. */
static void name_make(char *text, size_t size, const char *host, size_t length, const char *domain)
{
	if (strcmp(domain, ".") == 0)
		snprintf(text, size, "%.*s", (int)length, host);
	else if (length == 0)
		snprintf(text, size, "%s", domain);
	else
		snprintf(text, size, "%.*s.%s", (int)length, host, domain);
}

/* Print as the steps come, since some take seconds. */
static void finding_print(size_t step, const struct relay_finding *finding)
{
	relay_say_mark(finding->mark, "%zu. %s: %s", step + 1, steps[step].title, finding->text);
	if (finding->advice[0] != '\0')
		printf("           what to do: %s\n", finding->advice);
	fflush(stdout);
}

static void finding_append(json_t *list, size_t step, const struct relay_finding *finding)
{
	json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", steps[step].id, "title", steps[step].title,
					      "result", relay_mark_text(finding->mark), "text", finding->text, "advice",
					      finding->advice));
}

/* All of them; the exit code. */
static int steps_do(struct relay_check *check, json_t *list)
{
	bool failed = false, unknown = false;

	for (size_t i = 0; i < STEP_COUNT; i++) {
		struct relay_finding finding = {0};

		if (steps[i].step == relay_check_twin && !check->settings->has_twin)
			continue;
		steps[i].step(check, &finding);
		failed |= finding.mark == RELAY_MARK_FAIL;
		unknown |= finding.mark == RELAY_MARK_UNKNOWN;
		if (list != NULL)
			finding_append(list, i, &finding);
		else
			finding_print(i, &finding);
	}
	return failed ? RELAY_EXIT_FAILED : unknown ? RELAY_EXIT_REFUSED : RELAY_EXIT_OK;
}

static void conflict_print(void *context, const char *topic, const struct relay_finding *finding)
{
	(void)context;
	relay_say_mark(finding->mark, "%s: %s", topic, finding->text);
	if (finding->advice[0] != '\0')
		printf("           what to do: %s\n", finding->advice);
}

static void conflict_append(void *context, const char *topic, const struct relay_finding *finding)
{
	json_array_append_new(context, json_pack("{s:s, s:s, s:s, s:s}", "topic", topic, "result", relay_mark_text(finding->mark), "text",
						 finding->text, "advice", finding->advice));
}

/* Other programs that are in the way explain what the steps have found; one that is makes the whole a failure. */
static int conflicts_do(const struct conf_settings *settings, json_t *list, int exit_code)
{
	size_t found, failed = relay_conflicts_find(settings, list != NULL ? conflict_append : conflict_print, list, &found);

	if (list == NULL && found == 0)
		relay_say_mark(RELAY_MARK_OK, "no other program of this machine is in the way");
	return failed > 0 ? RELAY_EXIT_FAILED : exit_code;
}

static int check_host(const struct relay_session *session, const char *host, unsigned wait, bool json)
{
	const struct conf_settings *settings = session->settings;
	const struct conf_split_domain *domain;
	size_t length = host_length(settings, host, &domain);
	struct relay_check check = {.settings = settings, .broken = session->broken, .real_suffix = domain->real, .wait = wait};
	json_t *list = json ? json_array() : NULL, *conflicts = json ? json_array() : NULL;
	char name[600], real[600];
	int exit_code;

	name_make(name, sizeof(name), host, length, domain->split);
	name_make(real, sizeof(real), host, length, domain->real);
	check.name = name;
	check.real = real;
	check.suffix_is_open = conf_domain_is_within(domain->split, domain->real);
	if (!json)
		relay_say_heading("%s", name);
	exit_code = conflicts_do(settings, conflicts, steps_do(&check, list));
	if (json) {
		json_t *all = json_pack("{s:i, s:s, s:i, s:o, s:o}", "version", 1, "name", name, "exit_code", exit_code, "checks", list,
					"conflicts", conflicts);

		relay_say_json(all);
		json_decref(all);
	}
	return exit_code;
}

/* With the name of the command line, or that of a host of the tailnet. */
static int check_any(struct relay_session *session, const char *given, unsigned wait, bool json)
{
	const struct conf_settings *settings = session->settings;
	struct conf_report *report = &session->report;
	char *host = given != NULL ? conf_domain_parse(given) : relay_tailnet_peer(settings);
	int exit_code = RELAY_EXIT_REFUSED;

	if (settings->split_domain_count == 0)
		conf_report_add(report, "%s has no split-domain: there is no name to check", settings->file);
	else if (given == NULL && host == NULL)
		conf_report_add(report, "which name? nat64-relay check NAME, where NAME is a host behind the relay");
	else if (host == NULL || strcmp(host, ".") == 0)
		conf_report_add(report, "\"%s\" is no name of a host: write nat64-relay check my-vps", given != NULL ? given : host);
	else
		exit_code = check_host(session, host, wait, json);
	free(host);
	return exit_code;
}

/* The other programs alone. */
static int check_others(const struct conf_settings *settings, bool json)
{
	json_t *list = json ? json_array() : NULL, *all;
	int exit_code = conflicts_do(settings, list, RELAY_EXIT_OK);

	if (!json)
		return exit_code;
	all = json_pack("{s:i, s:i, s:o}", "version", 1, "exit_code", exit_code, "conflicts", list);
	relay_say_json(all);
	json_decref(all);
	return exit_code;
}

static int wait_parse(const char *text, unsigned *wait)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > WAIT_MAX) {
		fprintf(stderr, "nat64-relay: --wait %s: seconds are wanted, 0 to %d\n", text, WAIT_MAX);
		return -1;
	}
	*wait = (unsigned)value;
	return 0;
}

int relay_check(const struct relay_command *command, const char *config, int argc, char **argv)
{
	const char *wait_text = "0";
	bool json = false, others = false;
	const struct relay_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		{0, "conflicts", NULL, "look only for other programs that are in the way", .flag = &others},
		RELAY_OPTION_JSON(&json),
		{0, "wait", "SECONDS", "wait for a client's traffic instead of sending an echo request", .text = &wait_text},
	};
	struct relay_session session;
	unsigned wait;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 1);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (wait_parse(wait_text, &wait) != 0 || relay_session_ask(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	if (others)
		return relay_session_close(&session, check_others(session.settings, json));
	return relay_session_close(&session, check_any(&session, parsed < argc ? argv[parsed] : NULL, wait, json));
}
