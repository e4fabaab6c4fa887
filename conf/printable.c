/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of others that is to be printed.
 *
 * A terminal takes orders from what is printed on it: an escape sequence renames its window, moves the cursor over what was said before, or
 * types into the shell. They begin with a control character, of ASCII or of the block behind it (C1). Unicode has others that say
 * nothing and change how the rest looks. Letters of any script stay: names of files and comments of relay.conf are quoted in messages.
 */
#include "conf/printable.h"

#include <stdint.h>
#include <string.h>

/* Unicode's characters without a look of their own (categories Cc, Cf, Zl, Zp), and surrogates, which UTF-8 has none of. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},     {0x600, 0x605},   {0x61c, 0x61c},
	{0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},
	{0x2060, 0x206f},   {0xd800, 0xdfff},   {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0x110bd, 0x110bd},
	{0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_hidden(uint32_t character)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (character >= hidden[i].first && character <= hidden[i].last)
			return true;
	return character > 0x10ffff;
}

/* The octets of the character that the text begins with, at most length; 0: it is no UTF-8, or longer than it has to be. */
static size_t character_read(const char *text, size_t length, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)*text;
	size_t count = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;

	if (count == 0 || count > length)
		return 0;
	*character = count == 1 ? first : first & (0x7fu >> count);
	for (size_t i = 1; i < count; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | ((unsigned char)text[i] & 0x3f);
	}
	return *character < least[count] ? 0 : count;
}

bool conf_printable_make(char *text, size_t length, const char *keep)
{
	bool replaced = false;

	while (length > 0) {
		uint32_t character = 0;
		size_t count = character_read(text, length, &character);
		bool good = count > 0 && (!is_hidden(character) ||
					  (character != 0 && character < 0x80 && strchr(keep, (int)character)));

		count = count > 0 ? count : 1;
		if (!good)
			memset(text, '?', count);
		replaced |= !good;
		text += count;
		length -= count;
	}
	return replaced;
}
