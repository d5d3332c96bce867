"""One policy in three languages. Four regions, all of them up; an answer is the first region of the client's list."""

import os

REGIONS = {
    "us-east": ("US", "192.0.2.10"),
    "eu-west": ("EU", "192.0.2.20"),
    "eu-central": ("EU", "192.0.2.30"),
    "ap-southeast": ("SG", "192.0.2.40"),
}
DEFAULT = ["us-east", "eu-west", "eu-central", "ap-southeast"]
CONTINENTS = {
    "EU": ["eu-central", "eu-west", "us-east"],
    "AF": ["eu-west", "eu-central", "us-east"],
    "AS": ["ap-southeast", "eu-central"],
    "OC": ["ap-southeast", "us-east"],
    "NA": ["us-east", "eu-west"],
    "SA": ["us-east", "eu-west"],
}
COUNTRIES = {
    ("EU", "GB"): ["eu-west", "eu-central"],
    ("EU", "IE"): ["eu-west", "eu-central"],
    ("EU", "FR"): ["eu-west", "eu-central"],
    ("EU", "PT"): ["eu-west", "us-east"],
    ("AS", "TR"): ["eu-central", "eu-west"],
    ("AS", "IL"): ["eu-central", "eu-west"],
    ("AS", "JP"): ["us-east", "ap-southeast"],
    ("NA", "GL"): ["eu-west", "us-east"],
    ("AF", "ZA"): ["eu-central", "eu-west"],
}
TTL = 30
ZONE = """$ORIGIN example.com.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
ns1 A 192.0.2.53
"""


def address(region):
    return REGIONS[region][1]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def gdnsd(root, port, database):
    lists = []
    for continent, regions in CONTINENTS.items():
        inside = [f"{c} => [{', '.join(r)}]" for (at, c), r in COUNTRIES.items() if at == continent]
        inside.append(f"default => [{', '.join(regions)}]")
        lists.append(f"{continent} => {{ {', '.join(inside)} }}")
    regions = ", ".join(f"{name} => {address(name)}" for name in REGIONS)
    write(root / "config", f"""
options => {{ listen => 127.0.0.1:{port}, udp_threads => 1, tcp_threads => 1, edns_client_subnet => true,
  run_dir => {root}/run, state_dir => {root}/state }}
plugins => {{ geoip => {{
  maps => {{ everyone => {{ geoip2_db => {database}, datacenters => [{', '.join(REGIONS)}],
    map => {{ default => [{', '.join(DEFAULT)}], {', '.join(lists)} }} }} }}
  resources => {{ api => {{ map => everyone, service_types => up, dcmap => {{ {regions} }} }} }}
}} }}
""")
    write(root / "zones" / "example.com", ZONE + f"api {TTL} DYNA geoip!api\n")
    for directory in ("run", "state", "geoip"):
        (root / directory).mkdir(exist_ok=True)
    return ["gdnsd", "-c", str(root), "start"]


def knot(root, port, database):
    lines = ["api.example.com:"]
    for (continent, country), regions in COUNTRIES.items():
        lines += [f'  - geo: "{continent};{country}"', f"    A: {address(regions[0])}"]
    for continent, regions in CONTINENTS.items():
        lines += [f'  - geo: "{continent};*"', f"    A: {address(regions[0])}"]
    write(root / "geo.conf", "\n".join(lines) + "\n")
    write(root / "zones" / "example.com", ZONE + f"api {TTL} A {address(DEFAULT[0])}\n")
    write(root / "knot.conf", f"""
server:
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    edns-client-subnet: on
    rundir: {root}
database:
    storage: {root}/database
log:
  - target: stderr
    any: warning
mod-geoip:
  - id: everyone
    config-file: {root}/geo.conf
    ttl: {TTL}
    mode: geodb
    geodb-file: {database}
    geodb-key: [ continent/code, country/iso_code ]
zone:
  - domain: example.com
    file: {root}/zones/example.com
    module: mod-geoip/everyone
""")
    return ["knotd", "-c", str(root / "knot.conf")]


def program():
    return os.environ.get("MERIDIAN", "target/release/meridian")


def meridian(root, port, database):
    def named(regions):
        return "[" + ", ".join(f'"{region}"' for region in regions) + "]"

    lists = [f'"continent:{continent}" = {named(regions)}' for continent, regions in CONTINENTS.items()]
    lists += [f'"country:{country}" = {named(regions)}' for (_, country), regions in COUNTRIES.items()]
    regions = [
        f'[regions.{name}]\njurisdiction = "{jurisdiction}"\nendpoints = ["{endpoint}"]\n'
        for name, (jurisdiction, endpoint) in REGIONS.items()
    ]
    write(root / "meridian.toml", f"""
[server]
listen = ["127.0.0.1:{port}"]
workers = 1

[admin]
socket = "run/meridian.sock"

[state]
directory = "state"

[zones]
directory = "zones"

[geoip]
database = "{database}"

{chr(10).join(regions)}
[services."api.example.com"]
regions = {named(REGIONS)}
strategy = "geo"
geo = {{ {', '.join(lists)}, default = {named(DEFAULT)} }}
ttl = {{ min = "{TTL}s", max = "{TTL}s" }}
""")
    write(root / "zones" / "example.com.zone", ZONE)
    return [program(), "serve", "--config", str(root / "meridian.toml")]


SERVERS = {"meridian": meridian, "gdnsd": gdnsd, "knot": knot}
