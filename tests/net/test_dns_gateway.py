# SPDX-License-Identifier: GPL-2.0-or-later
"""Gateway mode on the wire: Unbound's own dns64 beside the module and alone, dns64-exclude, and ipv4only.arpa for each client."""
import ipaddress
import re
import subprocess
import threading
import time

import dns.flags
import dns.rrset
import pytest
from lab import Lab, need, wait_for
from resolver import CLIENT4, CLIENT6, RELAY4, RELAY6, UNBOUND, Resolver, unbound_octets
from upstream import PythonNs, add
from gateway_world import GATEWAY, OPEN, inside

RELAY = "split-domain 9929 tail1234.ts.net\nupstream-dns tail1234.ts.net 127.0.0.1@5300\n" + OPEN
SPLIT, GENERAL = "fd64:9929::", "fd64:1::"
PAIR = {"192.0.0.170", "192.0.0.171"}


ZONE = {  # name: {type: records}
    "v4.example.org": {"A": ["203.0.113.5"]},
    "dual.example.org": {"A": ["203.0.113.6"], "AAAA": ["2001:db8:6::6"]},
    "alias.example.org": {"CNAME": ["v4.example.org."]},
    "mapped.example.org": {"A": ["203.0.113.7"], "AAAA": ["::ffff:203.0.113.7"]},
    "other64.example.org": {"A": ["203.0.113.8"], "AAAA": ["64:ff9b::203.0.113.8"]},
    "half.example.org": {"A": ["203.0.113.9"], "AAAA": ["::ffff:203.0.113.9", "2001:db8:6::9"]},
    "inner.example.org": {"A": ["10.1.2.3"]},
    "only6.example.org": {"AAAA": ["2001:db8:6::7"]},
    "text.example.org": {"TXT": ['"hello"']},
    "my-vps.tail1234.ts.net": {"A": ["100.64.0.3"]},
    "six.tail1234.ts.net": {"AAAA": ["2001:db8:6::66"]},
    "5.113.0.203.in-addr.arpa": {"PTR": ["v4.example.org."]},
    "8.8.8.8.in-addr.arpa": {"PTR": ["v4.example.org."]},
    "3.0.64.100.in-addr.arpa": {"PTR": ["my-vps.tail1234.ts.net."]},
}


def answer(name, message, transport):
    """The whole world, from one server."""
    del transport
    kind = re.search(r"IN (\S+)$", message.question[0].to_text())[1]
    if name not in ZONE:
        message.set_rcode(3)
    while "CNAME" in ZONE.get(name, {}) and kind != "CNAME":
        add(message, f"{name}. 60 CNAME {ZONE[name]['CNAME'][0]}")
        name = ZONE[name]["CNAME"][0].rstrip(".")
    for record in ZONE.get(name, {}).get(kind, []):
        add(message, f"{name}. 60 {kind} {record}")
    if not message.answer:
        message.authority.append(dns.rrset.from_text(f"{name}.", 60, "IN", "SOA", "ns.invalid. nobody.invalid. 1 60 60 60 60"))


@pytest.fixture
def world():
    """Call with settings: a resolver at work, and the server behind it as .upstream."""
    with Lab() as lab:
        servers = []

        def make(text, generated=None, reply=answer):
            resolver = Resolver(lab, text)
            if generated:
                resolver.conf.write_text(generated(resolver.conf.read_text(), resolver))
            resolver.upstream = PythonNs(resolver.relay, "127.0.0.1", 5300, reply)
            servers.append(resolver.upstream)
            return resolver.start()
        yield make
        for server in servers:
            server.close()


# --- DNS64 beside split domains, without them, and in an Unbound without the module ---

def without_module(text, resolver):
    """unbound-program names an Unbound, and no unbound-module is for it: then there are no split domains, and it need not be able to load one."""
    assert 'module-config: "dynlib dns64 validator iterator"' in text
    settings = re.sub(r"(?m)^unbound-module .*\n", "", resolver.settings.read_text())
    assert re.search(r"(?m)^unbound-program ", settings)
    resolver.settings.write_text(settings)
    resolver.generate()
    text = resolver.conf.read_text()
    assert 'module-config: "dns64 validator iterator"' in text and "dynlib" not in text
    return text


