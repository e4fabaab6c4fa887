/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ways of a packet: by the program in the kernel, on a real device, and by the packet core. They have to give the same octets. */
#ifndef TESTS_WAYS_H
#define TESTS_WAYS_H

#include "nat64/daemon/fastpath.h"
#include "tests/unit/nat64/core/packet-lab.h"

struct ways;

enum way {
	WAY_REFUSED, /* the kernel does not send such a frame, or drops it before the device */
	WAY_DEVICE,  /* to nat64d */
	WAY_KERNEL,  /* translated, and back */
};

struct ways_count {
	unsigned refused, device, kernel;
};

/* A network namespace for this process, with a device whose egress has the program. NULL with the reason: none of this can be had here. */
struct ways *ways_open(char *reason, size_t size);
void ways_close(struct ways *ways);

/* Does the kernel take super-packets of UDP? */
bool ways_cut_datagrams(const struct ways *ways);
struct fastpath *ways_fastpath(const struct ways *ways);

/* Another generation of the settings, which are the lab's: no pair is known. */
void ways_change(struct ways *ways, const struct lab *lab);
/* Have the pair of the lab's packet learned as nat64d does, by what the core makes of it. */
void ways_learn(struct ways *ways, struct lab *lab);
/* The same by a rule with leases. */
void ways_learn_by(struct ways *ways, struct lab *lab, const struct plain_rule *rule);

/* Send the frame, and hold what comes of it against the core's result in the lab, or against the frame. */
enum way ways_compare(struct ways *ways, const struct lab *lab, const uint8_t *frame, size_t length);
/* Have the core translate the lab's packet, and compare. */
enum way ways_try(struct ways *ways, struct lab *lab);
/* The same by the lab's settings, after the endpoints of this very packet, if it is translated, became a pair: an odd packet too is judged by the program. */
enum way ways_try_alone(struct ways *ways, struct lab *lab);

struct ways_count ways_count(const struct ways *ways);

#endif
