# SPDX-License-Identifier: GPL-2.0-or-later
"""The search for leaks finds them: modules that are broken on purpose, one place each, are asked until something shows."""

import pytest
from flood import Flood
from mutants import mutant

QUESTIONS = 60000  # at most: the first finding ends the search
REAL_HOST = r'(const uint8_t *)"\4host\10tail1234\2ts\3net"'

# what is broken: (source, what stands there, what is put in its place, what the inspector says)
MUTANTS = {
    "the SOA of the real zone": ("question_run.c", "splitdns_answer_negative(qstate->region, &qstate->qinfo, question->zone, rcode, ttl,",
                                 "splitdns_answer_negative(qstate->region, &qstate->qinfo, question->domain ? &question->domain->real : question->zone, rcode, ttl,",
                                 "a real name"),
    "the real name as the owner": ("answer.c", "rrset_new(region, question->qname, question->qname_len, type,",
                                   f"rrset_new(region, {REAL_HOST}, 22, type,", "a real name"),
    "records that are not looked into": ("forward_steps.c", "	uint8_t *joined;\n", "	uint8_t *joined;\n	return false;\n", "a real name"),
    "strings that are not joined": ("forward_steps.c", "if (qstate->qinfo.qtype != LDNS_RR_TYPE_TXT)", "if (true)", "joined strings"),
    "the real names of addresses": ("reverse_steps.c", "splitdns_split_domains_name_shows_real(question->domains, split.octets, split.length))\n			continue;",
                                    "splitdns_split_domains_name_shows_real(question->domains, split.octets, split.length))\n			split = question->domains->list[0].real;",
                                    "a real name"),
    "names of addresses that hold another": ("reverse_steps.c", "splitdns_split_domains_name_shows_real(question->domains, split.octets, split.length))", "false)",
                                             "a real name"),
    "types that hold names": ("forward_steps.c", "if (conf_policy_passes(question->domain->passed, type))",
                              "if (conf_policy_passes(question->domain->passed, type) || type == LDNS_RR_TYPE_HTTPS)", "type that is not passed"),
    "addresses of all the world": ("domains.c", "	return conf_reach_target4(domains->settings, &way, address)", "	return true || conf_reach_target4(domains->settings, &way, address)",
                                   "a forbidden address"),
    "any address of the twin6": ("domains.c", "if (conf_reach_target6(domains->settings, &address) == CONF_REACH_YES &&\n		    conf_prefix6_move",
                                 "if (conf_prefix6_move", "a forbidden IPv6 address"),
    "the address that the twin6 stands for": ("domains.c", "&domains->twin6.twin, &address, &addresses[kept]))",
                                              "&domains->twin6.real, &address, &addresses[kept]))", "outside of the prefixes"),
    "native addresses of a prefix": ("forward_steps.c", "splitdns_split_domains_own6(domains, &address)", "false", "forbidden address|RFC 6052"),
    "any native address": ("forward_steps.c", "	return !IN6_IS_ADDR_UNSPECIFIED(&address)", "	return true || !IN6_IS_ADDR_UNSPECIFIED(&address)",
                           "nobody's address"),
}


@pytest.mark.parametrize("what", MUTANTS)
def test_a_broken_module_is_found_out(lab, tmp_path, what):
    source, old, new, finding = MUTANTS[what]
    flood = Flood(lab, module=mutant(tmp_path, source, old, new))
    counts, said = flood.ask(QUESTIONS, first=True)
    print(f"{what}: found after {counts['answered']} answers")
    assert counts["leaks"] > 0, f"{what}: nothing was found in {counts['answered']} answers"
    assert any(words in said for words in finding.split("|")), said


def test_an_alias_that_plants_a_name_is_found_out(lab):
    """Without the zones that are closed, Unbound keeps what the world says about a split name."""
    flood = Flood(lab, closed=False)
    counts, said = flood.ask(4 * QUESTIONS, first=True)
    assert counts["leaks"] > 0, f"nothing was found in {counts['answered']} answers"
    assert "a real name" in said or "authority" in said or "answer" in said, said