GATEWAYS = pytest.mark.parametrize("change", [None, without_module], ids=["alone", "another Unbound"])


@pytest.mark.parametrize("settings, change", [(RELAY, None), (GATEWAY, None), (GATEWAY, without_module)], ids=["relay", "alone", "another Unbound"])
def test_dns64(world, settings, change):
    """IPv4-only names lie in dns64's prefix; names with IPv6 of their own keep it; excluded addresses do not count."""
    resolver = world(settings + "dns64-exclude ::ffff:0:0/96\ndns64-exclude 64:ff9b::/96\n", change)
    expected = {
        "v4.example.org": inside(GENERAL, "203.0.113.5"),
        "alias.example.org": inside(GENERAL, "203.0.113.5"),
        "dual.example.org": {"2001:db8:6::6"},
        "mapped.example.org": inside(GENERAL, "203.0.113.7"),
        "other64.example.org": inside(GENERAL, "203.0.113.8"),
        "half.example.org": {"2001:db8:6::9"},
        "inner.example.org": set(),
        "text.example.org": set(),
    }
    for again in ("first", "from the cache"):
        for name, addresses in expected.items():
            said = resolver.ask(name)
            assert said.rcode == "NOERROR" and said.addresses == addresses, f"{again}: AAAA {name}: {said.message}"
    assert resolver.ask("nobody.example.org").rcode == "NXDOMAIN"
    assert ("v4.example.org.", "A", "203.0.113.5") in resolver.ask("v4.example.org", "A").records
    asked = resolver.upstream.asked["v4.example.org"]
    resolver.ask("v4.example.org")
    assert resolver.upstream.asked["v4.example.org"] == asked, "a repeated question must be answered from the cache"


def test_split_names_are_not_for_dns64(world):
    """A split name lies in its own prefix; a real name stays direct, although dns64 would have an address for it."""
    resolver = world(RELAY)
    for again in ("first", "from the cache"):
        assert resolver.ask("my-vps.9929").addresses == inside(SPLIT, "100.64.0.3"), again
        assert resolver.ask("six.9929").addresses == set(), again
        real = resolver.ask("my-vps.tail1234.ts.net")
        assert real.rcode == "NOERROR" and not real.records, f"{again}: {real.message}"
        assert resolver.ask("six.tail1234.ts.net").addresses == {"2001:db8:6::66"}, again
    assert resolver.ask("my-vps.tail1234.ts.net", "A").records == {("my-vps.tail1234.ts.net.", "A", "100.64.0.3")}


@pytest.mark.parametrize("flags", [dns.flags.RD, dns.flags.RD | dns.flags.CD], ids=["RD", "RD CD"])
def test_a_name_that_is_split_itself_keeps_to_its_prefix(world, flags):
    """What the look-up finds is not left in the cache by dns64, for clients who ask next."""
    same = "".join(f"split-domain {name}.example.org {name}.example.org\n" for name in ("v4", "only6"))
    resolver = world(RELAY + same + "allow-destination fd7a:115c:a1e0::/48\ntwin6-prefix fd99:9929:1::/48\n")
    for again in range(3):
        for name, addresses in (("v4.example.org", inside(SPLIT, "203.0.113.5") | inside(GENERAL, "203.0.113.5")), ("only6.example.org", set())):
            said = resolver.ask(name, flags=flags)
            assert said.rcode == "NOERROR" and said.addresses <= addresses and len(said.addresses) == (1 if addresses else 0), f"{again}: {said.message}"
            assert not resolver.ask(name, "A", flags=flags).message.answer, again


def test_cd_and_do(world):
    """With CD a client makes its own addresses (RFC 6147 section 5.5); DO alone does not stop DNS64 where nothing is signed."""
    resolver = world(RELAY)
    assert resolver.ask("v4.example.org", flags=0x0110).addresses == set()  # RD, CD
    assert resolver.ask("v4.example.org", want_dnssec=True).addresses == inside(GENERAL, "203.0.113.5")
    assert resolver.ask("v4.example.org").addresses == inside(GENERAL, "203.0.113.5")


