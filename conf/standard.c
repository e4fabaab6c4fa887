/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard input, output and error are open, even if the parent has closed them. */
#include "conf/standard.h"

#include <fcntl.h>
#include <unistd.h>

bool conf_standard_open(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) /* the lowest number that is free */
			return false;
	return true;
}
