/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left to nat64d once it has given up its privileges: tried from inside, each thing by a process of its own.
 *
 * The world of these processes is a folder with data/, sockets/ and settings/, which the daemon would have, and secret, which is none
 * of its business; they stand in that folder, so that paths are relative. As root they become nobody, otherwise they stay who they are.
 */
#include "nat64/daemon/privileges.h"

#include "conf/report.h"
#include "nat64/daemon/sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/landlock.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char world[] = "/tmp/privileges-test.XXXXXX";
static uid_t user;

typedef int attempt(const void *what); /* 0, or the errno that it failed with */

static int open_or_fail(const char *path, int flags)
{
	int file = open(path, flags | O_CLOEXEC);

	if (file < 0) {
		perror(path);
		_exit(101);
	}
	return file;
}

/* Become what nat64d becomes. In a process of its own. */
static void give_up(void)
{
	struct conf_report notices = {0}, report = {0};
	struct nat64d_privileges privileges;

	if (nat64d_privileges_find(&privileges, "nobody", NULL, &report))
		_exit(102);
	privileges.data = open_or_fail("data", O_RDONLY | O_DIRECTORY);
	privileges.sockets = open_or_fail("sockets", O_RDONLY | O_DIRECTORY);
	privileges.settings = "settings/relay.conf";
	privileges.map_file = "maps/map-file";
	if (nat64d_privileges_drop(&privileges, &notices, &report)) {
		fprintf(stderr, "%s\n", report.lines[0]);
		_exit(103);
	}
	conf_report_clear(&notices);
}

static int errno_inside(attempt *try, const void *what)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		give_up();
		_exit(try(what));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int result_of(long value)
{
	return value < 0 ? errno : 0;
}

static const char *word(int error)
{
	return error ? strerrorname_np(error) ? strerrorname_np(error) : "a signal or a failed start" : "success";
}

static void expect(const char *name, int got, int wanted)
{
	if (got != wanted)
		fail_msg("%s: expected %s, got %s (%d)", name, word(wanted), word(got), got);
}

/* --- files --- */

struct file_row {
	const char *name, *path;
	int flags;
	int expected;
	const char *target; /* the path is renamed to this; "": it is removed */
};

static int file_try(const void *what)
{
	const struct file_row *row = what;

	if (!row->target)
		return result_of(open(row->path, row->flags, 0644));
	return result_of(*row->target ? rename(row->path, row->target) : unlink(row->path));
}

