/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The private Unbound's version is in its program's file: dist/unbound/build puts that of the source package into the configure line. Nobody updates it
 * with the distribution's, so this is where it is told that one has come: by dpkg's status and apt's lists, as they lie on the disk.
 */
#include "unbound/age.h"

#include "conf/settings.h"
#include "unbound/debian.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MARK "--with-source-package="

enum { DAY_S = 24 * 60 * 60 };

/* The version behind the mark; a quote may stand before either. */
static bool version_read(const char *program, struct unboundconf_age *age)
{
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	char text[sizeof(MARK) + UNBOUNDCONF_DEBIAN_VERSION];
	struct stat status;
	struct tm date;

	if (fd < 0)
		return false;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || !unboundconf_file_find(fd, MARK, text, sizeof(text))) {
		close(fd);
		return false;
	}
	close(fd);
	if (localtime_r(&status.st_mtime, &date))
		strftime(age->built, sizeof(age->built), "%Y-%m-%d", &date);
	age->days = (long)((time(NULL) - status.st_mtime) / DAY_S);
	age->days = age->days < 0 ? 0 : age->days;
	return unboundconf_debian_version_parse(text + strlen(MARK), age->version);
}

static void newer_compare(struct unboundconf_age *age, const char *version, bool installed)
{
	if (unboundconf_debian_version_compare(version, age->newer[0] != '\0' ? age->newer : age->version) <= 0)
		return;
	snprintf(age->newer, sizeof(age->newer), "%s", version);
	age->installed = installed;
}

bool unboundconf_age_read(const struct conf_settings *settings, const char *root, struct unboundconf_age *age)
{
	char version[UNBOUNDCONF_DEBIAN_VERSION];

	*age = (struct unboundconf_age){.days = 0};
	if (settings->dns.edge_address_count == 0 || !version_read(settings->node.unbound_program, age)) {
		age->version[0] = '\0';
		return false;
	}
	if (unboundconf_debian_installed(root, "unbound", version) ||
	    unboundconf_debian_installed(root, "libunbound8", version))
		newer_compare(age, version, true);
	if (unboundconf_debian_offered(root, "unbound", version))
		newer_compare(age, version, false);
	age->packaged = unboundconf_debian_installed(root, "nat64-relay-unbound", version);
	return true;
}

const char *unboundconf_age_print(const struct unboundconf_age *age, char *text, size_t size)
{
	int length = snprintf(text, size, "Unbound %s, built %s, %ld day%s ago", age->version, age->built, age->days,
			      age->days == 1 ? "" : "s");

	if (age->newer[0] != '\0' && length > 0 && (size_t)length < size)
		snprintf(text + length, size - (size_t)length, "; %s%s",
			 age->installed ? "this machine has installed " : "the distribution has ", age->newer);
	return text;
}

const char *unboundconf_age_advice(const struct unboundconf_age *age)
{
	return age->packaged ?
		       "in the folder of the sources: make deb && sudo apt install ./build/deb/*.deb; then: sudo systemctl restart nat64-relay-unbound" :
		       "in the folder of the sources: ./bootstrap && cd build && ../configure && make && sudo make install; then: "
		       "sudo systemctl restart nat64-relay-unbound";
}

json_t *unboundconf_age_json(const struct conf_settings *settings)
{
	struct unboundconf_age age;

	if (!unboundconf_age_read(settings, "", &age))
		return json_null();
	return json_pack("{s:s, s:s, s:I, s:s*, s:b}", "version", age.version, "built", age.built, "days",
			 (json_int_t)age.days, "newer", age.newer[0] != '\0' ? age.newer : NULL, "newer_is_installed",
			 age.installed);
}
