"""A flood in the name of one victim: few octets leave for it, and another client is served as ever."""

import socket
import struct
import threading
import time

from asking import query, udp

TITLE = "reflection at one victim"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "octets out/in": ("≤ 0.6", lambda ratio: ratio <= 0.6),
    "of 106 of another client": ("106", lambda served: served == 106),
    "whole answers": ("", None),
    "queries": ("", None),
}
VICTIM = "10.9.9.9"
LIMITS = {
    "meridian": lambda text: text.replace("[server]", "[server]\nrrl = { rate = 50, slip = 2 }"),
    "knot": lambda text: text.replace("mod-geoip:", "mod-rrl:\n  - id: default\n    rate-limit: 50\n    slip: 2\n\nmod-geoip:")
    .replace("module: mod-geoip/everyone", "module: [ mod-rrl/default, mod-geoip/everyone ]"),
}


def run(rig, name):
    server = rig.start(name, edit=LIMITS.get(name))
    count, question = 22_000, query("big.example.com", 16, edns=1232)
    received = {"octets": 0, "whole": 0, "served": 0}
    stop = threading.Event()
    victim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    victim.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    victim.bind((VICTIM, 4444))
    victim.settimeout(0.2)
    threads = [threading.Thread(target=count_answers, args=(victim, received, stop)),
               threading.Thread(target=another, args=(server.port, received))]
    for thread in threads:
        thread.start()
    seconds = rig.either(4.0, 10.0)
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
        forger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for number in range(count):
            victim.sendto(struct.pack("!H", number & 0xFFFF) + question[2:], ("127.0.0.1", server.port))
            ahead = began + seconds * number / count - time.monotonic()
            if ahead > 0.002:
                time.sleep(ahead)
    threads[1].join()
    time.sleep(0.5)
    stop.set()
    threads[0].join()
    victim.close()
    return {
        "octets out/in": received["octets"] / (count * len(question)),
        "of 106 of another client": received["served"],
        "whole answers": received["whole"],
        "queries": count,
    }


def count_answers(victim, received, stop):
    while not stop.is_set():
        try:
            answer = victim.recv(4096)
        except TimeoutError:
            continue
        received["octets"] += len(answer)
        received["whole"] += not answer[2] & 2


def another(port, received):
    for _ in range(106):
        try:
            answer = udp(port, query("h1.example.com"), 1.0, source="10.77.0.1")
            received["served"] += not answer[2] & 2
        except OSError:
            pass
        time.sleep(0.02)
