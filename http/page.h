/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page.html, as it is built in. */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H

#include <stddef.h>

/* Where the policy's nonce is put in, in its two tags. */
#define HTTP_PAGE_NONCE "@NONCE@"

extern const unsigned char http_page[];
extern const size_t http_page_size;

#endif
