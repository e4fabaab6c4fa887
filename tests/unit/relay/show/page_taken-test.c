/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has the address of http-listen. It is asked every few seconds: what is read for the answer is counted here, at readlink(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/listeners.h"
#include "relay/show/page_taken.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct holder {
	pid_t pid;
	unsigned port;
	unsigned own, others; /* descriptors that were read, of it and of this process, which has another name */
} holder;

ssize_t readlink(const char *path, char *target, size_t size)
{
	long pid = strncmp(path, "/proc/", 6) == 0 ? strtol(path + 6, NULL, 10) : 0;

	holder.own += pid == holder.pid;
	holder.others += pid == getpid();
	return readlinkat(AT_FDCWD, path, target, size);
}

static void hold(const char *program, int out)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned port = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (prctl(PR_SET_NAME, program) == 0 && bind(fd, (struct sockaddr *)&address, length) == 0 &&
	    listen(fd, 1) == 0 && getsockname(fd, (struct sockaddr *)&address, &length) == 0)
		port = ntohs(address.sin_port);
	if (write(out, &port, sizeof(port)) == sizeof(port))
		pause();
	_exit(1);
}

/* A process of this name that listens on a port of its own. */
static void holder_begin(const char *program)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	holder = (struct holder){.pid = fork()};
	if (holder.pid == 0)
		hold(program, ends[1]);
	assert_true(holder.pid > 0);
	assert_int_equal(read(ends[0], &holder.port, sizeof(holder.port)), sizeof(holder.port));
	assert_int_not_equal(holder.port, 0);
	close(ends[0]);
	close(ends[1]);
}

static void holder_end(void)
{
	kill(holder.pid, SIGKILL);
	waitpid(holder.pid, NULL, 0);
}

static bool is_taken(struct kernel_listener *by)
{
	const struct conf_address address = {.family = AF_INET, .v4.s_addr = htonl(INADDR_LOOPBACK)};

	return relay_page_is_taken(&address, holder.port, by);
}

static void another_program_is_named(void **state)
{
	struct kernel_listener by;

	(void)state;
	holder_begin("another");
	assert_true(is_taken(&by));
	assert_string_equal(by.program, "another");
	assert_int_equal(by.pid, holder.pid);
	holder_end();
	assert_false(is_taken(&by));
}

static void the_servers_own_descriptors_tell_it(void **state)
{
	struct kernel_listener by;

	(void)state;
	holder_begin("nat64-relay-http");
	assert_false(is_taken(&by));
	assert_true(holder.own > 0);
	assert_int_equal(holder.others, 0);
	holder_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_program_is_named),
		cmocka_unit_test(the_servers_own_descriptors_tell_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
