/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks a resolver very many questions, by all transports at once, and reads every message that comes back with an inspector.
 *
 *     dns-load [--first] RULES COUNT SEED HOSTS[/RARELY] ADDRESS...
 *
 * RULES is a file for inspect_rules_read(). One question in RARELY, 2 when it is not told, is about any of HOSTS, the others are about the
 * first thousandth of them. Each ADDRESS gets UDP sockets and TCP connections that are kept open; each of them has up to
 * DEPTH questions on the way, so that answers come in any order. At least one question in SHARE goes by TCP: datagrams wait for
 * that, however slow the connections are. A truncated answer is asked for again by TCP, as clients do. A question whose answer
 * does not come in time is lost, and counted.
 *
 * Prints "asked N" after each tenth of COUNT and at the end "KEY NUMBER" lines: asked, answered, lost, octets, leaks, and answers
 * by transport, RCODE and kind. The first messages that show what they must not are printed in full to standard error. --first: end
 * with the first of them. Exit code 0: every message was searched and none showed anything; 1: some did; 2: it could not be done.
 */
#include "tests/fuzz/choices.h"
#include "tests/fuzz/inspect.h"
#include "tests/load/dns-question.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINES_MAX   64
#define UDP_EACH    6
#define TCP_EACH    2
#define DEPTH       32
#define SHARE       12
#define PATIENCE    5.0 /* seconds */
#define MESSAGE_MAX 65535
#define SHOWN_MAX   5

/* A question on its way. */
struct pending {
	double since; /* 0: nobody waits here */
	uint16_t length, turn;
	uint8_t octets[QUESTION_ROOM];
};

/* A socket, and what was asked by it. */
struct line {
	const struct addrinfo *to;
	int sock;
	bool stream;
	struct pending pending[DEPTH];
	uint8_t in[2 + MESSAGE_MAX];
	size_t in_length;
	uint8_t out[DEPTH * (2 + QUESTION_ROOM)];
	size_t out_length;
};

static struct {
	unsigned long asked, streamed, again, lost, late, leaks, octets, by[2], rcodes[16], data, truncated, empty;
} counts;

static struct inspect_rules rules;
static struct choices choices;
static struct line *lines[LINES_MAX];
static size_t line_count;
static unsigned long wanted;
static bool first_only;
static struct question_hosts hosts = {0, 2};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "dns-load: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* --- questions --- */

static bool take_out(struct line *line, struct pending *pending)
{
	uint8_t *at = line->out + line->out_length;

	if (!line->stream)
		return send(line->sock, pending->octets, pending->length, MSG_DONTWAIT) == pending->length;
	at[0] = (uint8_t)(pending->length >> 8);
	at[1] = (uint8_t)pending->length;
	memcpy(at + 2, pending->octets, pending->length);
	line->out_length += 2U + pending->length;
	return true;
}

/* The ID tells the place, and how often it was used: an answer that comes too late is none to the next question. */
static bool ask(struct line *line, size_t place, const uint8_t *octets, size_t length)
{
	struct pending *pending = &line->pending[place];
	unsigned id = ((unsigned)++pending->turn * DEPTH + (unsigned)place) & 0xffff;

	memmove(pending->octets, octets, length);
	pending->octets[0] = (uint8_t)(id >> 8);
	pending->octets[1] = (uint8_t)id;
	pending->length = (uint16_t)length;
	if (line->stream && line->out_length + 2 + length > sizeof(line->out))
		return false;
	pending->since = now();
	if (take_out(line, pending))
		return true;
	pending->since = 0;
	return false;
}

static void ask_more(struct line *line)
{
	uint8_t octets[QUESTION_ROOM];

	for (size_t i = 0; i < DEPTH && counts.asked < wanted; i++) {
		if (line->pending[i].since > 0)
			continue;
		if (!line->stream && counts.streamed * SHARE < counts.asked)
			return;
		if (!ask(line, i, octets, question_make(&choices, &rules, &hosts, octets)))
			return;
		counts.streamed += line->stream;
		if (++counts.asked % (wanted / 10 + !(wanted / 10)) == 0) {
			printf("asked %lu\n", counts.asked);
			fflush(stdout);
		}
	}
}

