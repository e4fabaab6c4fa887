/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read in blocks; the end of one goes before the next, so that a text on the border is found. */
#include "unbound/file_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, OVERLAP = 1024 };

/* Fill up to the given length. How many octets there are then. */
static size_t fill(int fd, char *buffer, size_t length, size_t wanted)
{
	while (length < wanted) {
		ssize_t count = read(fd, buffer + length, wanted - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		length += (size_t)count;
	}
	return length;
}

bool unboundconf_file_find(int fd, const char *text, char *out, size_t size)
{
	size_t text_length = strlen(text), kept = text_length - 1, length = 1;
	char *buffer = malloc(BLOCK + OVERLAP), *at = NULL;
	bool more = buffer && text_length > 0 && text_length <= OVERLAP;

	if (more)
		buffer[0] = '\n';
	while (more) {
		size_t before = length;

		length = fill(fd, buffer, length, BLOCK + OVERLAP);
		at = memmem(buffer, length, text, text_length);
		more = !at && length > before;
		if (more && length > kept) {
			memmove(buffer, buffer + length - kept, kept);
			length = kept;
		}
	}
	if (at) {
		size_t here = length - (size_t)(at - buffer);

		memcpy(out, at, here < size - 1 ? here : size - 1);
		here = here < size - 1 ? fill(fd, out, here, size - 1) : size - 1;
		out[here] = '\0';
	}
	free(buffer);
	return at;
}
