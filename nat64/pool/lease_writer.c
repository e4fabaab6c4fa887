/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the file of leases is written.
 *
 * A new lease is written at once, but no more than one write begins in a second: while clients keep coming, each write
 * takes all that came meanwhile. Where a write takes long, a large pool on a slow disk, the pause between two of them is
 * twenty times as long. Without a change the file is written once an hour, so that after a crash the leases'
 * ages are right to an hour. A failed write is tried again after ten seconds.
 */
#include "nat64/pool/lease_writer.h"

#include "conf/clock.h"
#include "conf/report.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_walk.h"

#define AFTER_CHANGE   1000
#define AFTER_FAILURE  10000
#define WITHOUT_CHANGE 3600000
#define SHARE          20 /* of the time that is spent writing: one in so many */

void nat64_lease_writer_init(struct nat64_lease_writer *writer, int folder, struct leases *leases,
			     const struct conf_settings *settings, int64_t now)
{
	*writer = (struct nat64_lease_writer){
		.folder = folder, .leases = leases, .settings = settings, .tried = now - AFTER_CHANGE};
	writer->pause = AFTER_CHANGE;
	if (leases)
		writer->generation = nat64_leases_generation(leases);
}

void nat64_lease_writer_change(struct nat64_lease_writer *writer, struct leases *leases, const struct conf_settings *settings)
{
	if (leases && leases != writer->leases)
		writer->generation = nat64_leases_generation(leases) - 1;
	writer->leases = leases;
	writer->settings = settings;
}

int nat64_lease_writer_delay(const struct nat64_lease_writer *writer, int64_t now)
{
	int64_t due;

	if (!writer->leases)
		return -1;
	if (writer->failing)
		due = writer->tried + AFTER_FAILURE;
	else if (nat64_leases_generation(writer->leases) != writer->generation)
		due = writer->tried + writer->pause;
	else
		due = writer->tried + WITHOUT_CHANGE;
	return due > now ? (int)(due - now) : 0;
}

int nat64_lease_writer_write(struct nat64_lease_writer *writer, int64_t now, struct conf_report *report)
{
	struct conf_report unheard = {0};
	uint64_t generation;
	int64_t began = conf_clock_ms(CLOCK_BOOTTIME);
	int failed;

	if (!writer->leases)
		return 0;
	generation = nat64_leases_generation(writer->leases); /* before the write: what comes meanwhile is written next */
	failed = nat64_leasefile_write(writer->folder, writer->leases, writer->settings, nat64_leasefile_clock_read(),
				       writer->failing ? &unheard : report);
	conf_report_clear(&unheard);
	writer->pause = (conf_clock_ms(CLOCK_BOOTTIME) - began) * SHARE;
	if (writer->pause < AFTER_CHANGE)
		writer->pause = AFTER_CHANGE;
	writer->tried = now;
	writer->failing = failed;
	if (failed)
		return -1;
	writer->generation = generation;
	return 1;
}