@pytest.mark.parametrize("settings", [RELAY, GATEWAY], ids=["relay", "alone"])
def test_nobody_sees_the_half_way(world, settings):
    """While dns64 waits for A, others who ask must not be told that there is no address."""
    slow = threading.Event()

    def hesitate(name, message, transport):
        if name == "v4.example.org" and message.question[0].to_text().endswith("IN A"):
            slow.set()
            time.sleep(0.3)  # less than Unbound waits before it asks again
        return answer(name, message, transport)
    resolver = world(settings, reply=hesitate)
    first = []
    thread = threading.Thread(target=lambda: first.append(resolver.ask("v4.example.org")))
    thread.start()
    assert slow.wait(10), "A is looked for"
    second = resolver.ask("v4.example.org")
    thread.join()
    assert second.addresses == first[0].addresses == inside(GENERAL, "203.0.113.5")


@GATEWAYS
def test_names_of_addresses(world, change):
    """Without split domains dns64 answers them with the real name of the IPv4 address; with split domains the module does."""
    name = ipaddress.IPv6Address("fd64:1::203.0.113.5").reverse_pointer
    resolver = world(GATEWAY, change)
    assert resolver.ask(name, "PTR").records == {(name + ".", "PTR", "v4.example.org.")}
    for kind in ("SOA", "NS", "TXT"):
        said = resolver.ask(re.sub(r"^([0-9]\.){8}", "", name), kind)
        assert (said.rcode, said.records) == ("NXDOMAIN", set()), f"the zone of the prefix is nobody's here: {kind}, {said.message}"


@GATEWAYS
def test_without_split_domains_lines_for_dns64_are_in_force(world, change):
    """Those of one's own that Unbound's dns64 reads when it sees a question for the first time."""
    def own_line(text, resolver):
        return (change(text, resolver) if change else text) + "server:\n dns64-ignore-aaaa: dual.example.org\n"
    resolver = world(GATEWAY, own_line)
    for again in range(2):
        assert resolver.ask("dual.example.org").addresses == inside(GENERAL, "203.0.113.6"), again


@GATEWAYS
def test_without_split_domains_the_module_changes_no_answer(world, change):
    """Neither what it says, nor that it says why; A, other types, other classes, CD, what is not there, what fails."""
    resolver = world(GATEWAY, change, reply=lambda name, message, transport: message.set_rcode(2) if name.startswith("fails") else
                     answer(name, message, transport))
    for again in range(2):
        for name, kind, flags, rcode, data in (
                ("v4.example.org", "A", 0x0100, "NOERROR", {"203.0.113.5"}), ("v4.example.org", "AAAA", 0x0110, "NOERROR", set()),
                ("alias.example.org", "AAAA", 0x0100, "NOERROR", {"v4.example.org.", *inside(GENERAL, "203.0.113.5")}),
                ("text.example.org", "TXT", 0x0100, "NOERROR", {'"hello"'}), ("nobody.example.org", "AAAA", 0x0100, "NXDOMAIN", set()),
                ("8.8.8.8.in-addr.arpa", "PTR", 0x0100, "NOERROR", {"v4.example.org."}), ("fails.example.org", "AAAA", 0x0100, "SERVFAIL", set())):
            said = resolver.ask(name, kind, flags=flags, use_edns=0)
            assert (said.rcode, {words for _, _, words in said.records}) == (rcode, data), f"{again}: {said.message}"
            assert not said.message.options, f"{again}: {said.message}"


def test_the_gateways_own_addresses_are_no_answer(world):
    """Its interfaces' too, without split domains as well: the guard drops packets to them. A stays as it is."""
    resolver = world(GATEWAY, reply=lambda name, message, transport: add(message, f"{name}. 60 A 192.0.2.1") or
                     add(message, f"{name}. 60 A 203.0.113.5") if message.question[0].rdtype == dns.rdatatype.A else None)
    for again in range(2):
        assert resolver.ask("here.example.org").addresses == inside(GENERAL, "203.0.113.5"), again
    assert {data for _, _, data in resolver.ask("here.example.org", "A").records} == {"192.0.2.1", "203.0.113.5"}


RPZ = "@ 60 SOA a. b. 1 1 1 1 1\n@ 60 NS a.\nblocked.example.net 60 CNAME .\n"


