# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets with every field as the test says, right or wrong: what packets.py is too decent for. Offsets and lengths are octets."""
import ipaddress
import struct

from packets import ICMP, ICMPV6, TCP, UDP, checksum, packed, pseudo_header

HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION_OPTIONS, NO_NEXT = 0, 43, 44, 60, 59
DCCP, GRE, ESP, AH, SCTP, UDP_LITE = 33, 47, 50, 51, 132, 136
CHECKSUM_AT = {UDP: 6, TCP: 16, ICMP: 2, ICMPV6: 2, DCCP: 6, UDP_LITE: 6}
LEAST = {UDP: 8, TCP: 20, ICMP: 8, ICMPV6: 8, DCCP: 12, UDP_LITE: 8}


def ip4(source, destination, protocol, payload, *, tos=0, hops=64, ident=0x4321, df=False, more=False, offset=0, options=b"", total=None, flaw=0):
    """An IPv4 packet; options are padded; total overrides the length, flaw is added to the header's checksum."""
    options += bytes(-len(options) % 4)
    length = 20 + len(options)
    word = (0x4000 if df else 0) | (0x2000 if more else 0) | offset // 8
    header = struct.pack("!BBHHHBBH", 0x40 | length // 4, tos, length + len(payload) if total is None else total, ident, word, hops, protocol, 0)
    header += packed(source) + packed(destination) + options
    return header[:10] + struct.pack("!H", checksum(header) + flaw & 0xFFFF) + header[12:] + payload


def ip6(source, destination, following, payload, *, tos=0, hops=64, flow=0, total=None):
    """An IPv6 packet; total overrides the payload length."""
    word = 6 << 28 | tos << 20 | flow
    return struct.pack("!IHBB", word, len(payload) if total is None else total, following, hops) + packed(source) + packed(destination) + payload


def extension(following, body=b"\1\4\0\0\0\0"):
    """A hop-by-hop, routing or destination options header: PadN unless body says otherwise."""
    body += bytes(-(2 + len(body)) % 8)
    return struct.pack("!BB", following, (2 + len(body)) // 8 - 1) + body


def fragment(following, offset=0, more=False, ident=0x12345678):
    return struct.pack("!BxHI", following, offset | more, ident)


def sealed(source, destination, protocol, body, flaw=0):
    """The transport with its checksum put in; flaw is added to it. A UDP checksum is never zero."""
    at = CHECKSUM_AT.get(protocol)
    if at is None or len(body) < at + 2:
        return body
    body = body[:at] + b"\0\0" + body[at + 2:]
    value = checksum(body if protocol == ICMP else pseudo_header(source, destination, protocol, len(body)) + body)
    if protocol in (UDP, UDP_LITE):
        value = value or 0xFFFF
    return body[:at] + struct.pack("!H", value + flaw & 0xFFFF) + body[at + 2:]


def udp_body(source_port, port, data, length=None):
    return struct.pack("!HHHH", source_port, port, 8 + len(data) if length is None else length, 0) + data


def tcp_body(source_port, port, data, options=b"", words=None):
    """words: the data offset, when it is to be wrong."""
    options += bytes(-len(options) % 4)
    words = 5 + len(options) // 4 if words is None else words
    return struct.pack("!HHIIBBHHH", source_port, port, 0x01020304, 0x05060708, words << 4, 0x18, 0x2000, 0, 0) + options + data


def icmp_body(kind, code, rest=b"\0\0\0\0", data=b""):
    return struct.pack("!BBH", kind, code, 0) + rest + data


# --- reading ---

def transport_sum(source, destination, protocol, body):
    """right, wrong, zero (UDP without), or none for a transport whose checksum says nothing about addresses."""
    at = CHECKSUM_AT.get(protocol)
    if at is None or len(body) < LEAST[protocol]:
        return "none"
    if protocol == UDP:
        if body[6:8] == b"\0\0":
            return "zero"
        body = body[:max(8, struct.unpack_from("!H", body, 4)[0])]
    if protocol == UDP_LITE:
        coverage = struct.unpack_from("!H", body, 4)[0] or len(body)
        return "right" if checksum(pseudo_header(source, destination, protocol, len(body)) + body[:coverage]) == 0 else "wrong"
    return "right" if checksum(body if protocol == ICMP else pseudo_header(source, destination, protocol, len(body)) + body) == 0 else "wrong"


def is_error(version, kind):
    return kind in (3, 4, 5, 11, 12) if version == 4 else kind < 128


def read_header(data):
    """The fields of an IP header and a Fragment header behind it; and what follows them."""
    if data[0] >> 4 == 4:
        size = (data[0] & 15) * 4
        _, tos, total, ident, word, hops, protocol, _ = struct.unpack_from("!BBHHHBBH", data)
        fields = {"version": 4, "tos": tos, "length": total, "ident": ident, "df": bool(word & 0x4000), "more": bool(word & 0x2000),
                  "offset": (word & 0x1FFF) * 8, "hops": hops, "protocol": protocol, "source": address(data[12:16]), "destination": address(data[16:20]),
                  "header-sum": "right" if checksum(data[:size]) == 0 else "wrong", "options": data[20:size].hex()}
        return fields, data[size:]
    word, length, following, hops = struct.unpack_from("!IHBB", data)
    fields = {"version": 6, "tos": word >> 20 & 0xFF, "flow": word & 0xFFFFF, "length": length, "hops": hops, "protocol": following,
              "source": address(data[8:24]), "destination": address(data[24:40]), "fragment": False}
    body = data[40:]
    if following == FRAGMENT and len(body) >= 8:
        following, word, ident = struct.unpack_from("!BxHI", body)
        fields.update(protocol=following, fragment=True, offset=word & 0xFFF8, more=bool(word & 1), ident=ident)
        body = body[8:]
    return fields, body


def address(octets):
    return str(ipaddress.ip_address(octets))


def read(data, quoted=False):
    """Every field of a packet, a packet that it quotes included, as a flat dictionary."""
    fields, body = read_header(data)
    if not quoted:
        fields["length"] = len(data) - fields["length"]  # octets beyond what the header says
    whole = not fields.get("offset") and not fields.get("more")
    is_icmp = fields["protocol"] == (ICMP if fields["version"] == 4 else ICMPV6)
    if is_icmp and not fields.get("offset") and len(body) >= 8:
        fields.update(kind=body[0], code=body[1], rest=body[4:8].hex())
        if is_error(fields["version"], body[0]) and not quoted and len(body) >= 28:
            quote_read(fields, body)
        else:
            fields["data"] = body[8:].hex()
    else:
        at = CHECKSUM_AT.get(fields["protocol"]) if not fields.get("offset") else None
        fields["data"] = (body if at is None else body[:at] + body[at + 2:]).hex()
    if whole and not quoted:
        fields["sum"] = transport_sum(fields["source"], fields["destination"], fields["protocol"], body)
    return fields


def quote_read(fields, body):
    """What an ICMP error quotes, and the extensions of RFC 4884 behind it."""
    unit, place = (4, 5) if fields["version"] == 4 else (8, 4)
    size = body[place] * unit
    has_size = fields["kind"] in ((3, 11, 12) if fields["version"] == 4 else (1, 3)) and 0 < size < len(body) - 8
    quote, rest = (body[8:8 + size], body[8 + size:]) if has_size else (body[8:], b"")
    fields["extensions"] = rest.hex()
    try:
        fields.update({f"quote {key}": value for key, value in read(quote, quoted=True).items()})
    except (struct.error, ValueError):  # not even a header
        fields["quote data"] = quote.hex()
