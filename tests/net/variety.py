# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets of every kind for a translator, from a seed: headers, options, sizes, fragments, extension headers, ICMP, all of them right and wrong.

    CLIENT6 = CLIENT4   -- translator, 2001:db8:64::/96 --   SERVER4 = SERVER6

A Case has the packets, in order, and tags that say what is particular about them; `sound` means that both families' hosts have to accept what comes of it.
"""
import struct
from dataclasses import dataclass, field

import craft
from craft import AH, DCCP, DESTINATION_OPTIONS, ESP, FRAGMENT, GRE, HOP_BY_HOP, ROUTING, SCTP, UDP_LITE, extension, ip4, ip6, sealed
from packets import ICMP, ICMPV6, TCP, UDP

PREFIX = "2001:db8:64::"
CLIENT4, CLIENT6 = "192.168.240.10", "2001:db8:c::10"
OTHER4, OTHER6 = "192.168.240.11", "2001:db8:c::11"
SERVER4, SERVER6 = "198.51.100.7", PREFIX + "c633:6407"
OWN4, OWN6 = "192.168.255.1", "2001:db8:64:ffff::1"
ROUTER4, ROUTER6 = "203.0.113.1", "2001:db8:feed::1"
SIZES = (0, 1, 7, 8, 9, 100, 500, 1000)
# What one family alone has: IGMP, ICMP of the other, extension headers of IPv6.
ALIEN = {4: (HOP_BY_HOP, 2, ROUTING, FRAGMENT, ICMPV6, DESTINATION_OPTIONS), 6: (ICMP, 2)}
MARTIANS = {4: ("0.1.2.3", "127.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255"), 6: ("::", "::1", "::ffff:198.51.100.7", "fe80::1", "ff02::1")}
EDGES4 = (1231, 1232, 1233, 1239, 1240, 1241, 1259, 1260, 1261, 1400, 1451, 1452, 1453, 1480)
EDGES6 = (1231, 1232, 1240, 1241, 1260, 1280, 1281, 1400, 1460)


@dataclass
class Case:
    version: int
    packets: list
    tags: set = field(default_factory=set)
    sound: bool = True

    def __str__(self):
        return f"IPv{self.version} {' '.join(sorted(self.tags))}: " + " ".join(packet[:120].hex() for packet in self.packets)


class Maker:
    """Makes cases. rng is the only source of chance."""

    def __init__(self, rng):
        self.rng = rng
        kinds = ((self.datagram, 20), (self.segment, 12), (self.echo, 10), (self.error, 30), (self.icmp_any, 12), (self.other, 8), (self.to_itself, 4),
                 (self.extended, 10), (self.optioned, 8), (self.malformed, 10), (self.train, 10), (self.lone_fragment, 8), (self.address_kinds, 8))
        self.kinds, self.weights = zip(*kinds)

    def make(self):
        version = self.rng.choice((4, 6))
        return self.rng.choices(self.kinds, self.weights)[0](version)

    # --- parts ---

    def ends(self, version):
        return (CLIENT6, SERVER6) if version == 6 else (SERVER4, CLIENT4)

    def size(self, version):
        return self.rng.choice(EDGES6 if version == 6 else EDGES4) if self.rng.random() < 0.3 else self.rng.choice(SIZES)

    def data(self, size):
        return self.rng.randbytes(size)

    def packet(self, case, protocol, body, ends=None, seal=True, **fields):
        """Put a packet into the case, with fields of the header by chance where nothing is said."""
        rng, version = self.rng, case.version
        source, destination = ends or self.ends(version)
        fields.setdefault("tos", rng.choice((0, 0, rng.randrange(256))))
        hops = fields.setdefault("hops", rng.choice((64, 64, 64, 255, rng.randrange(3, 256))))
        if hops <= 1:
            case.tags.add("hops")
            case.sound = False
        if seal:
            body = sealed(source, destination, protocol, body)
        if version == 4:
            fields.setdefault("df", rng.random() < 0.5)
            fields.setdefault("ident", rng.randrange(65536))
            if not fields["df"]:
                case.tags.add("no df")
            case.packets.append(ip4(source, destination, protocol, body, **fields))
        else:
            fields.setdefault("flow", rng.choice((0, rng.randrange(1 << 20))))
            case.packets.append(ip6(source, destination, protocol, body, **fields))
        if len(case.packets[-1]) > 1500:
            return self.datagram(version)
        return case

    # --- kinds ---

    def datagram(self, version):
        rng = self.rng
        case = Case(version, [], {"udp"})
        data = self.data(self.size(version))[:1452]
        body = craft.udp_body(rng.randrange(65536), rng.randrange(65536), data)
        ends, flavour = self.ends(version), rng.random()
        if flavour < 0.1:
            case.tags.add("zero checksum")
            case.sound = False
            return self.packet(case, UDP, body, seal=False)
        if flavour < 0.2:
            case.tags.add("wrong checksum")
            case.sound = False
            return self.packet(case, UDP, sealed(*ends, UDP, body, rng.randrange(1, 0xFFFF)), seal=False)
        if flavour < 0.3 and len(data) >= 2:  # the checksum becomes zero on the other side, unless it is said as 0xffff
            case.tags.add("checksum folds")
            return self.packet(case, UDP, self.folding(version, body))
        if flavour < 0.4:
            case.tags.add("hops by chance")
            return self.packet(case, UDP, body, hops=rng.randrange(4))
        return self.packet(case, UDP, body)

    def folding(self, version, body):
        """The datagram with the last two octets of its data such that the checksum of the other family's packet is 0xffff."""
        source, destination = (SERVER4, CLIENT4) if version == 6 else (CLIENT6, SERVER6)
        body = body[:8 + (len(body) - 8) // 2 * 2]
        body = body[:4] + struct.pack("!H", len(body)) + body[6:-2] + b"\0\0"
        value = struct.unpack_from("!H", sealed(source, destination, UDP, body), 6)[0]
        return body[:-2] + struct.pack("!H", value)

    def segment(self, version):
        rng = self.rng
        case = Case(version, [], {"tcp"})
        options = self.data(rng.choice((0, 0, 4, 12, 40)))
        body = craft.tcp_body(rng.randrange(65536), rng.randrange(65536), self.data(self.size(version))[:1400], options)
        if rng.random() < 0.1:
            case.tags.add("wrong checksum")
            case.sound = False
            return self.packet(case, TCP, sealed(*self.ends(version), TCP, body, rng.randrange(1, 0xFFFF)), seal=False)
        return self.packet(case, TCP, body)

    def echo(self, version):
        kind = self.rng.choice((8, 0) if version == 4 else (128, 129))
        body = craft.icmp_body(kind, 0, self.data(4), self.data(self.size(version))[:1400])
        return self.packet(Case(version, [], {"icmp", "echo"}), ICMP if version == 4 else ICMPV6, body)

    def icmp_any(self, version):
        """Any type and code, with a right checksum; errors quote a packet."""
        rng = self.rng
        kind, code = rng.choice((rng.randrange(256), rng.randrange(20))), rng.choice((0, 1, 2, rng.randrange(256)))
        if craft.is_error(version, kind):
            return self.error(version, kind, code)
        echo = kind in ((0, 8) if version == 4 else (128, 129))
        body = craft.icmp_body(kind, code, self.data(4), self.data(rng.choice(SIZES)))
        case = Case(version, [], {"icmp", "echo"} if echo else {"icmp", "type"})
        if echo and code:
            case.tags.add("echo with a code")
        return self.packet(case, ICMP if version == 4 else ICMPV6, body)

    def other(self, version):
        """A transport that is neither TCP, UDP nor ICMP."""
        rng = self.rng
        protocol = rng.choice((DCCP, GRE, ESP, AH, SCTP, UDP_LITE, 4, 41, 89, 253, rng.choice(ALIEN[version])))
        case = Case(version, [], {"other", "alien" if protocol in ALIEN[version] else str(protocol)})
        body = self.data(rng.choice((16, 40, 200, 1000)))
        if protocol == UDP_LITE:
            body = body[:4] + struct.pack("!H", 0) + body[6:]
        if protocol in (AH, ESP, 4, 41):
            case.sound = False  # hosts look into these
        return self.packet(case, protocol, body)

    def to_itself(self, version):
        rng = self.rng
        source, own = (CLIENT6, OWN6) if version == 6 else (SERVER4, OWN4)
        case = Case(version, [], {"own"})
        if rng.random() < 0.4:
            return self.packet(case, UDP, craft.udp_body(1, 2, self.data(20)), (source, own))
        kind = rng.choice((8, 8, 13) if version == 4 else (128, 128, 1))
        case.tags.add("echo" if kind in (8, 128) else "type")
        return self.packet(case, ICMP if version == 4 else ICMPV6, craft.icmp_body(kind, 0, self.data(4), self.data(64)), (source, own))

    def address_kinds(self, version):
        """Sources and destinations that are nobody's, or nobody's business."""
        rng = self.rng
        odd4 = ("127.0.0.1", "0.1.2.3", "224.0.0.1", "255.255.255.255", "169.254.169.254", "240.0.0.1", "10.0.0.1", "192.0.0.1", OTHER4, "192.168.240.77")
        odd6 = ("::1", "::", "fe80::1", "ff02::1", "2001:db8:77::1", PREFIX + "7f00:1", PREFIX + "e000:1", PREFIX + "a9fe:a9fe", PREFIX + "a00:1",
                PREFIX + "c0a8:f00b", PREFIX + "c0a8:f00a", OTHER6, CLIENT6)
        ends = list(self.ends(version))
        place, odd = rng.randrange(2), rng.choice(odd6 if version == 6 else odd4)
        ends[place] = odd
        case = Case(version, [], {"address", f"{'source' if place == 0 else 'destination'} {odd}"}, sound=False)
        return self.packet(case, UDP, craft.udp_body(1, 2, self.data(20)), tuple(ends), hops=64)

    def optioned(self, version):
        """IPv4 options; IPv6 has none, so another packet comes."""
        rng = self.rng
        if version == 6:
            return self.extended(version)
        name, options = rng.choice((("nop", b"\1\1\1\1"), ("record", b"\7\x0b\4" + bytes(8)), ("time", b"\x44\x0c\5\0" + bytes(8)), ("alert", b"\x94\4\0\0"),
                                    ("security", b"\x82\x0b" + bytes(9)), ("end", b"\0"), ("route", b"\x83\7\4\xc6\x33\x64\7"),
                                    ("route", b"\x89\7\4\xc6\x33\x64\7"), ("route", b"\1\x83\7\4\xc6\x33\x64\7"), ("expired", b"\1\x83\7\x08\xc6\x33\x64\7"), ("expired", b"\x89\3\4"),
                                    ("bad", b"\x44\x00"), ("bad", b"\x07\x30")))
        case = Case(4, [], {"options", "option " + name}, sound=name not in ("route", "bad"))
        return self.packet(case, UDP, craft.udp_body(1, 2, self.data(40)), options=options)

    def extended(self, version):
        """IPv6 extension headers, in and out of order; an atomic fragment among them."""
        rng = self.rng
        if version == 4:
            return self.optioned(version)
        case = Case(6, [], {"extensions"})
        body = sealed(CLIENT6, SERVER6, UDP, craft.udp_body(1, 2, self.data(rng.choice(SIZES))))
        following = UDP
        kinds = rng.choices((HOP_BY_HOP, DESTINATION_OPTIONS, ROUTING, FRAGMENT), (3, 5, 3, 3), k=rng.choice((1, 1, 2, 3)))
        for kind in kinds:
            body, following = self.extension(case, kind, following) + body, kind
        if kinds.count(FRAGMENT) > 1:
            case.tags.add("two fragment headers")
            case.sound = False
        return self.packet(case, following, body, seal=False)

    def extension(self, case, kind, following):
        rng = self.rng
        if kind == FRAGMENT:
            case.tags.add("atomic fragment")
            return craft.fragment(following, 0, False, rng.randrange(1 << 32))
        if kind == ROUTING:
            left = rng.choice((0, 0, 1))
            case.tags.add("segments left" if left else "routing")
            case.sound = case.sound and not left
            return extension(following, struct.pack("!BB", rng.choice((0, 2, 4)), left) + bytes(4 + 16 * left))
        case.tags.add("hop by hop" if kind == HOP_BY_HOP else "destination options")
        return extension(following, b"\1" + bytes([rng.choice((4, 12))]) + bytes(12))

    def malformed(self, version):
        rng = self.rng
        flaw = rng.choice(("header checksum", "total long", "total short", "transport short", "udp length", "tcp offset", "cut", "version", "icmp checksum"))
        case = Case(version, [], {"malformed", flaw}, sound=False)
        body = craft.udp_body(5, 6, self.data(60))
        protocol = ICMP if version == 4 else ICMPV6
        if flaw == "header checksum" and version == 4:
            return self.packet(case, UDP, body, flaw=rng.randrange(1, 0xFFFF))
        if flaw == "transport short":
            protocol, least = rng.choice(((UDP, 8), (TCP, 20), (protocol, 8), (DCCP, 12), (UDP_LITE, 8)))
            case.tags.add(str(protocol))
            return self.packet(case, protocol, self.data(rng.randrange(least)), seal=False)
        if flaw == "udp length":
            length = rng.choice((0, 7, 20, 69, 1000))
            case.tags.add("udp short length" if length == 20 else "udp bad length")
            return self.packet(case, UDP, craft.udp_body(5, 6, self.data(60), length))
        if flaw == "tcp offset":
            return self.packet(case, TCP, craft.tcp_body(5, 6, b"", words=rng.choice((0, 4, 6, 15))))
        if flaw == "icmp checksum":
            made = self.error(version)
            made.packets = [packet[:-1] + bytes([packet[-1] ^ 0x55]) for packet in made.packets]
            return Case(version, made.packets, made.tags | case.tags, False)
        if flaw.startswith("total"):
            size = 88 if version == 4 else 68
            return self.packet(case, UDP, body, total=size + rng.choice((1, 100)) if flaw == "total long" else size - rng.choice((1, 8, 30)))
        made = self.packet(case, UDP, body)
        packet = made.packets[0]
        made.packets = [packet[:rng.randrange(1, 48)]] if flaw == "cut" else [bytes([packet[0] & 15 | 0x50]) + packet[1:]] if flaw == "version" else made.packets
        if flaw == "header checksum":
            made.tags.remove(flaw)
            made.sound = True
        return made

    # --- ICMP errors ---

    def quote(self, case):
        """A packet that the receiver of the error could have sent, cut somewhere."""
        rng, version = self.rng, case.version
        source, destination = reversed(self.ends(version))
        protocol = rng.choice((UDP, UDP, TCP, ICMP if version == 4 else ICMPV6, ESP, DCCP))
        flavour = rng.choice(("plain", "plain", "plain", "plain", "fragment", "later fragment", "strangers", "options", "routing", "zero checksum", "error",
                              "alien", "martian"))
        data = self.data(rng.choice((0, 4, 64, 600, 1100)))
        if protocol == UDP:
            body = craft.udp_body(7, 8, data)
        elif protocol == TCP:
            body = craft.tcp_body(7, 8, data)
        elif protocol in (ICMP, ICMPV6):
            kind = {4: (3, 8), 6: (1, 128)}[version][flavour != "error"]
            body = craft.icmp_body(kind, 0, self.data(4), data)
        else:
            body = self.data(12) + data
            flavour = "plain" if flavour == "error" else flavour
        if flavour == "zero checksum":
            protocol, body = UDP, craft.udp_body(7, 8, data)
        if flavour == "alien":
            protocol, body = rng.choice(ALIEN[version]), self.data(16) + data
        if flavour == "martian":
            destination = rng.choice(MARTIANS[version])
            case.tags.add(f"to {destination}")
        case.tags.update({f"quoted {flavour}", f"quoted {protocol}"})
        if flavour != "zero checksum":
            body = sealed(source, destination, protocol, body)
        if flavour == "strangers":
            source, destination = ("203.0.113.9", "203.0.113.10") if version == 4 else ("2001:db8:77::1", "2001:db8:77::2")
        whole = self.quoted_header(version, source, destination, protocol, body, flavour)
        least = len(whole) - len(body)
        cut = rng.choice((len(whole), len(whole), least + 8, least + 8, least + 20, least + 28, least + rng.randrange(64)))
        if cut < min(len(whole), least + craft.LEAST.get(protocol, 0)) or cut < least + 8:
            case.tags.add("quote short")
        elif cut < len(whole):
            case.tags.add("quote cut")
        return whole[:cut]

    def quoted_header(self, version, source, destination, protocol, body, flavour):
        rng = self.rng
        hops, tos = rng.randrange(1, 256), rng.choice((0, rng.randrange(256)))
        if version == 4:
            more, offset = (flavour == "fragment", 1480 if flavour == "later fragment" else 0)
            return ip4(source, destination, protocol, body, hops=hops, tos=tos, ident=rng.randrange(65536), df=rng.random() < 0.5, more=more, offset=offset,
                       options=b"\7\7\4\0\0\0\0" if flavour == "options" else b"")
        following = protocol
        if flavour in ("fragment", "later fragment"):
            body, following = craft.fragment(protocol, 1448 if flavour == "later fragment" else 0, flavour == "fragment", rng.randrange(1 << 32)) + body, FRAGMENT
        elif flavour == "options":
            body, following = extension(protocol) + body, DESTINATION_OPTIONS
        elif flavour == "routing":
            body, following = extension(protocol, b"\0\1" + bytes(20)) + body, ROUTING
        return ip6(source, destination, following, body, hops=hops, tos=tos, flow=rng.randrange(1 << 20))

    def error(self, version, kind=None, code=None):
        rng = self.rng
        case = Case(version, [], {"icmp", "error"})
        source, destination = self.ends(version)
        if rng.random() < 0.3:
            source = ROUTER4 if version == 4 else ROUTER6
            case.tags.add("router")
        quote, rest, tail = self.quote(case), b"\0\0\0\0", b""
        if kind is None:
            kind, code = self.error_kind(version)
        if (version, kind, code) == (4, 3, 4) or (version, kind) == (6, 2):
            mtu = rng.choice((0, 68, 576, 1259, 1260, 1280, 1400, 1479, 1480, 1500, 9000, 65535))
            case.tags.add("mtu")
            if mtu == 0:
                case.tags.add("mtu 0")
            rest = struct.pack("!I", mtu)
        elif kind == (12 if version == 4 else 4):
            pointer = rng.randrange(24 if version == 4 else 50)
            case.tags.add("pointer")
            rest = bytes([pointer, 0, 0, 0]) if version == 4 else struct.pack("!I", pointer)
        elif rng.random() < 0.3:
            quote, rest, tail = self.extended_error(case, quote, kind)
        case.tags.add(f"kind {kind}/{code}")
        body = craft.icmp_body(kind, code, rest, quote + tail)
        return self.packet(case, ICMP if version == 4 else ICMPV6, body, (source, destination))

    def error_kind(self, version):
        """A type and code that means something."""
        rng = self.rng
        if version == 4:
            return rng.choice(((3, rng.randrange(17)), (3, rng.randrange(17)), (3, 4), (11, rng.randrange(3)), (12, rng.randrange(4)), (4, 0), (5, 1)))
        return rng.choice(((1, rng.randrange(9)), (1, rng.randrange(9)), (2, 0), (3, rng.randrange(3)), (4, rng.randrange(4)), (rng.randrange(5, 128), 0)))

    def extended_error(self, case, quote, kind):
        """Pad the quote and put an extension structure behind it (RFC 4884)."""
        if kind not in ((3, 11) if case.version == 4 else (1, 3)):
            return quote, b"\0\0\0\0", b""
        case.tags.add("rfc 4884")
        unit = 4 if case.version == 4 else 8
        quote = quote[:512] + bytes(max(0, 128 - len(quote)) or -len(quote[:512]) % unit)
        rest = bytes([0, len(quote) // 4, 0, 0]) if case.version == 4 else bytes([len(quote) // 8, 0, 0, 0])
        objects = b"\0\x08\1\1" + self.data(4)
        head = b"\x20\0"
        total = craft.checksum(head + b"\0\0" + objects)
        return quote, rest, head + struct.pack("!H", total) + objects

    # --- fragments ---

    def train(self, version):
        """All fragments of one datagram, segment or echo."""
        rng = self.rng
        protocol = rng.choice((UDP, UDP, TCP, ICMP if version == 4 else ICMPV6, ESP))
        case = Case(version, [], {"train", str(protocol)})
        data = self.data(rng.choice((900, 1800, 2600)))
        body = {UDP: craft.udp_body(9, 10, data), TCP: craft.tcp_body(9, 10, data), ESP: data}.get(protocol)
        if body is None:
            body = craft.icmp_body(8 if version == 4 else 128, 0, self.data(4), data)
            case.tags.add("icmp")
        if protocol == ESP:
            case.sound = False
        body = sealed(*self.ends(version), protocol, body)
        step, ident = rng.choice((256, 512, 1024, 1448)), rng.randrange(1 << 16)
        for offset in range(0, len(body), step):
            self.piece(case, protocol, body[offset:offset + step], offset, offset + step < len(body), ident)
        if len(case.packets) == 1:
            case.tags.add("atomic fragment")
        case.tags.add(f"step {step}")
        return case

    def piece(self, case, protocol, part, offset, more, ident):
        if case.version == 4:
            self.packet(case, protocol, part, seal=False, more=more, offset=offset, ident=ident, df=False, hops=64, tos=0)
        else:
            self.packet(case, FRAGMENT, craft.fragment(protocol, offset, more, ident) + part, seal=False, hops=64, tos=0)

    def lone_fragment(self, version):
        """A fragment without the others: first, later, tiny, overlapping, uneven, beyond the end; with options behind its header."""
        rng = self.rng
        flaw = rng.choice(("first", "later", "later", "tiny", "overlapping", "uneven", "beyond", "options behind", "icmp error"))
        protocol, part, offset, more = rng.choice((UDP, TCP)), self.data(512), 0, True
        if flaw in ("later", "options behind"):
            offset, more = rng.choice((512, 1448, 8192)), rng.random() < 0.5
        if flaw == "tiny":
            protocol, part = TCP, part[:8]
        elif flaw == "overlapping":
            protocol, offset = TCP, rng.choice((8, 16))
        elif flaw == "uneven":
            part = part[:509]
        elif flaw == "beyond":
            offset, more = 65528, False
        elif flaw == "icmp error":
            protocol, part = (ICMP, b"\3\1" + part[2:]) if version == 4 else (ICMPV6, b"\1\0" + part[2:])
        if flaw in ("first", "uneven"):
            part = {UDP: struct.pack("!HHHH", 1, 2, 2000, 0x1234), TCP: craft.tcp_body(1, 2, b"")}[protocol] + part[20:]
            part = part[:512] if flaw == "first" else part[:501]
        case = Case(version, [], {"lone fragment", flaw, str(protocol)}, sound=False)
        if flaw == "options behind" and version == 6:
            return self.packet(case, FRAGMENT, craft.fragment(DESTINATION_OPTIONS, 0, True, 77) + extension(UDP) + part, seal=False)
        self.piece(case, protocol, part, offset, more, rng.randrange(1 << 16))
        return case