def test_an_order_of_modules_without_ours(world):
    """Lines of one's own may take it out, as an rpz does: Unbound knows no order with all of them. A keeps its TTL then."""
    def without_dynlib(text, resolver):
        (resolver.lab.folder / "rpz").write_text("$ORIGIN rpz.test.\n" + RPZ)
        assert f'dynlib-file: "{resolver.module}"' in text
        return text + ('server:\n module-config: "respip dns64 validator iterator"\n'
                       f'rpz:\n name: rpz.test\n zonefile: "{resolver.lab.folder}/rpz"\n')
    life.asked = {}
    resolver = world(GATEWAY, without_dynlib, reply=life)
    assert resolver.ask("blocked.example.net", "A").rcode == "NXDOMAIN"
    said = resolver.ask("soa.example.org")
    assert said.addresses == inside(GENERAL, "203.0.113.5") and said.ttl > DAY - 60


# --- how long a synthesized address may be kept ---

DAY = 86400


def life(name, message, transport):
    """A records for a day; what the AAAA look-up brings is the first label's. RFC 6147 section 5.1.7."""
    del transport
    kind = re.search(r"IN (\S+)$", message.question[0].to_text())[1]
    life.asked[name, kind] = life.asked.get((name, kind), 0) + 1
    label = name.split(".")[0]
    if label == "alias":
        add(message, f"{name}. {DAY} CNAME soa.example.org.")
    elif kind == "A" and label != "nothing":
        add(message, f"{name}. {50 if label == 'short' else DAY} A 203.0.113.5")
    elif label == "native":
        add(message, f"{name}. {DAY} AAAA 2001:db8:6::6")
    elif label in ("refused", "fails"):
        message.set_rcode(5 if label == "refused" else 2)
    elif label == "garbage":
        return b"".join((message.to_wire()[:6], b"\0\1", message.to_wire()[8:]))  # one answer, which is not there
    elif label != "bare":
        message.set_rcode(3 if label == "gone" and kind != "A" else 0)
        ttl, minimum = {"minimum": (3600, 90), "soon": (10, 10), "nothing": (120, 120)}.get(label, (120, 3600))
        message.authority.append(dns.rrset.from_text("example.org.", ttl, "IN", "SOA", f"ns.invalid. nobody.invalid. 1 60 60 60 {minimum}"))
    return None


TTLS = {"soa": 120, "minimum": 90, "alias": 120, "short": 50, "gone": 120, "bare": 600, "refused": 60, "fails": 60, "garbage": 60, "native": DAY}


@pytest.mark.parametrize("settings", [RELAY, GATEWAY], ids=["relay", "alone"])
def test_a_synthesized_address_lives_no_longer_than_the_empty_answer(world, settings):
    """The smaller TTL of A's and the SOA's; 600 seconds without a SOA; 60 where the AAAA look-up failed. From the cache as well."""
    life.asked = {}
    resolver = world(settings, reply=life)
    for again in range(2):
        for label, ttl in TTLS.items():
            said = resolver.ask(f"{label}.example.org")
            assert said.addresses == ({"2001:db8:6::6"} if label == "native" else inside(GENERAL, "203.0.113.5")), f"{label}: {said.message}"
            lives = said.message.answer[-1].ttl
            assert lives <= ttl and (again or label == "alias" or lives >= ttl - 9), f"{label}, {again}: {ttl} s at most, {said.message}"
    assert resolver.ask("soa.example.org", "A").ttl > DAY - 60, "A itself stays as long as it was given"
    nothing = resolver.ask("nothing.example.org")
    assert (nothing.rcode, nothing.records) == ("NOERROR", set()) and nothing.ttl <= 120


def test_another_unbound_keeps_the_ttl_of_a(world):
    """It does without the module, and with cache-max-ttl as well as it can."""
    life.asked = {}
    resolver = world(GATEWAY, lambda text, resolver: without_module(text, resolver) + "server:\n cache-max-ttl: 600\n", reply=life)
    assert {resolver.ask(f"{label}.example.org").ttl for label in ("soa", "fails", "bare")} == {600}


