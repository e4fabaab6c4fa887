# SPDX-License-Identifier: GPL-2.0-or-later
"""What splitdns replaces, for tests/bench/dns alone: a Python module for Unbound (python-script) that does the same for two domains.

AAAA of HOST.9929 is A of HOST.real.example inside the prefix, and far.9929 is far.example. The module's Python interface has no sub-queries, so the look-up is
one's own, and all of Unbound waits for it. This one is as quick as it gets: one connected socket, a question made of octets, no library.
"""
# Everything that begins with MODULE_, RR_, PKT_ or RCODE_ below, and DNSMessage, comes from Unbound.
# flake8: noqa: F821
import socket
import struct

PREFIX = bytes.fromhex("fd6499290000000000000000")
A_IN = struct.pack("!HH", 1, 1)


class Domain:
    """A split domain, what it stands for, and a socket to its upstream."""

    def __init__(self, split, real, upstream):
        self.split, self.real, self.upstream = split, real, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.upstream.connect((upstream, 53))


domains = []


def look_up(name, upstream):
    """The addresses of the real name, each with its TTL."""
    question = name + A_IN
    upstream.send(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + question)
    reply = upstream.recv(4096)
    count, at = struct.unpack_from("!H", reply, 6)[0], 12 + len(question)
    for _ in range(count):
        while 0 < reply[at] < 192:  # labels
            at += 1 + reply[at]
        at += 2 if reply[at] else 1
        kind, _, ttl, length = struct.unpack_from("!HHIH", reply, at)
        if kind == 1:
            yield PREFIX + reply[at + 10:at + 14], ttl
        at += 10 + length


def answer(qstate, domain):
    """Put the answer into Unbound's cache, and hand it over."""
    asked = qstate.qinfo
    name = asked.qname_str
    message = DNSMessage(name, RR_TYPE_AAAA, RR_CLASS_IN, PKT_QR | PKT_RA)
    for address, ttl in look_up(asked.qname[:-len(domain.split)] + domain.real, domain.upstream):
        message.answer.append(f"{name} {ttl} IN AAAA {socket.inet_ntop(socket.AF_INET6, address)}")
    if not message.set_return_msg(qstate):
        return False
    qstate.return_msg.rep.security = 2
    qstate.return_rcode = RCODE_NOERROR
    return storeQueryInCache(qstate, asked, qstate.return_msg.rep, 0)


def init(id, cfg):
    domains.append(Domain(b"\x03far\x049929\x00", b"\x03far\x07example\x00", "127.0.0.5"))
    domains.append(Domain(b"\x049929\x00", b"\x04real\x07example\x00", "127.0.0.3"))
    return True


def deinit(id):
    return True


def inform_super(id, qstate, superqstate, qdata):
    return True


def operate(id, event, qstate, qdata):
    if event in (MODULE_EVENT_NEW, MODULE_EVENT_PASS):
        domain = next((domain for domain in domains if qstate.qinfo.qname.endswith(domain.split)), None)
        if qstate.qinfo.qtype != RR_TYPE_AAAA or not domain:
            qstate.ext_state[id] = MODULE_WAIT_MODULE
        else:
            qstate.ext_state[id] = MODULE_FINISHED if answer(qstate, domain) else MODULE_ERROR
        return True
    qstate.ext_state[id] = MODULE_FINISHED if event == MODULE_EVENT_MODDONE else MODULE_ERROR
    return True
