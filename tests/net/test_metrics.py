# SPDX-License-Identifier: GPL-2.0-or-later
"""What a running relay tells of itself: status and metrics, with known sets of questions and packets, counted exactly.

The relay runs by `nat64-relay run` with the real Unbound, module and translator; the upstream of the real names is ldns-testns on its loopback.
"""
import json
import os
import re
import signal
from pathlib import Path

import pytest
from exposition import parse
from lab import Lab, need, wait_for
from running_relay import LONG, Relay

@pytest.fixture(scope="module")
def relay():
    need("ip", "dig", "ldns-testns")
    with Lab() as lab:
        yield Relay(lab).run()


def changes(relay, *questions, prefix="dns_", **options):
    """What the questions, each "NAME TYPE", changed in the metrics; buckets and sums of the time aside."""
    before = relay.metrics()
    answers = [relay.ask(*question.split(), **options) for question in questions]
    changed = relay.metrics().since(before, prefix)
    return answers, {key: by for key, by in changed.items() if not key.startswith(("dns_answer_seconds_bucket", "dns_answer_seconds_sum"))}


def counted(question, outcome, domain="9929", lookup="A", result=None, **kept):
    """The changes of one question with one look-up."""
    expected = {f"dns_questions_total outcome={outcome} type={question}": 1, f"dns_domain_questions_total domain={domain} outcome={outcome}": 1,
                "dns_answer_seconds_count": 1}
    if lookup:
        expected |= {f"dns_lookups_total type={lookup}": 1, f"dns_lookup_results_total result={result}": 1}
    return expected | {f"dns_kept_back_total kind={kind}": by for kind, by in kept.items()}


@pytest.mark.parametrize("question, answer, expected", [
    ("my-vps.9929 AAAA", ("NOERROR", ["fd64:9929::6440:3"]), counted("AAAA", "data", result="found")),
    ("my-vps.9929 A", ("NOERROR", []), counted("A", "nodata", result="found")),
    ("my-vps.9929 HTTPS", ("NOERROR", []), counted("HTTPS", "nodata", result="found")),
    ("my-vps.9929 TYPE65280", ("NOERROR", []), counted("other", "nodata", result="found")),
    ("alias.9929 AAAA", ("NOERROR", ["fd64:9929::6440:3"]), counted("AAAA", "data", result="found", cname=2)),
    ("host.old.9929 AAAA", ("NOERROR", ["fd64:9929::6440:4"]), counted("AAAA", "data", result="found", cname=1, dname=1)),
    ("mixed.9929 AAAA", ("NOERROR", ["fd64:9929::6440:5"]), counted("AAAA", "data", result="found", address=2)),
    ("outside.9929 AAAA", ("NOERROR", []), counted("AAAA", "nodata", result="found", address=1)),
    ("gone.9929 AAAA", ("NXDOMAIN", []), counted("AAAA", "nxdomain", result="nxdomain", soa=1)),
    ("broken.9929 AAAA", ("SERVFAIL", []), counted("AAAA", "failed", result="failed")),
    ("texts.9929 TXT", ("NOERROR", ['"one"']), counted("TXT", "data", lookup="TXT", result="found", text=1)),
    ("3.0.0.0.0.4.4.6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa PTR", ("NOERROR", ["my-vps.9929."]),
     counted("PTR", "data", domain="arpa", lookup="PTR", result="found", ptr=1)),
    (f"{LONG}.9929 AAAA", ("NXDOMAIN", []), {**counted("AAAA", "nxdomain", lookup=None), "dns_names_too_long_total": 1}),
    ("a.b.c.d.e.f.g.h.9929 AAAA", ("NXDOMAIN", []), {**counted("AAAA", "nxdomain", lookup=None), "dns_names_with_too_many_labels_total": 1}),
    ("9929 NS", ("NOERROR", []), counted("NS", "nodata", lookup=None)),
])
def test_a_question_is_counted_once_and_a_cached_one_not_at_all(relay, question, answer, expected):
    answers, changed = changes(relay, question)
    assert answers == [answer], answers
    assert changed == expected
    if answer[0] != "SERVFAIL":  # which is kept for a moment only
        answers, changed = changes(relay, question)
        assert answers == [answer] and changed == {}, "from the cache"


