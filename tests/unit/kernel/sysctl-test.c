/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel: sysctls in a tree of our own, and the memory of what they were; no root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/report.h"
#include "kernel/sysctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A tree in place of /proc/sys, and the memory beside it. */
struct tree {
	char folder[64], root[80], memory[80];
	struct kernel_sysctls sysctls;
};

static void put(const struct tree *tree, const char *name, const char *value)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", tree->root, name);
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", value);
	fclose(file);
}

static void expect(const struct tree *tree, const char *name, const char *value)
{
	char got[KERNEL_SYSCTL_VALUE] = "";

	assert_int_equal(kernel_sysctl_read(&tree->sysctls, name, got), 0);
	if (strcmp(got, value))
		fail_msg("%s: expected %s, got %s", name, value, got);
}

static int tree_make(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	snprintf(tree->folder, sizeof(tree->folder), "/tmp/kernel-test-XXXXXX");
	if (!mkdtemp(tree->folder))
		return -1;
	snprintf(tree->root, sizeof(tree->root), "%s/sys", tree->folder);
	snprintf(tree->memory, sizeof(tree->memory), "%s/sysctl.json", tree->folder);
	tree->sysctls = (struct kernel_sysctls){tree->root, tree->memory};
	put(tree, "net/ipv4/ip_forward", "0");
	put(tree, "net/ipv6/conf/all/forwarding", "1");
	put(tree, "net/ipv4/conf/all/forwarding", "0");
	put(tree, "net/ipv4/conf/all/accept_redirects", "0");
	put(tree, "net/ipv4/conf/eth0.5/forwarding", "1");
	put(tree, "net/ipv4/conf/eth1/forwarding", "0");
	put(tree, "net/ipv4/conf/nat64/forwarding", "1");
	*state = tree;
	return 0;
}

static int tree_remove(void **state)
{
	struct tree *tree = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", tree->folder);
	if (system(command) != 0)
		return -1;
	free(tree);
	return 0;
}

static void count_restored(void *context, const char *what)
{
	(void)what;
	++*(int *)context;
}

static int claim_and_write(const struct tree *tree, const char *name, const char *value)
{
	struct conf_report report = {0};
	int result = kernel_sysctl_claim(&tree->sysctls, name, value, &report);

	if (result == 0)
		result = kernel_sysctl_write(&tree->sysctls, name, value, &report);
	assert_int_equal(report.count, result ? 1 : 0);
	conf_report_clear(&report);
	return result;
}

/* How many entries has the memory? */
static size_t memory_count(const struct tree *tree)
{
	char line[256];
	size_t count = 0;
	FILE *file = fopen(tree->memory, "r");

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, "\"before\"") != NULL;
	if (file)
		fclose(file);
	return count;
}

static void test_sysctls_are_put_back(void **state)
{
	const struct tree *tree = *state;
	struct conf_report report = {0};
	int restored = 0;

	assert_int_equal(claim_and_write(tree, "net/ipv4/ip_forward", "1"), 0);
	expect(tree, "net/ipv4/ip_forward", "1");
	assert_int_equal(claim_and_write(tree, "net/ipv4/ip_forward", "1"), 0);
	assert_int_equal(memory_count(tree), 1); /* the first memory stays */
	assert_int_equal(kernel_sysctl_restore(&tree->sysctls, count_restored, &restored, &report), 0);
	expect(tree, "net/ipv4/ip_forward", "0");
	assert_int_equal(restored, 1);
	assert_int_equal(access(tree->memory, F_OK), -1);
	assert_int_equal(kernel_sysctl_restore(&tree->sysctls, count_restored, &restored, &report), 0);
	assert_int_equal(restored, 1);
}

static void test_what_somebody_changed_since_stays(void **state)
{
	const struct tree *tree = *state;
	struct conf_report report = {0};

	assert_int_equal(claim_and_write(tree, "net/ipv4/ip_forward", "1"), 0);
	put(tree, "net/ipv4/ip_forward", "2");
	assert_int_equal(kernel_sysctl_restore(&tree->sysctls, NULL, NULL, &report), 0);
	expect(tree, "net/ipv4/ip_forward", "2");
}

