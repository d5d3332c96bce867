//! From an observation to the picture that shows it: judging, compiling a policy, deciding a board, publishing.
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod scene;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use meridian::steer::{Board, Plan};
use scene::{SMALL, Size};

const LARGE: Size = Size { services: 10_000, regions: 200 };

fn decide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    group.sample_size(10);
    for (name, size) in [("4 regions", SMALL), ("200 regions", Size { services: 1, ..LARGE })] {
        let catalog = scene::catalog(size);
        group.bench_function(BenchmarkId::new("plan", name), |bencher| {
            bencher.iter(|| Plan::new(&catalog.sources()));
        });
        let plan = Plan::new(&catalog.sources()).expect("few classes");
        for weight in [100, 60] {
            let conditions = scene::conditions(&catalog, weight);
            let id = BenchmarkId::new(format!("board at {weight} %"), name);
            group.bench_function(id, |bencher| {
                bencher.iter_batched(
                    || conditions.clone(),
                    |conditions| Board::new(&plan, &plan.policies()[0], conditions),
                    BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}

fn publish(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish");
    group.sample_size(10);
    for (name, size) in [("1 x 4", SMALL), ("10000 x 200", LARGE)] {
        let mut world = scene::world(size);
        let mut second = 0;
        world.publish(scene::at(second));
        group.bench_function(BenchmarkId::new("verdict to picture", name), |bencher| {
            bencher.iter_custom(|times| {
                let mut took = Duration::ZERO;
                for _ in 0..times {
                    for _ in 0..ROUNDS_UP {
                        second += 1;
                        world.observe(&scene::success(0), scene::at(second)).expect("the region is probed");
                    }
                    world.publish(scene::at(second));
                    let began = Instant::now();
                    let changed = world.observe(&scene::failure(0), scene::at(second + 1));
                    black_box(world.publish(scene::at(second + 1)));
                    took += began.elapsed();
                    assert!(!changed.expect("the region is probed").events.is_empty(), "one round flips it");
                }
                took
            });
        });
    }
    group.finish();
}

fn judge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("judge");
    let mut world = scene::world(LARGE);
    let mut second = 0;
    group.bench_function("a passed round, 200 regions", |bencher| {
        bencher.iter(|| {
            second += 1;
            let region = (second % u64::from(LARGE.regions as u16)) as u16;
            world.observe(&scene::success(region), scene::at(second / 1_000))
        });
    });
    group.bench_function("a second's tick, 200 regions", |bencher| {
        bencher.iter(|| {
            second += 1_000;
            world.tick(scene::at(second / 1_000))
        });
    });
    group.finish();
}

/// After a fall at `fall` = 1, so many passes bring a region back whatever came before.
const ROUNDS_UP: u64 = 130;

criterion_group!(benches, decide, publish, judge);
criterion_main!(benches);