def test_asked_and_cached_are_unbounds(relay):
    relay.ask("my-vps.9929")
    before = relay.metrics()
    for _ in range(5):
        relay.ask("my-vps.9929")
    relay.ask("fresh.9929")
    changed = relay.metrics().since(before, "unbound_")
    probes = changed["unbound_asked_total"] - 6  # the later reading asks each edge address for localhost; so does watch now and then, one after the other
    assert probes >= 2, changed
    assert changed["unbound_from_cache_total"] == 5 + probes and changed["unbound_not_in_cache_total"] == 1, changed
    assert changed["unbound_nxdomain_total"] == 1 and changed.get("unbound_refused_total", 0) == 0, changed


def test_strangers_are_counted_as_refused(relay):
    relay.client.address("eth0", "2001:db8::2/64")
    relay.node.address("tailscale0", "2001:db8::1/64")
    before = relay.metrics()
    assert relay.ask("my-vps.9929", more="-b 2001:db8::2")[0] == "REFUSED"
    assert relay.metrics().since(before, "unbound_refused") == {"unbound_refused_total": 1}


def test_status_tells_of_search_lists(relay):
    relay.ask("1.2.3.4.5.6.7.8.9929")
    count = int(relay.metrics()("dns_names_with_too_many_labels_total"))
    assert count > 0 and f"           from search lists, not looked up: {count}\n" in relay.command("status", "--verbose")


def test_time_is_measured(relay):
    before = relay.metrics()
    relay.ask("time.9929")
    changed = relay.metrics().since(before, "dns_answer_seconds")
    assert 0 < changed["dns_answer_seconds_sum"] < 5 and changed["dns_answer_seconds_bucket le=+Inf"] == changed["dns_answer_seconds_count"] >= 1


def test_packets_and_guard(relay):
    before = relay.metrics()
    assert relay.client.echoes("fd64:9929::6440:3", 3)
    relay.client.run("ping -n -c 1 -W 1 fd64:9929::0808:0808", check=False)
    after = relay.metrics()
    translated = after.since(before, "translated")
    assert translated == {f"translated_{what}_total direction={way}": by for way, bytes_ in (("6to4", 104), ("4to6", 84))
                          for what, by in (("packets", 3), ("bytes", 3 * bytes_))}, translated
    assert after("leases") == 1 and after("leases_usable") > 4000
    dropped = after.since(before, "dropped") | after.since(before, "guard_packets")
    assert "guard_packets_total counter=masqueraded" in dropped and len(dropped) == 2, dropped
    for part in ("kernel", "rules", "translator", "resolver"):
        assert after("healthy", part=part) == 1, part


def test_the_fast_path_is_told(relay):
    """Whether it is on or why not, and how many packets took it: by status, counters and metrics alike."""
    def told():
        translator = json.loads(relay.command("status", "--json"))["translator"]
        metrics, state = relay.metrics(), translator["fast_path"]
        assert metrics("fast_path_info", state=state) == 1 and metrics("fast_path") == (state == "on"), state
        for way, word in (("6to4", "out"), ("4to6", "back")):
            count = translator["counters"][f"fast_path_{way}"]
            for what in ("packets", "bytes"):
                assert metrics(f"fast_path_{what}_total", direction=way) == count[what], (way, what)
            assert f"           {word}, by the fast path: {count['packets']} packets, {count['bytes']} bytes\n" in relay.command("status", "--verbose")
            assert re.search(rf"^  {word}, by the fast path +{count['packets']} packets", relay.command("counters"), re.M)
        assert metrics("fast_path_errors_total") == 0
        return state, translator["counters"]["fast_path_6to4"]["packets"]

    relay.client.run("ping -n -c 5 -i 0.2 fd64:9929::6440:3")
    state, count = told()
    assert ("           fast path: on\n" if state == "on" else f"           no fast path: {state}\n") in relay.command("status", "--verbose")
    if state == "on":
        assert count > 0, "no packet took the fast path"
    before = relay.settings.read_text()
    try:
        relay.settings.write_text(before + "\nfast-path off\n")
        relay.command("reload")
        assert told() == ("fast-path off" if state == "on" else state, count)
        assert relay.metrics()("fast_path") == 0
        if state == "on":
            assert "           no fast path: fast-path off\n" in relay.command("status", "--verbose")
    finally:
        relay.settings.write_text(before)
        relay.command("reload")
    assert told()[0] == state


