/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target without a fuzzer, for `make check`: each seed as it is, then inputs made of the seeds, the same ones each time.
 *
 * usage: NAME-random [RUNS [SEED]] [FILE...]      without files: those of tests/fuzz/seeds/NAME, below $srcdir
 *
 * An input is a seed, or two of them joined, with octets changed, taken out, put in or repeated; one in three is all new.
 */
#include "tests/fuzz/choices.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RUNS           20000
#define SEEDS_MAX      256
#define SIZE_MAX_INPUT 65536

struct input {
	size_t size;
	uint8_t octets[SIZE_MAX_INPUT];
};

static struct input *seeds[SEEDS_MAX];
static size_t seed_count;
static struct choices choices;

static void seed_read(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct input *seed = calloc(1, sizeof(*seed));

	if (seed_count == SEEDS_MAX)
		errno = E2BIG;
	if (!file || !seed || seed_count == SEEDS_MAX) {
		perror(path);
		exit(1);
	}
	seed->size = fread(seed->octets, 1, sizeof(seed->octets), file);
	seeds[seed_count++] = seed;
	fclose(file);
}

/* The seeds of the program's own name: tests/fuzz/seeds/NAME for NAME-random. */
static void seeds_find(const char *program)
{
	const char *top = getenv("srcdir");
	char pattern[4096], name[256], *end;
	glob_t found;

	snprintf(name, sizeof(name), "%s", strrchr(program, '/') ? strrchr(program, '/') + 1 : program);
	end = strstr(name, "-random");
	if (end)
		*end = '\0';
	snprintf(pattern, sizeof(pattern), "%s/tests/fuzz/seeds/%s/*", top ? top : ".", name);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		seed_read(found.gl_pathv[i]);
	globfree(&found);
}

static void append(struct input *input, const uint8_t *octets, size_t size)
{
	if (size > sizeof(input->octets) - input->size)
		size = sizeof(input->octets) - input->size;
	memcpy(input->octets + input->size, octets, size);
	input->size += size;
}

static void make_new(struct input *input)
{
	size_t size = choose(&choices, once_in(&choices, 8) ? 4000 : 300);

	while (input->size < size) {
		uint8_t octet = choices_octet(&choices);

		append(input, &octet, 1);
	}
}

/* Change octets, or move a part: over another, or in between. */
static void mutate(struct input *input)
{
	size_t from, at, size;

	if (input->size == 0)
		return;
	from = choose(&choices, (uint32_t)input->size);
	at = choose(&choices, (uint32_t)input->size);
	size = choose(&choices, 32);
	if (size > input->size - (from > at ? from : at))
		size = input->size - (from > at ? from : at);
	switch (choose(&choices, 4)) {
	case 0:
		memmove(input->octets + at, input->octets + from, size);
		break;
	case 1:
		memmove(input->octets + at, input->octets + at + size, input->size - at - size);
		input->size -= size;
		break;
	case 2:
		append(input, input->octets + from, size);
		break;
	default:
		input->octets[at] = choices_octet(&choices);
	}
}

static void make(struct input *input)
{
	input->size = 0;
	if (seed_count == 0 || once_in(&choices, 3)) {
		make_new(input);
		return;
	}
	for (uint32_t parts = 1 + once_in(&choices, 3); parts > 0; parts--) {
		const struct input *seed = seeds[choose(&choices, (uint32_t)seed_count)];

		append(input, seed->octets, seed->size);
	}
	for (uint32_t count = choose(&choices, 8); count > 0; count--)
		mutate(input);
}

/* As a program of its own memory: a sanitizer sees the first octet beyond the input. */
static void run(const struct input *input)
{
	uint8_t *exact = malloc(input->size + !input->size);

	if (!exact)
		abort();
	memcpy(exact, input->octets, input->size);
	LLVMFuzzerTestOneInput(exact, input->size);
	free(exact);
}

int main(int argc, char **argv)
{
	unsigned long runs = RUNS;
	static struct input input;
	int at = 1;

	choices.state = 9929;
	if (at < argc && isdigit((unsigned char)*argv[at]))
		runs = strtoul(argv[at++], NULL, 10);
	if (at < argc && isdigit((unsigned char)*argv[at]))
		choices.state = strtoull(argv[at++], NULL, 10) | 1;
	if (at < argc)
		for (; at < argc; at++)
			seed_read(argv[at]);
	else
		seeds_find(argv[0]);
	printf("1..1\n");
	for (size_t i = 0; i < seed_count; i++)
		run(seeds[i]);
	for (unsigned long i = 0; i < runs; i++) {
		make(&input);
		run(&input);
	}
	printf("ok 1 - %zu seeds, %lu inputs made of them\n", seed_count, runs);
	return 0;
}
