"""Random subdomains at full speed: every query misses. A well-behaved client beside it loses nothing."""

import random
import subprocess

from asking import NONE, Beside

TITLE = "random-subdomain flood"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "of 500 UDP lost": NONE,
    "of 50 TCP lost": NONE,
    "p99 ms": ("time: < 8", lambda late: late < 8),
    "memory +KiB": ("< 1,024", lambda more: more < 1024),
    "CPU µs a query": ("", None),
    "queries/s": ("", None),
}


def run(rig, name):
    server = rig.start(name)
    names = rig.root / "names"
    random.seed(1)
    names.write_text("".join(f"{random.getrandbits(64):016x}.example.com A\n" for _ in range(100_000)))
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-d", str(names), "-c", "16", "-q", "500"]
    subprocess.run([*command, "-l", "1"], capture_output=True, check=True)
    before, memory = server.cpu(), server.resident()
    flood = subprocess.Popen([*command, "-l", str(rig.either(4, 15))], stdout=subprocess.PIPE, text=True)
    beside = Beside(server.port)
    said = flood.communicate()[0]
    completed = int(said.split("Queries completed:")[1].split()[0])
    rate = float(said.split("Queries per second:")[1].split()[0])
    return {
        "of 500 UDP lost": beside.lost,
        "of 50 TCP lost": beside.closed,
        "p99 ms": beside.p99,
        "memory +KiB": server.resident() - memory,
        "CPU µs a query": (server.cpu() - before) / completed * 1e6,
        "queries/s": rate,
    }