def test_counters_outlive_unbound_and_the_device_is_there(relay):
    relay.ask("my-vps.9929")
    before = relay.metrics()
    children = [int(pid) for pid in re.findall(r"^\D*(\d+)", relay.file("children").read_text(), re.M)]
    unbound = next(pid for pid in children if Path(f"/proc/{pid}/comm").read_text().startswith("unbound"))
    os.kill(unbound, signal.SIGKILL)
    wait_for(lambda: "started unbound again" in relay.process.text(), "the restart")
    wait_for(lambda: relay.metrics()("healthy", part="resolver") == 1, "the resolver")
    after = relay.metrics()
    assert after("unbound_uptime_seconds") <= before("unbound_uptime_seconds") or after("unbound_asked_total") < before("unbound_asked_total")
    assert after("dns_questions_total", type="AAAA", outcome="data") == before("dns_questions_total", type="AAAA", outcome="data") > 0
    relay.ask("my-vps.9929")
    assert relay.metrics()("dns_questions_total", type="AAAA", outcome="data") == before("dns_questions_total", type="AAAA", outcome="data") + 1


def test_renewing_an_answer_is_counted(lab):
    """An expired answer is given at once here, and renewed behind the client's back."""
    includes = lab.folder / "unbound.conf.d"
    includes.mkdir()
    (includes / "test.conf").write_text("server:\n  serve-expired-client-timeout: 0\n")
    relay = Relay(lab, f"unbound-include-dir {includes}").run()
    assert relay.ask("brief.9929") == ("NOERROR", ["fd64:9929::6440:7"])
    assert relay.metrics()("dns_prefetches_total") == 0
    wait_for(lambda: relay.ask("brief.9929") and relay.metrics()("dns_prefetches_total") > 0, "a renewal")
    metrics = relay.metrics()
    assert metrics("dns_questions_total", type="AAAA", outcome="data") == metrics("dns_prefetches_total") + 1


def test_status_tells_the_same(relay):
    relay.ask("gone.9929")
    status = json.loads(relay.command("status", "--json"))["dns"]
    metrics = relay.metrics()
    for one in status["module"]["domain_questions"]:
        assert metrics("dns_domain_questions_total", domain=one["domain"], outcome=one["outcome"]) == one["count"]
    text = relay.command("status", "--verbose")
    row = re.search(r"^ +9929 +(\d+) +(\d+) +(\d+) +(\d+)$", text, re.M)
    assert row and int(row[3]) == metrics("dns_domain_questions_total", domain="9929", outcome="nxdomain"), text
    assert re.search(r"^queries    \d+: from the cache \d+, by module and upstream \d+; refused \d+, failed \d+$", text, re.M), text
    assert re.search(r"^ +kept back: .*\bsoa \d+", text, re.M) and re.search(r"^ +answered: half within \S+ ms, 99% ", text, re.M), text


def test_nobody_else_can_write_the_counters(relay):
    status = relay.file("splitdns.counters").stat()
    assert (status.st_uid, status.st_mode & 0o7777) == (0, 0o660)


def test_a_damaged_file_is_told_and_survived(relay):
    path = relay.file("splitdns.counters")
    with path.open("r+b") as stream:  # in place, as Unbound's user could: the module has it mapped
        sound = stream.read(24)
        stream.seek(12)
        stream.write(b"\xff\xff\xff\xff")
    try:
        text = relay.command("status", "--verbose")
        assert "is damaged" in text, text
        metrics = relay.metrics()
        assert not any(name.startswith("nat64_relay_dns_") for name, _ in metrics.samples) and metrics("healthy", part="resolver") == 1
    finally:
        with path.open("r+b") as stream:
            stream.write(sound)


def test_a_relay_that_is_down(lab):
    relay = Relay(lab)
    metrics = relay.metrics()
    for part in ("kernel", "rules", "translator", "resolver"):
        assert metrics("healthy", part=part) == 0, part
    assert not any(name.startswith(("nat64_relay_dns_", "nat64_relay_unbound_", "nat64_relay_translated_")) for name, _ in metrics.samples)
    assert relay.command("status", check=False).startswith("The relay is not running: start it with ")


@pytest.mark.parametrize("bad", [
    "nat64_relay_a 1\n", "# HELP a b\n# TYPE a gauge\na 1", "# HELP a b\n# TYPE a gauge\na 1\na 1\n", "# HELP a b\n# TYPE a counter\na 1\n",
    "# TYPE a gauge\na 1\n", "# HELP a b\n# TYPE a gauge\n", '# HELP a b\n# TYPE a gauge\na{b="c",} 1\n', '# HELP a b\n# TYPE a gauge\na{b="c",b="d"} 1\n',
    '# HELP a b\n# TYPE a gauge\na{b="\\x"} 1\n', "# HELP a b\n# TYPE a gauge\na nan\n", '# HELP a b\n# TYPE a gauge\nb 1\n',
    '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n',
])
def test_the_reader_is_strict(bad):
    with pytest.raises(AssertionError):
        parse(bad)
