//! From a verdict to the picture that shows it: compiling a policy, deciding a board, publishing a snapshot.

mod scene;

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
            bencher.iter(|| {
                second += 1;
                let seen = if second % 2 == 1 { scene::failure(0) } else { scene::success(0) };
                let changed = world.observe(&seen, scene::at(second)).expect("the region is probed");
                assert!(changed.moved, "one round flips it");
                world.publish(scene::at(second))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decide, publish);
criterion_main!(benches);
