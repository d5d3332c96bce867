"""Two thousand TCP clients that say nothing: newcomers are served, with bounded descriptors."""

import resource
import socket

from asking import NONE, Beside

TITLE = "2,000 idle TCP clients"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "of 100 newcomers lost": NONE,
    "UDP p99 ms": ("time: < 0.2", lambda late: late < 0.2),
    "of 500 UDP lost": NONE,
    "descriptors": ("< 2,100", lambda count: count < 2100),
}


def run(rig, name):
    server = rig.start(name)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    idle = []
    try:
        for number in range(2000):
            stream = socket.socket()
            stream.settimeout(5)
            stream.bind((f"10.2.{number // 250}.{number % 250 + 1}", 0))
            stream.connect(("127.0.0.1", server.port))
            idle.append(stream)
        beside = Beside(server.port, connections=100)
        descriptors = server.descriptors()
    finally:
        for stream in idle:
            stream.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return {**beside.figures(), "descriptors": descriptors}
