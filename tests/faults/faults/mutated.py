"""Garbage: valid queries with a few octets wrong, over UDP and streams. The server lives, and does not grow."""

import random
import socket

from asking import NONE, Beside, framed, query

TITLE = "mutated packets"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "packets": ("", None),
    "memory +KiB": ("< 1,024", lambda more: more < 1024),
    "alive": ("yes", lambda alive: alive == "yes"),
    "of 500 UDP lost": NONE,
    "log +octets": ("< 4,096", lambda more: more < 4096),
}


def run(rig, name):
    server = rig.start(name)
    chance = random.Random(7)
    seeds = [query(text, rtype, edns=edns) for text in ("api.example.com", "h1.example.com", "x.y.z.example.com", "big.example.com")
             for rtype in (1, 28, 255, 16) for edns in (None, 1232)]
    throw(server, chance, seeds, 2_000)
    memory, log = server.resident(), len(server.said())
    count = rig.either(20_000, 100_000)
    throw(server, chance, seeds, count)
    for _ in range(rig.either(100, 500)):
        try:
            with socket.create_connection(("127.0.0.1", server.port), 2) as stream:
                stream.sendall(b"".join(framed(mutation(chance, seeds)) for _ in range(5))[: chance.randrange(400)])
        except OSError:
            pass
    beside = Beside(server.port)
    return {
        "packets": count,
        "memory +KiB": server.resident() - memory,
        "alive": "yes" if server.is_alive() else "no",
        "of 500 UDP lost": beside.lost,
        "log +octets": len(server.said()) - log,
    }


def throw(server, chance, seeds, count):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.settimeout(5)
        for number in range(count):
            client.sendto(mutation(chance, seeds), ("127.0.0.1", server.port))
            if number % 64 == 0:
                last.sendto(query("h1.example.com"), ("127.0.0.1", server.port))
                last.recv(4096)


def mutation(chance, seeds):
    octets = bytearray(chance.choice(seeds))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(octets)) if octets else 0
        match chance.randrange(5):
            case 0 | 1 if octets:
                octets[at] = chance.getrandbits(8)
            case 2:
                del octets[at:]
            case 3:
                octets[at:at] = chance.randbytes(chance.randrange(1, 9))
            case _:
                octets += octets[at: at + 16]
    return bytes(octets)
