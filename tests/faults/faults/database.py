"""The location database is cut, zeroed, replaced by garbage, or gone, while it is used: answers stay right, a reload of it
is refused, and nobody dies of a file that became shorter."""

import ipaddress
import time

import wire

TITLE = "location database cut, zeroed, gone"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "of 5 right and alive": ("5", lambda right: right == 5),
    "of 4 refused and alarmed": ("4", lambda said: said == 4),
    "mapped into memory": ("no", lambda mapped: mapped == "no"),
}
# Clients in GB, DE, US, JP; the addresses that the policy gives them.
CLIENTS = {"81.2.69.0/24": "192.0.2.20", "5.9.0.0/24": "192.0.2.30", "8.8.8.0/24": "192.0.2.10", "133.242.0.0/24": "192.0.2.10"}
FAULTS = {
    "untouched": lambda path, octets: None,
    "halved": lambda path, octets: cut(path, len(octets) // 2),
    "zeroed": lambda path, octets: over(path, b"\0" * len(octets)),
    "garbage": lambda path, octets: over(path, b"\xa5\x5a" * (len(octets) // 2)),
    "gone": lambda path, octets: path.unlink(),
}


def run(rig, name):
    server = rig.start(name)
    path = server.root / "places.mmdb"
    octets = path.read_bytes()
    maps = open(f"/proc/{server.pid}/maps", encoding="utf-8").read()
    right, refused = 0, 0
    for fault, harm in FAULTS.items():
        harm(path, octets)
        time.sleep(0.2)
        if name == "meridian" and fault != "untouched":
            before = server.said().count("ERROR")
            refused += not server.reload() and server.said().count("ERROR") > before
        try:
            right += all(answer(server, subnet) == expected for subnet, expected in CLIENTS.items())
        except OSError:
            if not server.is_alive():
                server.start_again = True
                path.write_bytes(octets)
                server.start()
        path.write_bytes(octets)
        time.sleep(0.2)
    figures = {"of 5 right and alive": right, "mapped into memory": "yes" if "places.mmdb" in maps else "no"}
    if name == "meridian":
        figures["of 4 refused and alarmed"] = refused
    return figures


def answer(server, subnet):
    _, addresses, _ = wire.ask(server.port, ipaddress.ip_network(subnet), timeout=1.0)
    return next(iter(addresses), None)


def cut(path, length):
    with open(path, "r+b") as file:
        file.truncate(length)


def over(path, octets):
    with open(path, "r+b") as file:
        file.write(octets)
