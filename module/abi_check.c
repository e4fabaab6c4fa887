/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard against an Unbound that the module was not built for.
 *
 * Unbound promises modules no stable layout: another version, or the same version configured in another way, crashes
 * on the first query. So the module looks, before it touches any of Unbound's structures, for three proofs:
 *
 *   1. the version and the configure line of the source it was built against stand, whole, among the constants of the
 *      program that runs. They are read from memory: that works for any user, in any sandbox, without a file;
 *   2. a reply made by the program has its fields where the module expects them;
 *   3. a query points to the mesh state that it lies in.
 *
 * guard_built_for[] also tells the command the same from outside, without loading anything (unbound/dry_run.c).
 */
#include "module/compat.h"

#include "module/built_for.h"
#include "module/abi_check.h"

#include "services/mesh.h"
#include "util/data/msgreply.h"
#include "util/log.h"
#include "util/module.h"

#include <link.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Found by unbound/dry_run.c: the mark, the version and the configure line, each with its NUL. */
__attribute__((used)) static const char guard_built_for[] = BUILT_FOR_MARK "\0" PACKAGE_STRING "\0" CONFCMDLINE;

/* A search of the program's constants; sizes count the NUL at the end, so that "1.1" is not found in "1.17". */
struct guard_search {
	bool version_found;
	bool configure_found;
};

static bool memory_holds(const void *start, size_t length, const char *text, size_t size)
{
	return memmem(start, length, text, size);
}

/* dl_iterate_phdr() calls this for each object, the program first: that one alone counts. */
static int program_search(struct dl_phdr_info *info, size_t size, void *context)
{
	struct guard_search *search = context;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		const void *start = (const void *)(info->dlpi_addr + segment->p_vaddr);

		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_R) || (segment->p_flags & PF_W))
			continue;
		search->version_found |= memory_holds(start, segment->p_filesz, PACKAGE_STRING, sizeof(PACKAGE_STRING));
		search->configure_found |= memory_holds(start, segment->p_filesz, CONFCMDLINE, sizeof(CONFCMDLINE));
	}
	return 1;
}

/* A reply with a mark in each number that the module sets: are they where they should be? */
static bool reply_layout_is_ours(void)
{
	struct reply_info *reply = compat_reply_new(NULL, 0x1234, 101, 102, 103, 1, 1, sec_status_insecure);
	bool ours = reply && reply->flags == 0x1234 && reply->ttl == 101 && reply->prefetch_ttl == 102 &&
		    reply->serve_expired_ttl == 103 && reply->an_numrrsets == 1 && reply->ns_numrrsets == 1 &&
		    reply->ar_numrrsets == 0 && reply->rrset_count == 2 && reply->security == sec_status_insecure &&
		    reply->rrsets && !reply->rrsets[0] && !reply->rrsets[1];

	free(reply);
	return ours;
}

bool splitdns_abi_program_is_ours(void)
{
	struct guard_search search = {false, false};
	const char *wrong = NULL;

	dl_iterate_phdr(program_search, &search);
	if (!search.version_found)
		wrong = "is another version";
	else if (!search.configure_found)
		wrong = "was configured differently";
	else if (!reply_layout_is_ours())
		wrong = "has another layout of structures";
	if (!wrong)
		return true;
	log_err("splitdns: this Unbound %s than the one splitdns.so is built for (%s): start the Unbound that is "
		"installed with nat64-relay, or build the module again with --with-unbound-source",
		wrong, PACKAGE_STRING);
	return false;
}

void splitdns_abi_query_check(const struct module_qstate *qstate)
{
	const char *mesh_state = (const char *)qstate - offsetof(struct mesh_state, s);

	if ((const char *)qstate->mesh_info != mesh_state)
		fatal_exit("splitdns: this Unbound has another layout of queries than the one splitdns.so is built for "
			   "(%s): build the module again with --with-unbound-source",
			   PACKAGE_STRING);
}