def test_a_renewed_synthesized_address_has_the_ttl_of_the_new_soa(world):
    """Before it expires (prefetch) and after."""
    life.asked = {}
    resolver = world(RELAY, reply=life)
    seen = set()

    def renewed():
        said = resolver.ask("soon.example.org")
        assert said.addresses == inside(GENERAL, "203.0.113.5")
        seen.add(said.ttl)
        return life.asked["soon.example.org", "AAAA"] >= 3
    wait_for(renewed, "two more AAAA look-ups", timeout=120, interval=0.3)
    assert max(seen) <= 10, f"TTLs: {sorted(seen)}"
    assert life.asked["soon.example.org", "A"] == 1, "A is in the cache for a day"


# --- ipv4only.arpa ---

def discovered(resolver, **options):
    return resolver.ask("ipv4only.arpa", **options).addresses


@pytest.mark.parametrize("settings", [RELAY, GATEWAY], ids=["relay", "alone"])
def test_ipv4only_arpa(world, settings):
    """RFC 8880 section 7: answered here and never asked upstream, whatever the type and the flags."""
    resolver = world(settings)
    for options in ({}, {"want_dnssec": True}, {"flags": 0x0110}, {"transport": "TCP"}):
        assert discovered(resolver, **options) == inside(GENERAL, *PAIR), options
        said = resolver.ask("IPv4only.ARPA", "A", **options)
        assert {data for _, _, data in said.records} == PAIR, options
    for kind in ("TXT", "MX", "HTTPS", "NS"):  # DS is a record of arpa, which proves that nothing here is signed
        said = resolver.ask("ipv4only.arpa", kind)
        assert said.rcode == "NOERROR" and not said.records and said.message.authority, f"{kind}: {said.message}"
    for kind in ("A", "AAAA"):
        assert resolver.ask("www.ipv4only.arpa", kind).rcode == "NXDOMAIN", kind
    for address in PAIR | inside(GENERAL, *PAIR):
        name = ipaddress.ip_address(address).reverse_pointer
        assert resolver.ask(name, "PTR").records == {(name + ".", "PTR", "ipv4only.arpa.")}, address
        assert resolver.ask(name, "TXT").rcode == "NOERROR", address
    assert resolver.ask("x.170.0.0.192.in-addr.arpa", "PTR").rcode == "NXDOMAIN"
    foreign = [name for name in resolver.upstream.asked if "ipv4only" in name or "0.0.192.in-addr" in name]
    assert not foreign, f"asked upstream: {foreign}"


def test_every_client_discovers_its_own(world):
    """ipv4only-arpa: one client has two prefixes, one has none, all others have dns64's."""
    resolver = world(RELAY + f"ipv4only-arpa {CLIENT4} fd64:9929::/96 fd64:1::/96\nipv4only-arpa {CLIENT6} none\n")
    assert discovered(resolver) == inside(SPLIT, *PAIR) | inside(GENERAL, *PAIR)
    said = resolver.ask("ipv4only.arpa", server=RELAY6)
    assert said.rcode == "NOERROR" and not said.records
    assert {data for _, _, data in resolver.ask("ipv4only.arpa", "A", server=RELAY6).records} == PAIR
    assert resolver.ask("my-vps.9929", server=RELAY6).addresses == inside(SPLIT, "100.64.0.3"), "a view changes nothing else"
    name = ipaddress.IPv6Address("fd64:9929::192.0.0.170").reverse_pointer
    assert resolver.ask(name, "PTR").records == {(name + ".", "PTR", "ipv4only.arpa.")}


# --- dns64 for some clients alone: those that ask by IPv6 ---

def some(settings):
    return settings.replace("dns64 fd64:1::/96", "dns64 fd64:1::/96 100.64.77.0/24 fd7a:115c:a1e0::/48")


SOME = pytest.mark.parametrize("settings", [some(RELAY), some(GATEWAY)], ids=["relay", "alone"])


