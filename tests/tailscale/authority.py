# SPDX-License-Identifier: GPL-2.0-or-later
"""A certificate authority of the tests, and a TLS front for a server that speaks plain HTTP.

    authority.py ADDRESS PORT CERTIFICATE KEY BACKEND-PORT      accept TLS, hand the octets to 127.0.0.1:BACKEND-PORT
"""
import contextlib
import socket
import ssl
import subprocess
import sys
import threading


class Authority:
    """ca is its certificate; certificate() makes one for an address or a name."""

    def __init__(self, folder, name="ca"):
        self.folder, self.ca, self.ca_key = folder, folder / f"{name}.pem", folder / f"{name}.key"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.ca_key, "-subj", f"/CN={name}", "-days", "2", "-out", self.ca)

    @staticmethod
    def openssl(*arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def certificate(self, subject):
        """(certificate, key) whose alternative name is the subject: "IP:127.0.0.1", "DNS:example.com"."""
        stem = self.folder / subject.replace(":", "-")
        key, request, extensions, certificate = (stem.with_suffix(suffix) for suffix in (".key", ".csr", ".ext", ".crt"))
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-subj", "/CN=server", "-out", request)
        extensions.write_text(f"subjectAltName={subject}\n")
        self.openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial", "-days", "2", "-extfile", extensions,
                     "-out", certificate)
        return certificate, key


def pump(source, sink):
    with contextlib.suppress(OSError):
        while octets := source.recv(65536):
            sink.sendall(octets)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def serve(connection, context, port):
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as outer, \
            socket.create_connection(("127.0.0.1", port)) as inner:
        up = threading.Thread(target=pump, args=(outer, inner), daemon=True)
        up.start()
        pump(inner, outer)


def main():
    address, port, certificate, key, backend = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server((address, int(port))) as listener:
        print("listening", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, context, int(backend)), daemon=True).start()


if __name__ == "__main__":
    main()
