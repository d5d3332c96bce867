"""10,000 steered names over 200 regions: what Meridian holds in memory, also while it swaps, and how soon the first
answer changes after a machine's word about a region (`push`), which makes a verdict and is not written to disk.

Asked over UDP without a pause from the moment at which the word is sent: the time includes the word's own way.
"""

import http.client
import json
import pathlib
import socket
import statistics
import tempfile
import threading
import time

import policy
import wire
from measure import SUBNET
from server import Server

NAMES, REGIONS, GROUPS = 10_000, 200, 4
PLACES = [(38.0, -120.0, "US"), (45.0, -5.0, "EU"), (0.0, 100.0, "SG")]


def region(at):
    latitude, longitude, jurisdiction = PLACES[at % 3]
    step = at // 3 * 0.5
    return (f'[regions.r{at}]\njurisdiction = "{jurisdiction}"\ncoordinates = [{latitude + step / 4}, {longitude + step}]\n'
            f'endpoints = ["192.0.{2 + at // 250}.{at % 250 + 1}"]\n')


def service(at):
    """Four groups of names: the others of a group share its policy."""
    left = [f'"r{region}"' for region in range(REGIONS) if region % 50 != at % GROUPS + 46]
    return f'[services."n{at}.example.com"]\nregions = [{", ".join(left)}]\nstrategy = "nearest"\nttl = {{ min = "5s", max = "30s" }}\n'


def config(root, port):
    policy.write(root / "meridian.toml", "\n".join([
        f'[server]\nlisten = ["127.0.0.1:{port}"]\nworkers = 1\n[admin]\nsocket = "run/meridian.sock"\n'
        f'[state]\ndirectory = "state"\n[zones]\ndirectory = "zones"\n'
        '[fences.gdpr]\nclients = ["@EEA"]\njurisdictions = ["EU"]\nunlocated = true\n',
        *map(region, range(REGIONS)), *map(service, range(NAMES))]))
    policy.write(root / "zones" / "example.com.zone", policy.ZONE)
    return [policy.program(), "serve", "--config", str(root / "meridian.toml")]


class Admin(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

    def say(self, method, path, body):
        self.request(method, path, json.dumps(body), {"content-type": "application/json"})
        answer = self.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {text}")


def memory(server, key):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(status.split(key + ":")[1].split()[0]) / 1024


def asked(port, name, subnet):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect(("127.0.0.1", port))
        client.send(wire.query(subnet, 4711, name))
        return wire.read(client.recv(4096))[1]


def change(server, admin, subnet, state, at):
    """Milliseconds from a word about the region that answers to the first answer that is another."""
    before, done = asked(server.port, f"n{at}", subnet), []
    address = next(iter(before))
    region = int(address.split(".")[3]) - 1 + (int(address.split(".")[2]) - 2) * 250

    def watch():
        while asked(server.port, f"n{at}", subnet) == before:
            pass
        done.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    began = time.monotonic()
    watcher.start()
    admin.say("PUT", f"/v1/regions/r{region}/push", {"source": f"bench-{at}", "state": state, "for": "1h"})
    watcher.join()
    return (done[0] - began) * 1e3


def large(_, __, options):
    with tempfile.TemporaryDirectory(prefix="large-") as directory:
        root = pathlib.Path(directory)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
        server = Server("meridian", config(root, port), port, root)
        try:
            rows(server, root, options)
        finally:
            server.stop()


def rows(server, root, options):
    took = server.await_answer(SUBNET)
    resident = memory(server, "VmRSS")
    admin = Admin(root / "run/meridian.sock")
    changes = [change(server, admin, SUBNET, "down", at) for at in range(5 * options.rounds)]
    pathlib.Path(f"/proc/{server.process.pid}/clear_refs").write_text("5", encoding="utf-8")   # the peak begins anew
    swapped = memory(server, "VmRSS")
    admin.say("POST", "/v1/reload", {})
    print(f"\n== {NAMES} names, {REGIONS} regions\nfirst answer after {took:.2f} s; resident {resident:.0f} MiB, "
          f"after {len(changes)} verdicts {swapped:.0f} MiB, at most {memory(server, 'VmHWM'):.0f} MiB during a reload")
    print(f"a word about a region to the first changed answer: median {statistics.median(changes):.2f} ms, "
          f"{min(changes):.2f} to {max(changes):.2f}")