/* By the first stream that has a place. */
static void ask_by_stream(const struct pending *question)
{
	for (size_t i = 0; i < line_count; i++)
		for (size_t j = 0; lines[i]->stream && j < DEPTH; j++)
			if (lines[i]->pending[j].since <= 0 && ask(lines[i], j, question->octets, question->length)) {
				counts.again++;
				return;
			}
}

/* --- answers --- */

static void show(const char *wrong, const uint8_t *octets, size_t length)
{
	if (counts.leaks++ >= SHOWN_MAX)
		return;
	if (first_only)
		wanted = counts.asked;
	fprintf(stderr, "dns-load: %s in an answer of %zu octets:\n", wrong, length);
	for (size_t i = 0; i < length && i < 1024; i++)
		fprintf(stderr, "%02x%s", octets[i], i % 32 == 31 ? "\n" : " ");
	fputc('\n', stderr);
}

static size_t name_length(const uint8_t *message, size_t length)
{
	size_t at = 12;

	while (at < length && message[at] != 0 && message[at] < 64)
		at += 1U + message[at];
	return at + 1 - 12;
}

/* Does the answer repeat the question, in the spelling of the client? */
static bool repeats(const struct pending *asked, const uint8_t *octets, size_t length)
{
	size_t question = name_length(asked->octets, asked->length) + 4;

	return length == 12 || (length >= 12 + question && memcmp(octets + 12, asked->octets + 12, question) == 0);
}

static void count(const struct line *line, const uint8_t *octets)
{
	unsigned rcode = octets[3] & 15;

	counts.rcodes[rcode]++;
	counts.by[line->stream]++;
	if (octets[6] | octets[7])
		counts.data++;
	else if (rcode == 0)
		counts.empty++;
}

static void take_answer(struct line *line, const uint8_t *octets, size_t length)
{
	size_t place = length >= 12 ? (size_t)(octets[0] << 8 | octets[1]) % DEPTH : 0;
	struct pending *pending = &line->pending[place];
	const char *wrong = inspect_message(&rules, octets, length);

	counts.octets += length;
	if (wrong)
		show(wrong, octets, length);
	if (length < 12 || pending->since <= 0 || memcmp(octets, pending->octets, 2) != 0) {
		counts.late++;
		return;
	}
	if (!repeats(pending, octets, length))
		show("another question", octets, length);
	pending->since = 0;
	count(line, octets);
	if (octets[2] & 2 && !line->stream) {
		counts.truncated++;
		ask_by_stream(pending);
	}
}

/* --- sockets --- */

