"""A million sources, and a million client subnets: no table grows with either."""

import socket
import struct

from asking import NONE, Beside, query

TITLE = "forged sources and subnets"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "sources": ("", None),
    "sources: memory +KiB": ("< 1,024", lambda more: more < 1024),
    "subnets: memory +KiB": ("< 1,024", lambda more: more < 1024),
    "CPU, of the first tenth's": ("time: < 1.1", lambda ratio: ratio < 1.1),
    "of 500 UDP lost": NONE,
}
TENTHS = 10
IP_PKTINFO = 8  # linux/in.h; Python has no name for it


def run(rig, name):
    server = rig.start(name)
    count = rig.either(100_000, 1_000_000)
    sent(server, count // 100, forged)
    memory = server.resident()
    spent = [sent(server, count // TENTHS, forged, part) for part in range(TENTHS)]
    forged_growth = server.resident() - memory
    memory = server.resident()
    for part in range(TENTHS):
        sent(server, count // TENTHS, subnets, part)
    return {
        "sources": count,
        "sources: memory +KiB": forged_growth,
        "subnets: memory +KiB": server.resident() - memory,
        "CPU, of the first tenth's": sum(spent[5:]) / 5 / max(sum(spent[:2]) / 2, 1e-9),
        "of 500 UDP lost": Beside(server.port, connections=0).lost,
    }


def sent(server, count, message, part=0):
    """Sends so many, each from its own source, as fast as the server takes them; seconds of its processor for each."""
    before = server.cpu()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.settimeout(5)
        for number in range(part * count, (part + 1) * count):
            octets, source = message(number)
            spec = [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=I4s4s", 0, source, b"\0" * 4))] if source else []
            client.sendmsg([octets], spec, 0, ("127.0.0.1", server.port))
            if number % 64 == 0:  # no more in flight than the socket's buffer holds
                last.sendto(query("h1.example.com"), ("127.0.0.1", server.port))
                last.recv(4096)
    return (server.cpu() - before) / count


def forged(number):
    return query("api.example.com", identifier=number & 0xFFFF), struct.pack("!I", (10 << 24) + (number * 7919 & 0xFFFFFF))


def subnets(number):
    ecs = struct.pack("!HBB", 1, 24, 0) + struct.pack("!I", number * 2654435761 & 0xFFFFFFFF)[:3]
    option = struct.pack("!HH", 8, len(ecs)) + ecs
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(option)) + option
    message = query("api.example.com", identifier=number & 0xFFFF)
    return message[:10] + b"\0\1" + message[12:] + opt, None
