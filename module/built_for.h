/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mark inside splitdns.so before the two texts of the Unbound that it is built for. */
#ifndef MODULE_BUILT_FOR_H
#define MODULE_BUILT_FOR_H

/* In the file: this text, the version and the configure line, a NUL after each. */
#define BUILT_FOR_MARK "splitdns.so is built for:"

#endif
