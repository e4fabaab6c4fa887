/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard input, output and error. */
#ifndef CONF_STANDARD_H
#define CONF_STANDARD_H

#include <stdbool.h>

/*
 * Open /dev/null in the place of each that the caller has closed. Otherwise the next file, socket or device that is opened has its number, and gets
 * what is printed. To be called before anything is opened. False: one of them is closed, and there is no /dev/null.
 */
bool conf_standard_open(void);

#endif
