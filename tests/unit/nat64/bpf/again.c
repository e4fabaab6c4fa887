/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tests of the packet core a second time: linked with one of them, it sends every packet of theirs by the program in the kernel as well, between
 * endpoints that were learned of that very packet. What they expect of the core then holds for the program.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "ways.h"

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef NOTHING_IS_PLAIN /* ICMP errors alone: every packet is left to nat64d, as it is */
#define PLAIN_EXPECTED false
#else
#define PLAIN_EXPECTED true
#endif

static struct ways *ways;

/* The kernel cuts these before the device. */
static bool is_too_long(const struct lab *lab)
{
	return lab->length > UINT16_MAX;
}

static void translate_both_ways(struct lab *lab)
{
	if (lab->length && !is_too_long(lab))
		ways_try_alone(ways, lab);
	else
		nat64_translate(&lab->context, lab->frame, sizeof(struct virtio_net_hdr) + lab->length, &lab->result);
}

/* A second run in which no packet took the program has shown nothing, unless it is to show that. */
static void finish(void)
{
	struct ways_count count = ways_count(ways);

	printf("# %u packets by the kernel, %u by the device, %u that cannot be sent\n", count.kernel, count.device,
	       count.refused);
	fflush(stdout);
	ways_close(ways);
	if (!count.device || PLAIN_EXPECTED != (count.kernel > 0))
		_exit(EXIT_FAILURE);
}

__attribute__((constructor)) static void begin(void)
{
	char reason[200];

	ways = ways_open(reason, sizeof(reason));
	if (!ways) {
		printf("1..0 # SKIP no fast path here: %s\n", reason);
		exit(EXIT_SUCCESS);
	}
	lab_translator = translate_both_ways;
	atexit(finish);
}
