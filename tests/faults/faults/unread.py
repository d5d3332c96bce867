"""Clients that ask much over TCP and never read: what waits to be read is bounded, then they are closed."""

import socket
import time

from asking import NONE, Beside, framed, query

TITLE = "clients that never read"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "clients": ("", None),
    "memory +KiB a client": ("< 256", lambda more: more < 256),
    "of 500 UDP lost": NONE,
    "of 50 TCP lost": NONE,
}


def run(rig, name):
    server = rig.start(name)
    Beside(server.port, queries=50, connections=5)
    memory, count = server.resident(), rig.either(50, 200)
    questions = framed(query("big.example.com", 16)) * 1000
    streams = []
    for number in range(count):
        stream = socket.socket()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        stream.bind((f"10.3.0.{number + 1}", 0))
        stream.settimeout(2)
        stream.connect(("127.0.0.1", server.port))
        stream.setblocking(False)
        streams.append(stream)
    largest, end = 0, time.monotonic() + 4
    left = {stream: questions for stream in streams}
    while time.monotonic() < end:
        for stream in streams:
            try:
                left[stream] = left[stream][stream.send(left[stream]):]
            except OSError:
                pass
        largest = max(largest, server.resident())
        time.sleep(0.05)
    beside = Beside(server.port)
    for stream in streams:
        stream.close()
    return {
        "clients": count,
        "memory +KiB a client": (max(largest, server.resident()) - memory) / count,
        "of 500 UDP lost": beside.lost,
        "of 50 TCP lost": beside.closed,
    }
