"""Fewer descriptors than clients: no busy loop, and who comes is served."""

import resource
import socket
import time

from asking import query, tcp

TITLE = "descriptors run out (300 clients)"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "CPU share": ("0.00", lambda share: share < 0.02),
    "of 10 TCP served": ("10", lambda served: served == 10),
    "UDP answered": ("yes", lambda answered: answered == "yes"),
}


def run(rig, name):
    limit = ["prlimit", f"--nofile={rig.either(128, 128)}:128"]
    server = rig.start(name, before=limit)
    server.before = []  # prlimit becomes the server
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    streams = []
    try:
        for number in range(300):
            stream = socket.socket()
            stream.setblocking(False)
            stream.bind((f"10.4.{number // 250}.{number % 250 + 1}", 0))
            stream.connect_ex(("127.0.0.1", server.port))
            streams.append(stream)
        time.sleep(1)
        before, began = server.cpu(), time.monotonic()
        time.sleep(3)
        share = (server.cpu() - before) / (time.monotonic() - began)
        served = 0
        for number in range(10):
            try:
                tcp(server.port, query("h1.example.com"), 3, f"10.5.0.{number + 1}")
                served += 1
            except OSError:
                pass
    finally:
        for stream in streams:
            stream.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        from asking import udp
        answered = "yes" if udp(server.port, query("h1.example.com")) else "no"
    except OSError:
        answered = "no"
    return {"CPU share": share, "of 10 TCP served": served, "UDP answered": answered}
