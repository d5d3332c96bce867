"""The MaxMind DB that all servers load: Meridian's built-in networks, in the nested schema that gdnsd demands.

Only what that takes: 24-bit records, and country codes as data. The tree is kept as it is; each leaf gets new data.
"""

import ipaddress
import struct

MARK = b"\xab\xcd\xefMaxMind.com"
SEPARATOR = 16


def string(text):
    return bytes([2 << 5 | len(text)]) + text.encode()


def mapping(*pairs):
    return bytes([7 << 5 | len(pairs)]) + b"".join(string(key) + value for key, value in pairs)


def unsigned(value, kind, size):
    head = bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
    return head + value.to_bytes(size, "big")


class Database:
    """The networks of a file, each with a country or none."""

    def __init__(self, path, continents):
        self.continents = continents
        raw = open(path, "rb").read()
        metadata = raw[raw.rindex(MARK) + len(MARK):]
        self.nodes = self._number(metadata, "node_count")
        if self._number(metadata, "record_size") != 24:
            raise SystemExit(f"{path}: records of 24 bits are expected")
        self.tree = raw[: self.nodes * 6]
        self.data = raw[self.nodes * 6 + SEPARATOR:]
        self.known = {}
        self.four = self._descend(0, 0, 128, 96)

    @staticmethod
    def _number(metadata, key):
        at = metadata.index(key.encode()) + len(key)
        return int.from_bytes(metadata[at + 1: at + 1 + (metadata[at] & 0x1F)], "big")

    def child(self, node, bit):
        at = node * 6 + bit * 3
        return int.from_bytes(self.tree[at: at + 3], "big")

    def _descend(self, node, address, width, depth):
        for bit in range(depth):
            if node >= self.nodes:
                break
            node = self.child(node, address >> (width - 1 - bit) & 1)
        return node

    def country(self, leaf):
        """The country of a leaf; None where nothing is known, or a code that is no country (AN, EU, ZZ)."""
        if leaf not in self.known:
            entry = {} if leaf == self.nodes else self._decode(leaf - self.nodes - SEPARATOR)[0]
            code = entry.get("country_code")
            self.known[leaf] = code if code in self.continents else None
        return self.known[leaf]

    def _decode(self, at):
        """The value at an offset and where the next one starts: strings, maps, and pointers to them."""
        kind, size = self.data[at] >> 5, self.data[at] & 0x1F
        if kind == 1:
            length = (size >> 3) + 1
            base = (0, 2048, 526_336, 0)[size >> 3]
            high = 0 if length == 4 else (size & 7) << 8 * length
            target = high + int.from_bytes(self.data[at + 1: at + 1 + length], "big") + base
            return self._decode(target)[0], at + 1 + length
        if kind == 2:
            return self.data[at + 1: at + 1 + size].decode(), at + 1 + size
        if kind != 7:
            raise SystemExit(f"data of kind {kind} at {at}: strings and maps are expected")
        entries, at = {}, at + 1
        for _ in range(size):
            key, at = self._decode(at)
            entries[key], at = self._decode(at)
        return entries, at

    def countries(self, network):
        """Every country inside a network; None stands for unknown space."""
        network = ipaddress.ip_network(network)
        root = self.four if network.version == 4 else 0
        start = self._descend(root, int(network.network_address), network.max_prefixlen, network.prefixlen)
        found, waiting = set(), [start]
        while waiting:
            node = waiting.pop()
            if node < self.nodes:
                waiting += [self.child(node, 0), self.child(node, 1)]
            else:
                found.add(self.country(node))
        return found

    def random_six(self, random):
        """A /56 of IPv6 inside a network that the database knows."""
        while True:
            node, address, depth = self._descend(0, 1 << 125, 128, 3), 1, 3
            while node < self.nodes and depth < 56:
                bit = random.getrandbits(1)
                node, address, depth = self.child(node, bit), address << 1 | bit, depth + 1
            if node < self.nodes or self.country(node):
                address = address << (56 - depth) | random.getrandbits(56 - depth)
                return ipaddress.ip_network((address << 72, 56))

    def write_nested(self, path):
        """The same networks as `{continent: {code}, country: {iso_code}}`."""
        offsets, section, tree = {}, bytearray(), bytearray(self.tree)
        for at in range(0, len(tree), 3):
            leaf = int.from_bytes(tree[at: at + 3], "big")
            if leaf <= self.nodes:
                continue
            country = self.country(leaf)
            if country is None:
                tree[at: at + 3] = self.nodes.to_bytes(3, "big")
                continue
            if leaf not in offsets:
                offsets[leaf] = len(section)
                section += mapping(
                    ("continent", mapping(("code", string(self.continents[country])))),
                    ("country", mapping(("iso_code", string(country)))),
                )
            tree[at: at + 3] = (self.nodes + SEPARATOR + offsets[leaf]).to_bytes(3, "big")
        metadata = mapping(
            ("binary_format_major_version", unsigned(2, 5, 2)),
            ("binary_format_minor_version", unsigned(0, 5, 2)),
            ("build_epoch", unsigned(1_781_700_000, 9, 8)),
            ("database_type", string("Comparison-Country")),
            ("description", mapping(("en", string("networks of the comparison")))),
            ("ip_version", unsigned(6, 5, 2)),
            ("languages", struct.pack("BB", 1, 4) + string("en")),
            ("node_count", unsigned(self.nodes, 6, 4)),
            ("record_size", unsigned(24, 5, 2)),
        )
        with open(path, "wb") as file:
            file.write(tree + bytes(SEPARATOR) + section + MARK + metadata)


def continents(path):
    """Continent by country, from the table that Meridian uses."""
    with open(path, encoding="utf-8") as table:
        rows = [line.rstrip("\n").split("\t") for line in table if not line.startswith("#")]
    return {row[0]: row[2] for row in rows}
