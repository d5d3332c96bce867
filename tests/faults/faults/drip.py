"""Fifty clients that send an octet every half second: newcomers are served beside them, and drippers end."""

import socket
import threading
import time

from asking import NONE, Beside, framed, query

TITLE = "50 clients that drip"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "of 20 newcomers lost": NONE,
    "newcomers' p99 ms": ("time: < 1", lambda late: late < 1),
    "of 500 UDP lost": NONE,
    "CPU share": ("< 0.05", lambda share: share < 0.05),
}


def run(rig, name):
    server = rig.start(name)
    stop = threading.Event()
    drippers = [threading.Thread(target=drip, args=(server.port, stop, f"10.1.0.{number + 1}")) for number in range(50)]
    for dripper in drippers:
        dripper.start()
    time.sleep(2)
    before, began = server.cpu(), time.monotonic()
    time.sleep(1)
    share = (server.cpu() - before) / (time.monotonic() - began)
    beside = Beside(server.port, connections=20)
    stop.set()
    for dripper in drippers:
        dripper.join()
    return {**beside.figures(), "CPU share": share}


def drip(port, stop, source):
    octets = framed(query("h1.example.com")) * 10
    while not stop.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), 2, (source, 0)) as stream:
                for octet in octets:
                    stream.send(bytes([octet]))
                    if stop.wait(0.5):
                        return
        except OSError:
            stop.wait(0.1)
