# SPDX-License-Identifier: GPL-2.0-or-later
"""What `check` and `watch` find of programs that are in the way."""
import json
import socket

import traffic

ANSWER = "fd64:9929::6440:3"


def found(relay, topic=None):
    """check's conflicts, of one topic or all: (result, text, advice)."""
    done = relay.command("check", "--conflicts", "--json")
    assert done.stdout, done.stderr
    return [(one["result"], one["text"], one["advice"]) for one in json.loads(done.stdout)["conflicts"] if topic in (None, one["topic"])]


def connects(relay):
    """Does a TCP connection of the client come through the relay to the target?"""
    with traffic.listen(relay.target, relay.hosts.TARGET4, socket.SOCK_STREAM) as far, relay.client.inside():
        near = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        near.settimeout(1.5)
        with near:
            try:
                near.connect((ANSWER, far.getsockname()[1]))
            except OSError:
                return False
            return True
