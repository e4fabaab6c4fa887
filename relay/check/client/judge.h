/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a client sees to findings. A judge asks nobody. */
#ifndef RELAY_CHECK_CLIENT_JUDGE_H
#define RELAY_CHECK_CLIENT_JUDGE_H

#include "relay/check/finding.h"

struct relay_client;

typedef void relay_client_judge(const struct relay_client *client, struct relay_findings *findings);

relay_client_judge relay_client_judge_tailscaled; /* up, key, what it takes */
relay_client_judge relay_client_judge_split_dns;  /* to whom the domain is handed */
relay_client_judge relay_client_judge_relay;      /* what the relay's resolver says to this client */
relay_client_judge relay_client_judge_answer;     /* what the name became for programs here, and by whom */
relay_client_judge relay_client_judge_route;
relay_client_judge relay_client_judge_traffic;
relay_client_judge relay_client_judge_plain;

/* All of them; what follows from what is found out here, since a client's reasons are not the relay's. */
relay_client_judge relay_client_judge_all;

/* The first of these, ended by FINDING_NONE, that was found; FINDING_NONE. */
enum relay_finding_id relay_client_first_of(const struct relay_findings *findings, const enum relay_finding_id *ids);

#endif