static void test_forwarding_remembers_what_goes_along(void **state)
{
	const struct tree *tree = *state;
	struct conf_report report = {0};
	int restored = 0;

	assert_int_equal(kernel_forwarding_set(&tree->sysctls, "net/ipv4/ip_forward", "nat64", &report), 0);
	expect(tree, "net/ipv4/ip_forward", "1");
	put(tree, "net/ipv4/conf/eth0.5/forwarding", "0"); /* what the kernel does when it is turned off */
	put(tree, "net/ipv4/conf/eth1/forwarding", "0");
	put(tree, "net/ipv4/conf/nat64/forwarding", "0");
	put(tree, "net/ipv4/conf/all/accept_redirects", "1");
	assert_int_equal(kernel_sysctl_restore(&tree->sysctls, count_restored, &restored, &report), 0);
	expect(tree, "net/ipv4/ip_forward", "0");
	expect(tree, "net/ipv4/conf/eth0.5/forwarding", "1");
	expect(tree, "net/ipv4/conf/all/accept_redirects", "0");
	expect(tree, "net/ipv4/conf/nat64/forwarding", "0");
	assert_int_equal(restored, 3);
}

static void test_a_broken_memory_is_no_memory(void **state)
{
	static const char *const texts[] = {"",
					    "{",
					    "[]",
					    "{\"version\":2,\"sysctls\":[]}",
					    "{\"version\":1}",
					    "{\"version\":1,\"sysctls\":[7,{}]}",
					    "{\"version\":1,\"sysctls\":[{\"name\":\"../../x\",\"before\":\"1\"}]}"};
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct conf_report report = {0};
		FILE *file = fopen(tree->memory, "w");

		assert_non_null(file);
		fputs(texts[i], file);
		fclose(file);
		assert_int_equal(kernel_sysctl_restore(&tree->sysctls, NULL, NULL, &report), 0);
		assert_int_equal(report.count, 0);
	}
}

static const char stolen[] = "{\"version\":1,\"sysctls\":[{\"name\":\"kernel/core_pattern\",\"before\":\"|/tmp/x\"},"
			     "{\"name\":\"net/ipv4/../../kernel/core_pattern\",\"before\":\"|/tmp/x\"},"
			     "{\"name\":\"net/ipv4/ip_forward\",\"before\":\"1\"}]}";

static void test_only_the_network_is_put_back(void **state)
{
	const struct tree *tree = *state;
	struct conf_report report = {0};
	FILE *file = fopen(tree->memory, "w");
	int restored = 0;

	put(tree, "kernel/core_pattern", "core");
	assert_non_null(file);
	fputs(stolen, file);
	fclose(file);
	assert_int_equal(kernel_sysctl_restore(&tree->sysctls, count_restored, &restored, &report), 0);
	expect(tree, "kernel/core_pattern", "core");
	expect(tree, "net/ipv4/ip_forward", "1");
	assert_int_equal(restored, 1);
}

/* The daemons' user may put links into the folder of the memory. */
static void test_a_memory_by_a_link_is_neither_read_nor_written(void **state)
{
	const struct tree *tree = *state;
	struct conf_report report = {0};
	char elsewhere[96], temporary[96], text[16] = "";
	FILE *file;

	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", tree->folder);
	snprintf(temporary, sizeof(temporary), "%s.new", tree->memory);
	file = fopen(elsewhere, "w");
	assert_non_null(file);
	fputs(stolen, file);
	fclose(file);
	assert_int_equal(symlink(elsewhere, tree->memory), 0);
	assert_int_equal(symlink(elsewhere, temporary), 0);
	assert_int_equal(kernel_sysctl_restore(&tree->sysctls, NULL, NULL, &report), 0);
	expect(tree, "net/ipv4/ip_forward", "0");
	assert_int_equal(claim_and_write(tree, "net/ipv4/ip_forward", "1"), 0);
	assert_int_equal(readlink(tree->memory, text, sizeof(text)), -1);
	file = fopen(elsewhere, "r");
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	if (strncmp(text, stolen, sizeof(text) - 1))
		fail_msg("the file behind the link: expected it untouched, got %s", text);
}

static void test_a_sysctl_that_is_not_there_is_reported(void **state)
{
	const struct tree *tree = *state;
	char text[KERNEL_SYSCTL_NAME];

	assert_int_equal(claim_and_write(tree, "net/ipv4/conf/gone/rp_filter", "1"), -1);
	assert_string_equal(kernel_sysctl_print("net/ipv4/conf/eth0.5/forwarding", text),
			    "net.ipv4.conf.eth0/5.forwarding");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sysctls_are_put_back, tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(test_what_somebody_changed_since_stays, tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(test_forwarding_remembers_what_goes_along, tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(test_a_broken_memory_is_no_memory, tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(test_only_the_network_is_put_back, tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(test_a_memory_by_a_link_is_neither_read_nor_written, tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(test_a_sysctl_that_is_not_there_is_reported, tree_make, tree_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
