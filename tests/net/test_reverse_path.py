# SPDX-License-Identifier: GPL-2.0-or-later
"""Strict reverse-path filtering, src_valid_mark and another program's marks: what they drop together, what check says of it, and that its advice helps."""
import json
import re

import pytest
from lab import wait_for
from relay_lab import relay  # noqa: F401  (relay is a fixture)
from conflict_lab import connects, found

MARK = """
table inet other {{
    chain prerouting {{
        type filter hook prerouting priority mangle
        iifname tailscale0 ip saddr 100.64.0.3 meta mark set {mark}
    }}
}}
"""


@pytest.fixture
def marked(relay):  # noqa: F811
    """A relay on whose node all strictness is on, and a second way out, by table 100, that knows the pool and no tailnet."""
    relay.node.sh("ip link add eth1 type veth peer name eth2; ip link set eth2 up; ip link set eth1 up; ip address add 10.1.1.1/24 dev eth1")
    relay.node.sysctl(net__ipv4__conf__all__rp_filter=1, net__ipv4__conf__all__src_valid_mark=1)
    process = relay.run()
    relay.node.sh("ip route add default via 10.1.1.2 dev eth1 table 100; ip route add 192.168.240.0/20 dev nat64 table 100")
    yield relay
    assert process.stop() == 0


def mark(relay, value):  # noqa: F811
    """Somebody marks what the target sends, as a restored connection mark does."""
    relay.node.run("nft -f -", input="table inet other\ndelete table inet other\n" + MARK.format(mark=value))


def dropped(relay):  # noqa: F811
    """What the kernel's reverse-path filter has dropped."""
    return int(re.search(r"TcpExtIPReversePathFilter\s+(\d+)", relay.node.run("nstat -asz TcpExtIPReversePathFilter").stdout)[1])


def test_marks_that_lead_elsewhere(marked):
    assert connects(marked) and found(marked, "reverse path") == [], "before anybody has marks"
    marked.node.run("ip rule add fwmark 0x7/0xff lookup 100")
    mark(marked, 0x7)
    before = dropped(marked)
    assert not connects(marked) and dropped(marked) > before, "nothing is dropped: this test proves nothing"
    (result, text, advice), = found(marked, "reverse path")
    assert result == "warning" and re.search("^policy rule 5199 looks up packets with the mark 0x7 in table 100, which does not lead to 100[.0-9]+ by tailscale0", text)
    told = json.loads(marked.expect(1, "check", "my-vps", "--json"))
    assert told["verdict"].startswith("my-vps.9929: does not work: reverse path: policy rule 5199"), told["verdict"]
    fault, = [one for one in told["findings"] if one["id"] == "rp-filter-mark"]
    assert [one["id"] for one in fault["consequences"]] == ["answer-missing"], fault
    marked.node.run(advice.split(", and the same")[0])
    assert wait_for(lambda: connects(marked), "a connection after the advice was followed", 20)
    assert found(marked, "reverse path") == []


def test_a_mark_without_any_route(marked):
    """Loose filtering asks for some route, so that it is no cure here."""
    marked.node.sysctl(net__ipv4__conf__all__rp_filter=2)
    marked.node.sh("ip route del default table 100; ip route add unreachable default table 100; ip rule add fwmark 0x7 lookup 100")
    mark(marked, 0x7)
    assert not connects(marked)
    (_, text, advice), = found(marked, "reverse path")
    assert "mark 0x7 in table 100" in text, text
    marked.node.run(advice.split(": ")[1])
    assert wait_for(lambda: connects(marked), "a connection after the advice was followed", 20)
    assert found(marked, "reverse path") == []


def test_marks_that_harm_nobody(marked):
    """No src_valid_mark, a table with the way to the tailnet, tailscaled's own mark, a rule that comes too late: no word, and it works."""
    mark(marked, 0x7)
    marked.node.sh("ip route add 10.0.0.0/8 via 10.1.1.2 dev eth1 table 101; ip route add default dev tailscale0 table 102; "
                   "ip route add 192.168.240.0/20 dev nat64 table 102")
    for rule, valid_mark in (("fwmark 0x7 lookup 100", 0), ("fwmark 0x7 lookup 101", 1), ("fwmark 0x7 lookup 102", 1), ("fwmark 0x80000/0xff0000 lookup 100", 1),
                             ("fwmark 0x7 lookup 100 priority 40000", 1), ("not fwmark 0x7 lookup 101", 1)):
        marked.node.sysctl(net__ipv4__conf__all__src_valid_mark=valid_mark)
        marked.node.run(f"ip rule add {rule}")
        assert found(marked, "reverse path") == [], rule
        assert connects(marked), rule
        marked.node.run(f"ip rule del {rule}")