@SOME
def test_dns64_of_some_clients_is_no_others(world, settings):
    """Any client may ask first, and the cache may hold anything. Native addresses, A, split names and failures are the same for all clients."""
    resolver = world(settings)
    for first, name in ((RELAY6, "v4.example.org"), (RELAY4, "mapped.example.org"), (RELAY4, "alias.example.org")):
        address = "203.0.113.7" if name.startswith("mapped") else "203.0.113.5"
        for again in range(3):
            for server in (first, RELAY4, RELAY6, RELAY4):
                said = resolver.ask(name, server=server)
                assert said.rcode == "NOERROR" and said.addresses == (inside(GENERAL, address) if server == RELAY6 else set()), f"{again}: {said.message}"
                assert {data for _, kind, data in resolver.ask(name, "A", server=server).records if kind == "A"} == {address}
    for server in (RELAY4, RELAY6):
        assert resolver.ask("dual.example.org", server=server).addresses == {"2001:db8:6::6"}, server
        assert resolver.ask("nobody.example.org", server=server).rcode == "NXDOMAIN", server
        if "split-domain" in settings:
            assert resolver.ask("my-vps.9929", server=server).addresses == inside(SPLIT, "100.64.0.3"), server
    assert discovered(resolver, server=RELAY6) == inside(GENERAL, *PAIR)
    said = resolver.ask("ipv4only.arpa", server=RELAY4)
    assert (said.rcode, said.records) == ("NOERROR", set()) and said.message.authority, said.message
    assert {data for _, _, data in resolver.ask("ipv4only.arpa", "A", server=RELAY4).records} == PAIR
    if "split-domain" not in settings:
        name = ipaddress.IPv6Address("fd64:1::203.0.113.5").reverse_pointer
        assert resolver.ask(name, "PTR", server=RELAY6).records == {(name + ".", "PTR", "v4.example.org.")}


@SOME
def test_an_expired_address_of_dns64_is_no_others(world, settings):
    """While no upstream answers, what has expired is sent; to clients without dns64 nothing of it."""
    silent = threading.Event()

    def reply(name, message, transport):
        if silent.is_set():
            return False
        answer(name, message, transport)
        for rrset in message.answer:
            rrset.ttl = 1
        return True
    resolver = world(settings, reply=reply)
    assert resolver.ask("v4.example.org", server=RELAY6).addresses == inside(GENERAL, "203.0.113.5")
    silent.set()
    time.sleep(1.1)  # it expires
    for server, expected in ((RELAY6, inside(GENERAL, "203.0.113.5")), (RELAY4, set()), (RELAY6, inside(GENERAL, "203.0.113.5")), (RELAY4, set())):
        said = resolver.ask_again("v4.example.org", server=server)
        assert (said.rcode, said.addresses) == ("NOERROR", expected), f"{server}: {said.message}"


@SOME
def test_both_kinds_of_clients_wait_for_the_same_name(world, settings):
    """Questions that Unbound would answer together otherwise: each gets its own."""
    asked = threading.Event()

    def hesitate(name, message, transport):
        if name == "v4.example.org" and message.question[0].to_text().endswith("IN AAAA"):
            asked.set()
            time.sleep(0.3)  # less than Unbound waits before it asks again
        return answer(name, message, transport)
    for first, second in ((RELAY4, RELAY6), (RELAY6, RELAY4)):
        resolver = world(settings, reply=hesitate) if first == RELAY4 else resolver
        resolver.control("flush_zone example.org")
        asked.clear()
        said = {}
        waiting = threading.Thread(target=lambda server=first: said.update({server: resolver.ask("v4.example.org", server=server)}))
        waiting.start()
        assert asked.wait(10), "AAAA is asked upstream"
        said[second] = resolver.ask("v4.example.org", server=second)
        waiting.join()
        assert said[RELAY6].addresses == inside(GENERAL, "203.0.113.5") and said[RELAY4].addresses == set(), {key: value.message for key, value in said.items()}


def test_several_kinds_of_clients_at_once(world):
    """A client within a network of the other kind, and ipv4only-arpa for one that has no dns64."""
    settings = RELAY.replace("dns64 fd64:1::/96", f"dns64 fd64:1::/96 {CLIENT4} fd7a:115c:a1e0::/120")
    resolver = world(settings + f"ipv4only-arpa {CLIENT6} fd64:9929::/96\nipv4only-arpa 100.64.0.0/10 none\n")
    resolver.client.address("eth0", "100.64.0.9/10", "fd7a:115c:a1e0::1:9/64")
    sources = {(CLIENT4, RELAY4): True, ("100.64.0.9", RELAY4): False, (CLIENT6, RELAY6): True, ("fd7a:115c:a1e0::1:9", RELAY6): False}
    for (source, server), expected in sources.items():
        assert resolver.ask("v4.example.org", source=source, server=server).addresses == (inside(GENERAL, "203.0.113.5") if expected else set()), source
    found = {source: discovered(resolver, source=source, server=server) for source, server in sources}
    assert found == {CLIENT4: set(), "100.64.0.9": set(), CLIENT6: inside(SPLIT, *PAIR), "fd7a:115c:a1e0::1:9": set()}


