"""Reloads at 20,000 queries a second: none is lost."""

import subprocess
import time

from asking import NONE

TITLE = "reload under 20,000 queries/s"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "queries": ("> 0", lambda sent: sent > 0),
    "lost": NONE,
    "reloads": ("> 0", lambda changes: changes > 0),
}


def run(rig, name):
    server = rig.start(name)
    return under_load(rig, server, server.reload, rig.either(5_000, 20_000), rig.either(4, 50))


def under_load(rig, server, change, rate, seconds):
    names = rig.root / "asked"
    names.write_text("".join(f"h{host % 100}.example.com A\n" for host in range(1000)))
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-d", str(names), "-c", "8", "-q", "2000", "-t", "5"]
    load = subprocess.Popen([*command, "-Q", str(rate), "-l", str(seconds)], stdout=subprocess.PIPE, text=True)
    changes, end = 0, time.monotonic() + seconds - 1
    while time.monotonic() < end:
        changes += bool(change())
        time.sleep(0.5)
    said = load.communicate()[0]
    sent = int(said.split("Queries sent:")[1].split()[0])
    lost = int(said.split("Queries lost:")[1].split()[0])
    if not sent:
        raise RuntimeError(f"dnsperf asked nothing: {said}")
    return {"queries": sent, "lost": lost, "reloads": changes}
