"""Queries and answers as octets, and a well-behaved client whose losses and waits are counted."""

import random
import socket
import struct
import time

NOERROR, NXDOMAIN = 0, 3
NONE = ("0", lambda count: count == 0)  # the aim of what must not happen


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.rstrip(".").split(".")) + b"\0"


def query(text, rtype=1, identifier=None, edns=None, cookie=None):
    """A question; `edns` is the size that is offered, `cookie` the data of a COOKIE option."""
    identifier = random.getrandbits(16) if identifier is None else identifier
    option = struct.pack("!HH", 10, len(cookie)) + cookie if cookie else b""
    more = b"\0" + struct.pack("!HHIH", 41, edns or 1232, 0, len(option)) + option if edns or cookie else b""
    return struct.pack("!HHHHHH", identifier, 0, 1, 0, 0, 1 if more else 0) + name(text) + struct.pack("!HH", rtype, 1) + more


def framed(message):
    return struct.pack("!H", len(message)) + message


def receive(stream):
    """One framed answer of a stream."""
    octets = b""
    while len(octets) < 2 or len(octets) < 2 + struct.unpack("!H", octets[:2])[0]:
        more = stream.recv(65536)
        if not more:
            raise ConnectionError("closed")
        octets += more
    return octets[2:]


def udp(port, message, timeout=2.0, host="127.0.0.1", source=None):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        if source:
            client.bind((source, 0))
        client.connect((host, port))
        client.send(message)
        while True:
            answer = client.recv(65535)
            if answer[:2] == message[:2]:
                return answer


def tcp(port, message, timeout=2.0, source=None):
    with socket.create_connection(("127.0.0.1", port), timeout, (source, 0) if source else None) as stream:
        stream.sendall(framed(message))
        return receive(stream)


class Beside:
    """UDP queries one by one and TCP connections, as a client that has nothing to do with a fault."""

    def __init__(self, port, queries=500, connections=50, timeout=2.0, source="10.250.0.1"):
        self.lost, self.closed, waits, newcomers = 0, 0, [], []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind((source, 0))
            client.connect(("127.0.0.1", port))
            client.settimeout(timeout)
            for number in range(queries):
                message, began = query("h1.example.com", identifier=number), time.monotonic()
                try:
                    client.send(message)
                    while client.recv(4096)[:2] != message[:2]:
                        pass
                    waits.append(time.monotonic() - began)
                except OSError:
                    self.lost += 1
        for _ in range(connections):
            began = time.monotonic()
            try:
                tcp(port, query("h1.example.com"), timeout, source)
                newcomers.append(time.monotonic() - began)
            except OSError:
                self.closed += 1
        self.connections, self.p99, self.tcp_p99 = connections, late(waits), late(newcomers)

    def figures(self):
        """What a fault that keeps connections busy tells of those that came beside it."""
        return {
            f"of {self.connections} newcomers lost": self.closed,
            "newcomers' p99 ms": self.tcp_p99,
            "of 500 UDP lost": self.lost,
            "UDP p99 ms": self.p99,
        }


def late(waits):
    """Milliseconds that 99 in 100 waits stay below."""
    return sorted(waits)[int(len(waits) * 0.99) - 1 if waits else 0] * 1000 if waits else float("inf")