static void line_open(struct line *line)
{
	line->sock = socket(line->to->ai_family, line->stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (line->sock < 0 || connect(line->sock, line->to->ai_addr, line->to->ai_addrlen) < 0 ||
	    fcntl(line->sock, F_SETFL, O_NONBLOCK) < 0)
		fail("connect");
	line->in_length = line->out_length = 0;
}

/* The server has closed the connection, as it may: what was on the way is asked again. */
static void line_open_again(struct line *line)
{
	close(line->sock);
	line_open(line);
	for (size_t i = 0; i < DEPTH; i++)
		if (line->pending[i].since > 0)
			ask(line, i, line->pending[i].octets, line->pending[i].length);
}

static void read_datagrams(struct line *line)
{
	ssize_t length;

	while ((length = recv(line->sock, line->in, sizeof(line->in), MSG_DONTWAIT)) >= 0)
		take_answer(line, line->in, (size_t)length);
}

static void read_stream(struct line *line)
{
	ssize_t length = recv(line->sock, line->in + line->in_length, sizeof(line->in) - line->in_length, MSG_DONTWAIT);
	size_t at = 0;

	if (length <= 0) {
		if (length == 0 || (errno != EAGAIN && errno != EINTR))
			line_open_again(line);
		return;
	}
	line->in_length += (size_t)length;
	while (line->in_length - at >= 2) {
		size_t message = (size_t)(line->in[at] << 8 | line->in[at + 1]);

		if (line->in_length - at < 2 + message)
			break;
		take_answer(line, line->in + at + 2, message);
		at += 2 + message;
	}
	memmove(line->in, line->in + at, line->in_length - at);
	line->in_length -= at;
}

static void write_stream(struct line *line)
{
	ssize_t length = send(line->sock, line->out, line->out_length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (length < 0 && errno != EAGAIN && errno != EINTR) {
		line_open_again(line);
	} else if (length > 0) {
		line->out_length -= (size_t)length;
		memmove(line->out, line->out + length, line->out_length);
	}
}

/* Questions that nobody answers make place. True while any is on its way. */
static bool give_up(struct line *line, double time)
{
	bool waiting = false;

	for (size_t i = 0; i < DEPTH; i++) {
		if (line->pending[i].since > 0 && time - line->pending[i].since > PATIENCE) {
			line->pending[i].since = 0;
			counts.lost++;
		}
		waiting |= line->pending[i].since > 0;
	}
	return waiting;
}

static void lines_open(const char *address)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;

	if (getaddrinfo(address, "53", &hints, &found) != 0)
		fail(address);
	for (size_t i = 0; i < UDP_EACH + TCP_EACH; i++) {
		struct line *line = calloc(1, sizeof(*line));

		if (!line || line_count == LINES_MAX)
			fail("too many addresses");
		line->to = found;
		line->stream = i >= UDP_EACH;
		line_open(line);
		lines[line_count++] = line;
	}
}

static void run(void)
{
	struct pollfd polled[LINES_MAX];
	double checked = 0;
	bool waiting = true;

	while (waiting || counts.asked < wanted) {
		double time = now();

		for (size_t i = 0; i < line_count; i++) {
			ask_more(lines[i]);
			if (lines[i]->out_length > 0)
				write_stream(lines[i]);
			polled[i] = (struct pollfd){.fd = lines[i]->sock, .events = POLLIN};
		}
		if (poll(polled, line_count, 100) < 0)
			fail("poll");
		for (size_t i = 0; i < line_count; i++)
			if (polled[i].revents)
				lines[i]->stream ? read_stream(lines[i]) : read_datagrams(lines[i]);
		if (time - checked < 0.2 && counts.asked < wanted)
			continue;
		checked = time;
		waiting = false;
		for (size_t i = 0; i < line_count; i++)
			waiting |= give_up(lines[i], time);
	}
}

static void print_counts(double seconds)
{
	printf("asked %lu\nanswered %lu\nlost %lu\nlate %lu\nleaks %lu\noctets %lu\nudp %lu\ntcp %lu\ntruncated %lu\nagain %lu\ndata %lu\n"
	       "empty %lu\n",
	       counts.asked, counts.by[0] + counts.by[1], counts.lost, counts.late, counts.leaks, counts.octets,
	       counts.by[0], counts.by[1], counts.truncated, counts.again, counts.data, counts.empty);
	for (unsigned i = 0; i < 16; i++)
		if (counts.rcodes[i])
			printf("rcode%u %lu\n", i, counts.rcodes[i]);
	printf("seconds %.0f\n", seconds);
}

static void rules_load(const char *path)
{
	char text[65536];
	FILE *file = fopen(path, "r");
	unsigned wrong;

	if (!file)
		fail(path);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	wrong = inspect_rules_read(&rules, text);
	if (wrong) {
		fprintf(stderr, "dns-load: %s: line %u is no rule\n", path, wrong);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	double began = now();

	if (argc > 1 && strcmp(argv[1], "--first") == 0) {
		first_only = true;
		argc--;
		argv++;
	}
	if (argc < 6) {
		fprintf(stderr, "usage: dns-load [--first] RULES COUNT SEED HOSTS[/RARELY] ADDRESS...\n");
		return 2;
	}
	rules_load(argv[1]);
	wanted = strtoul(argv[2], NULL, 10);
	choices.state = strtoull(argv[3], NULL, 10) * 2 + 1;
	sscanf(argv[4], "%u/%u", &hosts.count, &hosts.rarely);
	for (int i = 5; i < argc; i++)
		lines_open(argv[i]);
	run();
	print_counts(now() - began);
	return counts.leaks > 0;
}
