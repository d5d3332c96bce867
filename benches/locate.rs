//! How long a lookup, a scope and a compile take, on the built-in database with four regions and a fence.
//! Inputs: random IPv4 addresses, random members of random IPv6 ranges of the database.

#[path = "../tests/four_regions/mod.rs"]
mod four_regions;

use std::{hint::black_box, net::IpAddr};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use meridian::geo::{Atlas, Database, Family, Steering};

const COUNT: usize = 1 << 16;

fn noise() -> impl Iterator<Item = u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    })
}

fn v4() -> Vec<IpAddr> {
    noise().take(COUNT).map(|bits| IpAddr::V4((bits as u32).into())).collect()
}

fn v6(database: &Database) -> Vec<IpAddr> {
    let ranges: Vec<(u128, u128)> = database
        .ranges(Family::V6)
        .filter_map(|ends| match ends {
            (IpAddr::V6(first), IpAddr::V6(last), _) => Some((first.to_bits(), last.to_bits())),
            _ => None,
        })
        .collect();
    let member = |bits: u64| {
        let (first, last) = ranges[bits as usize % ranges.len()];
        IpAddr::V6(
            (first + (u128::from(bits).wrapping_mul(u128::from(bits) << 63) % (last - first + 1))).into(),
        )
    };
    noise().take(COUNT).map(member).collect()
}

fn lookups(criterion: &mut Criterion) {
    let database = Database::built_in();
    let atlas = four_regions::atlas();
    let (table, policy) = four_regions::table(&atlas);
    let answers = policy.answers(&table);
    eprintln!("{:?}, {} classes, {} places", table.size(), policy.classes.len(), atlas.places().len());
    let mut group = criterion.benchmark_group("geo");
    group.throughput(Throughput::Elements(COUNT as u64));
    for (name, addresses, source) in [
        ("locate v4", v4(), 32),
        ("locate v4 /16", v4(), 16),
        ("locate v6", v6(&database), 128),
        ("locate v6 /32", v6(&database), 32),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for address in &addresses {
                    black_box(table.locate(*address, source));
                }
            });
        });
    }
    for (name, addresses) in [("scope v4", v4()), ("scope v6", v6(&database))] {
        let located: Vec<_> = addresses.iter().map(|address| table.locate(*address, 128)).collect();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for located in &located {
                    black_box(table.scope(located, |set| answers[set.index()].is_some()));
                }
            });
        });
    }
    group.finish();
}

fn compile(criterion: &mut Criterion) {
    let database = Database::built_in();
    let atlas = four_regions::atlas();
    let mut group = criterion.benchmark_group("geo compile");
    group.sample_size(10);
    group.bench_function("unpack the built-in database", |bencher| {
        bencher.iter(Database::built_in);
    });
    group.bench_function("atlas", |bencher| {
        bencher.iter_batched(
            Steering::default,
            |steering| Atlas::compile(&database, &[], steering),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("table", |bencher| bencher.iter(|| four_regions::table(&atlas)));
    group.finish();
}

criterion_group!(benches, lookups, compile);
criterion_main!(benches);