def test_a_relay_alone_is_no_nat64(world):
    """Without dns64 the name is asked as any other: the prefix reaches a few hosts, not all of IPv4."""
    closed = re.sub(r"(?m)^    (dns64|allow-destination|deny-destination) .*\n", "", RELAY)
    ZONE["ipv4only.arpa"] = {"A": sorted(PAIR)}
    resolver = world(closed)
    assert discovered(resolver) == set()
    assert resolver.upstream.asked.get("ipv4only.arpa"), "RFC 8880 section 7.1: no special name for a resolver without DNS64"


# --- names that are signed ---

SIGNED = """
$ORIGIN example.org.
$TTL 3600
@ SOA ns.example.org. nobody.invalid. 1 60 60 60 600
@ NS ns
ns A 192.0.2.53
v4 A 203.0.113.5
dual A 203.0.113.6
dual AAAA 2001:db8:6::6
mapped A 203.0.113.7
mapped AAAA ::ffff:203.0.113.7
proven A 203.0.113.8
"""


@pytest.fixture
def signed(lab):
    """A resolver with the key of example.org, whose name server is an Unbound with the signed zone."""
    need("ldns-keygen", "ldns-signzone")
    folder = lab.folder / "zone"
    folder.mkdir()
    (folder / "zone").write_text(SIGNED)
    keys = [subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", *kind, "example.org"], cwd=folder, capture_output=True, text=True,
                           check=True).stdout.strip() for kind in (["-k"], [])]
    subprocess.run(["ldns-signzone", "zone", *keys], cwd=folder, check=True)
    settings = re.sub(r"upstream-dns \. .*", "upstream-dns example.org 127.0.0.1@5301", RELAY)
    resolver = Resolver(lab, settings)
    resolver.generate(f'server:\n trust-anchor-file: "{folder / keys[0]}.key"\n')
    conf = lab.folder / "authority.conf"
    conf.write_text('server:\n interface: 127.0.0.1@5301\n username: ""\n chroot: ""\n pidfile: ""\n use-syslog: no\n module-config: "iterator"\n'
                    f'auth-zone:\n name: example.org\n for-upstream: no\n zonefile: "{folder / "zone.signed"}"\n')
    lab.folder.chmod(0o755)
    resolver.relay.start([UNBOUND, "-d", "-vv", "-c", conf], name="authority").wait_for("start of service")
    return resolver.start()


def test_signed(signed):
    """A proof that there is no AAAA leads to A. Without its excluded AAAA a signed answer lacks its proof: older Unbounds go on to A, newer ones fail."""
    secure = signed.ask("dual.example.org", flags=0x0120)  # RD, AD
    assert secure.addresses == {"2001:db8:6::6"} and secure.has("AD"), f"the zone must be checked: {secure.message}"
    strict = b"bogus AAAA reply not synthesized" in unbound_octets()
    for again in ("first", "from the cache"):
        plain = signed.ask("v4.example.org")
        assert plain.addresses == inside(GENERAL, "203.0.113.5") and plain.ttl <= 600, again
        excluded = signed.ask("mapped.example.org")
        assert (excluded.rcode, excluded.addresses) == (("SERVFAIL", set()) if strict else ("NOERROR", inside(GENERAL, "203.0.113.7"))), again
        assert strict or excluded.ttl <= 60, "an AAAA look-up that fails its check has failed"
    assert signed.ask("no-such.example.org").rcode == "NXDOMAIN"


def test_a_synthesized_address_lives_a_minute_where_nobody_was_asked(signed):
    """The NSEC record that proves that there is no TXT proves that there is no AAAA (RFC 8198); its SOA is not looked at."""
    assert signed.ask("proven.example.org", "TXT", flags=0x0120).has("AD")
    said = signed.ask("proven.example.org")
    assert said.addresses == inside(GENERAL, "203.0.113.8") and said.ttl <= 60, said.message
