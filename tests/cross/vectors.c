/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the packet core makes of packets, octet by octet, so that builds for two machines can be compared.
 *
 * usage: vectors [--settings RELAY.CONF] FILE...
 *
 * A file is an input of tests/fuzz/translate-fuzz.c: an octet of setting bits, then frames, each behind its length in two octets. --settings takes the
 * place of what the bits say. A line is printed for each frame: verdict, reason, and the frames that came of it.
 *
 * A virtio header has the byte order of its machine. In files and lines it has network order, so that both are the same everywhere.
 */
#include "tests/fuzz/translate-fuzz.c"

#include "conf/reader.h"
#include "conf/report.h"

#define INPUT_MAX (1 << 23)

static struct conf_settings *own; /* NULL: the bits of each file */

/* The four words of the header, from network order or into it. */
static void header_swap(uint8_t *frame, size_t length)
{
	for (size_t at = 2; at < VNET && at + 2 <= length; at += 2) {
		uint16_t word;

		memcpy(&word, frame + at, sizeof(word));
		word = htons(word);
		memcpy(frame + at, &word, sizeof(word));
	}
}

static void result_print(const struct nat64_result *result)
{
	printf("%d %s", result->verdict, nat64_reason_name(result->reason));
	for (size_t i = 0; i < result->count; i++) {
		uint8_t *frame = result->frames[i].iov_base;

		header_swap(frame, result->frames[i].iov_len);
		putchar(' ');
		for (size_t at = 0; at < result->frames[i].iov_len; at++)
			printf("%02x", frame[at]);
	}
	putchar('\n');
}

static void frame_run(const uint8_t *frame, size_t length)
{
	static _Alignas(16) uint8_t buffer[FRAME_START + NAT64_FRAME_MAX];
	static struct nat64_result result;

	if (length > NAT64_FRAME_MAX)
		length = NAT64_FRAME_MAX;
	memset(buffer, 0, sizeof(buffer));
	memcpy(buffer + FRAME_START, frame, length);
	header_swap(buffer + FRAME_START, length);
	if (repairs && length > VNET)
		repair(buffer + FRAME_START + VNET, length - VNET);
	nat64_translate(&context, buffer + FRAME_START, length, &result);
	result_print(&result);
}

static void input_run(const uint8_t *data, size_t size)
{
	setup(data[0]);
	if (own) {
		nat64_maps_clear(&maps);
		context.settings = own;
		if (nat64_maps_init(&maps, own, (struct nat64_leases){0}, NULL))
			abort();
	}
	for (data++, size--; size >= 2;) {
		size_t length = (size_t)data[0] << 8 | data[1];

		data += 2;
		size -= 2;
		if (length > size)
			length = size;
		frame_run(data, length);
		data += length;
		size -= length;
	}
}

static int settings_read(const char *path)
{
	struct conf_report report = {0};

	own = conf_settings_read(path, &report);
	for (size_t i = 0; i < report.count; i++)
		fprintf(stderr, "vectors: %s\n", report.lines[i]);
	return own ? 0 : 1;
}

int main(int argc, char **argv)
{
	static uint8_t input[INPUT_MAX];
	int at = 1;

	if (argc > 2 && !strcmp(argv[1], "--settings")) {
		if (settings_read(argv[2]))
			return 1;
		at = 3;
	}
	for (; at < argc; at++) {
		FILE *file = fopen(argv[at], "rb");
		size_t size = file ? fread(input, 1, sizeof(input), file) : 0;

		if (!size) {
			perror(argv[at]);
			return 1;
		}
		fclose(file);
		input_run(input, size);
	}
	return 0;
}