static void files_that_stay_in_reach(void **state)
{
	static const struct file_row rows[] = {
		{"the settings are read again", "settings/relay.conf", O_RDONLY, 0, NULL},
		{"new settings in their place", "settings/new.conf", O_RDONLY, 0, NULL},
		{"a map-file", "maps/map-file", O_RDONLY, 0, NULL},
		{"where the link of the settings leads", "real/relay.conf", O_RDONLY, 0, NULL},
		{"the leases are read", "data/dynamic.map", O_RDONLY, 0, NULL},
		{"new leases are written", "data/dynamic.map~~", O_WRONLY | O_CREAT | O_TRUNC, 0, NULL},
		{"and over a file that is there", "data/dynamic.map", O_WRONLY | O_CREAT | O_TRUNC, 0, NULL},
		{"and put in place", "data/dynamic.map~~", 0, 0, "data/dynamic.map"},
		{"the socket is taken away", "sockets/nat64d.sock", 0, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(rows[i].name, errno_inside(file_try, &rows[i]), rows[i].expected);
}

static void files_out_of_reach(void **state)
{
	static const struct file_row rows[] = {
		{"a file that all may read", "/etc/passwd", O_RDONLY, EACCES, NULL},
		{"a file beside the folders", "secret", O_RDONLY, EACCES, NULL},
		{"the same by way of a folder", "data/../secret", O_RDONLY, EACCES, NULL},
		{"the same by a link", "data/link", O_RDONLY, EACCES, NULL},
		{"a list of the root", "/", O_RDONLY | O_DIRECTORY, EACCES, NULL},
		{"a list of the data", "data", O_RDONLY | O_DIRECTORY, EACCES, NULL},
		{"the device again", "/dev/net/tun", O_RDWR, EACCES, NULL},
		{"a temporary file", "/tmp/privileges-test.new", O_WRONLY | O_CREAT, EACCES, NULL},
		{"writing of settings", "settings/relay.conf", O_WRONLY, EACCES, NULL},
		{"making of settings", "settings/other.conf", O_WRONLY | O_CREAT, EACCES, NULL},
		{"making among the sockets", "sockets/new", O_WRONLY | O_CREAT, EACCES, NULL},
		{"reading among the sockets", "sockets/nat64d.lock", O_RDONLY, EACCES, NULL},
		{"removing of settings", "settings/relay.conf", 0, EACCES, ""},
		{"moving leases elsewhere", "data/dynamic.map", 0, EACCES, "settings/dynamic.map"},
	};

	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0)
		skip();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(rows[i].name, errno_inside(file_try, &rows[i]), rows[i].expected);
	if (!SANITIZED)
		expect("/proc", errno_inside(file_try, &(struct file_row){"", "/proc/self/status", O_RDONLY, 0, NULL}),
		       EACCES);
}

/* --- system calls --- */

struct call_row {
	const char *name;
	long number;
	long arguments[3];
	bool sanitizers_call_it;
};

static int call_try(const void *what)
{
	const struct call_row *row = what;

	return result_of(syscall(row->number, row->arguments[0], row->arguments[1], row->arguments[2], 0, 0, 0));
}

#define CALL(name, ...)                                                                                                \
	{                                                                                                              \
#name, SYS_##name, {__VA_ARGS__ }, false                                                               \
	}
#define CALL_SANITIZERS(name, ...)                                                                                     \
	{                                                                                                              \
#name, SYS_##name, {__VA_ARGS__ }, true                                                                \
	}

static void calls_that_are_refused(void **state)
{
	static const struct call_row rows[] = {
		/* other programs and processes */
		CALL(execve, 0),
		CALL(execveat, 0),
		CALL(clone3, 0),
		CALL(process_vm_readv, 0),
		CALL(process_vm_writev, 0),
		CALL(pidfd_open, 1),
		CALL(pidfd_getfd, 1),
		CALL(pidfd_send_signal, 1),
		CALL(tkill, 1),
		CALL(rt_sigqueueinfo, 1),
		CALL(kcmp, 1, 1),
		CALL_SANITIZERS(clone, SIGCHLD),
		CALL_SANITIZERS(ptrace, 0),
		CALL_SANITIZERS(kill, 1, 0),
		CALL_SANITIZERS(tgkill, 1, 1, 0),
		CALL_SANITIZERS(prctl, 0),
		CALL_SANITIZERS(wait4, -1),
		/* who we are */
		CALL(setuid, 0),
		CALL(setgid, 0),
		CALL(setresuid, 0),
		CALL(setgroups, 0),
		CALL(capset, 0),
		CALL(personality, 0),
		CALL(setsid, 0),
		CALL(prlimit64, 0, 0, 1),
		CALL(sched_setaffinity, 0),
		CALL(setpriority, 0),
		/* the view of files */
		CALL(mount, 0),
		CALL(umount2, 0),
		CALL(pivot_root, 0),
		CALL(chroot, 0),
		CALL(unshare, 0),
		CALL(setns, 0),
		CALL(chdir, 0),
		CALL(fchdir, 0),
		CALL(mkdirat, -1),
		CALL(symlinkat, 0),
		CALL(linkat, 0),
		CALL(mknodat, 0),
		CALL(fchmod, -1),
		CALL(fchmodat, 0),
		CALL(fchown, -1),
		CALL(fchownat, 0),
		CALL(truncate, 0),
		CALL(utimensat, 0),
		CALL(setxattr, 0),
		CALL(name_to_handle_at, 0),
		CALL(open_by_handle_at, 0),
		CALL(inotify_init1, 0),
		CALL(fanotify_init, 0),
		CALL(memfd_create, 0),
		CALL(quotactl, 0),
		/* the network */
		CALL(socket, AF_INET, SOCK_STREAM),
		CALL(socket, AF_INET6, SOCK_DGRAM),
		CALL(socket, AF_NETLINK, SOCK_RAW),
		CALL(socket, AF_PACKET, SOCK_RAW),
		CALL(socketpair, AF_UNIX, SOCK_STREAM),
		CALL(bind, -1),
		CALL(listen, -1),
		CALL(ioctl, -1, TUNSETIFF),
		CALL(ioctl, -1, TUNSETPERSIST),
		CALL(ioctl, -1, TIOCSTI),
		CALL(ioctl, -1, SIOCSIFFLAGS),
	/* memory that runs */
#ifdef SYS_mmap2 /* of machines with 32 bits, some of which have no other */
		CALL(mmap2, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC),
#else
		CALL(mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC),
#endif
		CALL(mprotect, 0, 4096, PROT_READ | PROT_EXEC),
		CALL(pkey_mprotect, 0),
		CALL(remap_file_pages, 0),
		CALL(shmget, 0),
		CALL(userfaultfd, 0),
		/* the kernel itself */
		CALL(bpf, 0),
		CALL(perf_event_open, 0),
		CALL(io_uring_setup, 0),
		CALL(keyctl, 0),
		CALL(add_key, 0),
		CALL(init_module, 0),
		CALL(finit_module, 0),
		CALL(delete_module, 0),
		CALL(kexec_load, 0),
		CALL(reboot, 0),
		CALL(sethostname, 0),
		CALL(settimeofday, 0),
		CALL(clock_settime, 0),
		CALL(swapon, 0),
		CALL(acct, 0),
		CALL(syslog, 0),
		CALL(seccomp, 99),
		CALL(landlock_create_ruleset, 0),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!SANITIZED || !rows[i].sanitizers_call_it)
			expect(rows[i].name, errno_inside(call_try, &rows[i]), ENOSYS);
}

static void *thread_run(void *unused)
{
	return unused;
}

/* What the daemon does at work, in one process. */
static int work_try(const void *unused)
{
	struct ifreq request = {0};
	pthread_t thread;

	(void)unused;
	if (pthread_create(&thread, NULL, thread_run, NULL) || pthread_join(thread, NULL))
		return 1;
	if (socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0)
		return 2;
	if (ioctl(-1, SIOCGIFMTU, &request) == 0 || errno != EBADF)
		return 3;
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return 4;
	if (raise(0) || printf("# work\n") < 0 || fflush(stdout))
		return 5;
	return 0;
}

static void work_goes_on(void **state)
{
	(void)state;
	assert_int_equal(errno_inside(work_try, NULL), 0);
}

static int abort_try(const void *unused)
{
	(void)unused;
	signal(SIGABRT, SIG_DFL);
	abort();
}

static void an_assertion_still_ends_it(void **state)
{
	(void)state;
	assert_int_equal(errno_inside(abort_try, NULL), 1000 + SIGABRT);
}

/* --- what /proc says of it --- */

static void status_expect(const char *text, const char *name, const char *wanted)
{
	const char *line = strstr(text, name);
	size_t length = strlen(name);

	assert_non_null(line);
	if (strncmp(line + length, wanted, strlen(wanted)) || line[length + strlen(wanted)] != '\n')
		fail_msg("%s expected %s, got %.40s", name, wanted, line + length);
}

static void status_of_the_process(void **state)
{
	char path[64], text[4096], users[128];
	int ready[2], end[2];
	ssize_t length;
	pid_t child;
	int file;

	(void)state;
	assert_int_equal(pipe(ready) | pipe(end), 0);
	child = fork();
	if (child == 0) {
		close(end[1]);
		give_up();
		_exit(write(ready[1], "r", 1) != 1 || read(end[0], text, 1) != 0);
	}
	assert_int_equal(read(ready[0], text, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	file = open(path, O_RDONLY);
	length = read(file, text, sizeof(text) - 1);
	assert_true(length > 0);
	text[length] = '\0';
	snprintf(users, sizeof(users), "\t%u\t%u\t%u\t%u", user, user, user, user);
	status_expect(text, "\nUid:", users);
	status_expect(text, "\nCapEff:\t", "0000000000000000");
	status_expect(text, "\nCapPrm:\t", "0000000000000000");
	status_expect(text, "\nCapInh:\t", "0000000000000000");
	status_expect(text, "\nCapAmb:\t", "0000000000000000");
	status_expect(text, "\nNoNewPrivs:\t", "1");
	status_expect(text, "\nSeccomp:\t", "2");
	if (geteuid() == 0) {
		status_expect(text, "\nCapBnd:\t", "0000000000000000");
		status_expect(text, "\nGroups:\t", " ");
	}
	for (size_t i = 0; i < 2; i++) {
		close(ready[i]);
		close(end[i]);
	}
	close(file);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* --- the world --- */

static int touch(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	return file < 0 || fchown(file, user, (gid_t)-1) || close(file) ? -1 : 0;
}

static int world_make(void **state)
{
	static const char *const folders[] = {"data", "sockets", "settings", "maps", "real"};
	static const char *const files[] = {"secret",
					    "data/dynamic.map",
					    "data/dynamic.map~~",
					    "sockets/nat64d.sock",
					    "sockets/nat64d.lock",
					    "settings/new.conf",
					    "maps/map-file",
					    "real/relay.conf"};
	struct conf_report report = {0};
	struct nat64d_privileges privileges;

	(void)state;
	if (nat64d_privileges_find(&privileges, "nobody", NULL, &report) || !mkdtemp(world) || chmod(world, 0755) ||
	    chdir(world))
		return -1;
	user = privileges.user;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mkdir(folders[i], 0755) || chown(folders[i], user, (gid_t)-1))
			return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (touch(files[i]))
			return -1;
	return symlink("../secret", "data/link") || symlink("../real/relay.conf", "settings/relay.conf");
}

static int world_remove(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", world);
	return chdir("/") || system(command);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_of_the_process), cmocka_unit_test(files_that_stay_in_reach),
		cmocka_unit_test(files_out_of_reach),    cmocka_unit_test(calls_that_are_refused),
		cmocka_unit_test(work_goes_on),          cmocka_unit_test(an_assertion_still_ends_it),
	};

	return cmocka_run_group_tests_name("privileges", tests, world_make, world_remove);
}
