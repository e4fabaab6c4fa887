/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From evidence to findings. A judge sees the evidence and adds findings; it asks nobody. */
#ifndef RELAY_CHECK_JUDGE_H
#define RELAY_CHECK_JUDGE_H

struct relay_evidence;
struct relay_findings;

typedef void relay_judge(const struct relay_evidence *evidence, struct relay_findings *findings);

relay_judge relay_judge_running;    /* is there a relay; are its settings those of the file */
relay_judge relay_judge_edge;       /* the edge addresses: whose, and answered by UDP and TCP */
relay_judge relay_judge_answer;     /* the name, its real name, and what else the answers show */
relay_judge relay_judge_split_dns;  /* to whom split DNS hands the names */
relay_judge relay_judge_route;      /* advertised, approved, primary */
relay_judge relay_judge_policy;     /* which grant is missing */
relay_judge relay_judge_clients;    /* who may ask */
relay_judge relay_judge_tailscaled; /* its state, settings and complaints */
relay_judge relay_judge_traffic;    /* translator, masquerade, target */
relay_judge relay_judge_twin;
relay_judge relay_judge_machine; /* device, rules, routes, disks */
relay_judge relay_judge_subnets; /* routes of other nodes against the relay's networks */
relay_judge relay_judge_boot;
relay_judge relay_judge_unbound;
relay_judge relay_judge_record; /* names that tailscaled answers by itself */
relay_judge relay_judge_around; /* settings by which clients go around the relay */

/* What puts rules, device, routes and sysctls back: up refuses where a watch is at work, and watch itself may have given up. */
const char *relay_judge_put_back(const struct relay_evidence *evidence);

/* All of them, settled. */
relay_judge relay_judge_all;

#endif
