"""One row of the table: a config, a fault, and what the clients of a region saw of it.

Every figure is taken over DNS: 128 client subnets ask again and again; `moved` is when the first of them got another
region after the fault, `half` and `out` when half and all had, `back` when all had their own region again after it
ended.
"""

import time

from parts import PORT, REGIONS, SILENT, until

CONFIG = """
[server]
listen = ["127.0.0.1:0"]
workers = 1
{vantage}

[admin]
socket = "run/meridian.sock"

[zones]
directory = "zones"

[geoip]
overrides = {{ "20.0.0.0/16" = "US", "91.10.0.0/16" = "DE" }}

[probes.gateway]
port = {port}
{timing}
liveliness = {{ path = "/health/liveliness" }}
readiness = {{ interval = "{ready}", timeout = "{ready_timeout}" }}
completion = {{ model = "{model}", key_file = "key", interval = "{complete}", timeout = "{complete}" }}
{provider}
metrics = {{ url = "http://{{endpoint}}:{real}/metrics/", key_file = "key", limit = 8, interval = "{scrape}", timeout = "{scrape}" }}

{regions}
[services."api.example.com"]
regions = ["us", "eu-west", "eu-central"]
strategy = "geo"
geo = {{ "country:DE" = ["eu-west", "eu-central"], default = ["us", "eu-west", "eu-central"] }}
ttl = {{ min = "1s", max = "30s" }}

[fences.gdpr]
clients = ["@EEA"]
jurisdictions = ["EU"]
unlocated = false
sink = "192.0.2.99"
{more}
"""

PACE = {  # as configured by default, the quick one of the aims, and one between that a busy machine keeps
    "default": {"timing": "", "ready": "10s", "ready_timeout": "6s", "complete": "30s", "scrape": "15s"},
    "brisk": {"timing": 'interval = "2s"\nfast_interval = "1s"\ntimeout = "2s"', "ready": "3s", "ready_timeout": "3s",
              "complete": "4s", "scrape": "4s"},
    "quick": {"timing": 'interval = "500ms"\nfast_interval = "250ms"\ntimeout = "200ms"', "ready": "1s",
              "ready_timeout": "1s", "complete": "1s", "scrape": "2s"},
}
CLIENTS = {"us": "20.0", "eu-west": "91.10"}


def config(pace, port=PORT, model="probe", vantage="", more="", provider="", dead=()):
    region = lambda name, address: (
        f'[regions.{name}]\njurisdiction = "{name[:2].upper()}"\ncoordinates = [0, 0]\nendpoints = ["{address}"]\nprobe = "gateway"\n'
        + (f'probe_endpoints = ["{SILENT}"]\n' if name in dead else ""))
    regions = "\n".join(region(name, address) for name, address in REGIONS.items())
    return CONFIG.format(port=port, real=PORT, model=model, vantage=vantage, more=more, provider=provider, regions=regions,
                         **PACE[pace])


class Row:
    """One fault, from its beginning to the full return."""

    def __init__(self, rig, name, aim, pace, region="us", steers=True, **config_words):
        self.rig, self.name, self.aim, self.region, self.steers = rig, name, aim, region, steers
        self.server = rig.serve(config(pace, **config_words))
        self.seen, self.weights = {}, []

    def settle(self):
        """Waits until every client has its own region."""
        share = lambda: self.share() == 1.0 and self.server.status()["regions"][self.region]["verdict"] in ("up", "unknown")
        until(f"{self.name}: all is well before the fault", share, 240)
        until("first observations", lambda: all("seconds" in str(region["endpoints"]) for region in self.server.status()["regions"].values()), 60)
        self.before = len(self.server.transitions(self.region))

    def share(self):
        return self.server.client.share(CLIENTS[self.region], REGIONS[self.region])

    def watch(self, marks, patience, since):
        """Looks at the clients' answers until every mark was passed, or for so long."""
        while time.monotonic() - since < patience and not all(mark in self.seen for mark in marks):
            share, at = self.share(), time.monotonic() - since
            for mark, passed in marks.items():
                if passed(share):
                    self.seen.setdefault(mark, at)
            weight = self.server.status()["regions"][self.region]["weight"]
            if not self.weights or self.weights[-1][1] != weight:
                self.weights.append((round(time.monotonic() - self.began), weight))
            time.sleep(0.05)

    def run(self, fault, mend, patience, back):
        self.settle()
        self.began = time.monotonic()
        fault()
        marks = {"moved": lambda share: share < 1, "half": lambda share: share <= 0.5, "out": lambda share: share == 0}
        self.watch(marks if self.steers else {"never": lambda share: False, "moved": marks["moved"]}, patience, self.began)
        self.alarms = self.server.alarms()
        self.transitions = len(self.server.transitions(self.region)) - self.before
        mended = time.monotonic()
        mend()
        if self.seen.get("moved") is not None:
            self.watch({"back": lambda share: share == 1}, back, mended)
        self.returns = len(self.server.transitions(self.region)) - self.before - self.transitions
        self.server.end()
        return self

    def line(self):
        figure = lambda mark: f"{self.seen[mark]:.1f}" if mark in self.seen else "–"
        path = " ".join(f"{weight}@{at}s" for at, weight in thinned(self.weights, 14))
        marks = " | ".join(figure(mark) for mark in ("moved", "half", "out", "back"))
        return f"| {self.name} | {self.aim} | {marks} | {self.transitions}+{self.returns} | {path} |"


def thinned(points, most):
    """Every so-manieth point and the last, `most` at the most."""
    step = -(-len(points) // (most - 1)) or 1
    kept = points[::step]
    return kept if kept[-1:] == points[-1:] else kept + points[-1:]


def within(row, mark, seconds):
    return row.seen.get(mark, 1e9) <= seconds
