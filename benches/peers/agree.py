"""Whether the servers do the same work: 1,000 random client subnets, and every difference explained by a rule."""

import ipaddress
import random
import sys

import policy
import wire

SAMPLES = 1_000
SEED = 20_261_120
# IANA's special-purpose registries: never a country to Meridian
SPECIAL = [ipaddress.ip_network(text) for text in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    "2620:4f:8000::/48", "5f00::/16",
)]


def random_subnet(dice, database):
    if dice.random() < 0.9:
        return ipaddress.ip_network((dice.randrange(1 << 24, 224 << 24) & ~0xFF, 24))
    return database.random_six(dice)


def rule(subnet, database):
    """The rule by which Meridian may differ from a look-up of one address; None where there is none."""
    if any(subnet.version == block.version and subnet.overlaps(block) for block in SPECIAL):
        return "special-purpose space is never a country"
    if len(database.countries(subnet)) > 1:
        return "a block of several countries: the largest share leads"
    return None


def agree(servers, database):
    """Prints every difference; fails on one that no rule explains."""
    dice, unexplained, explained, spread = random.Random(SEED), 0, 0, {}
    for _ in range(SAMPLES):
        subnet = random_subnet(dice, database)
        answers = {server.name: wire.ask(server.port, subnet) for server in servers}
        meant = {(rcode, addresses) for rcode, addresses, _ in answers.values()}
        for rcode, addresses, _ in answers.values():
            key = ", ".join(sorted(addresses)) or rcode
            spread[key] = spread.get(key, 0) + 1
        if len(meant) == 1 and all(rcode == "NOERROR" and addresses for rcode, addresses in meant):
            continue
        why = rule(subnet, database)
        explained, unexplained = explained + (why is not None), unexplained + (why is None)
        said = " ".join(f"{name}={','.join(sorted(a)) or rcode}" for name, (rcode, a, _) in answers.items())
        print(f"  {subnet}: {said}: {why or 'NO RULE EXPLAINS THIS'}")
    same = SAMPLES - explained - unexplained
    print(f"answers: {same} of {SAMPLES} the same, {explained} differ by rule, {unexplained} unexplained")
    print("         " + ", ".join(f"{count // len(servers)} x {key}" for key, count in sorted(spread.items())))
    if unexplained or len(spread) < len(policy.REGIONS):
        sys.exit("the servers do not do the same work: nothing was measured")
