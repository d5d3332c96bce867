//! What one query costs in `answer()`, from its octets to those of its answer, without sockets: by kind of query, and
//! as services, regions and shed shares grow.

mod scene;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use meridian::snapshot::Snapshot;
use scene::{Kind, SMALL, Size};

const COUNT: usize = 1 << 14;

fn kinds(criterion: &mut Criterion) {
    let snapshot = scene::weighed(SMALL, 100);
    let mut group = criterion.benchmark_group("answer");
    for kind in
        [Kind::SteeredV4, Kind::SteeredV6, Kind::SteeredPlain, Kind::Static, Kind::Missing, Kind::Referral]
    {
        bench(&mut group, BenchmarkId::from_parameter(format!("{kind:?}")), &snapshot, (kind, SMALL));
    }
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("answer as it grows");
    for size in [(1, 3), (10_000, 3), (1, 200), (10_000, 200)] {
        let (services, regions) = size;
        let size = Size { services, regions };
        let snapshot = scene::weighed(size, 100);
        let id = BenchmarkId::new("services x regions", format!("{services} x {regions}"));
        bench(&mut group, id, &snapshot, (Kind::SteeredV4, size));
    }
    for weight in [99, 40] {
        let size = Size { services: 1, regions: 3 };
        let snapshot = scene::weighed(size, weight);
        let id = BenchmarkId::new("shed", format!("{} %", 100 - weight));
        bench(&mut group, id, &snapshot, (Kind::SteeredV4, size));
    }
    group.finish();
}

fn bench(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    id: BenchmarkId,
    snapshot: &Snapshot,
    (kind, size): (Kind, Size),
) {
    let queries = scene::queries(kind, size, COUNT);
    let resolvers: Vec<u32> = scene::noise().take(COUNT).map(|bits| bits as u32).collect();
    let mut out = [0; 1232];
    group.throughput(Throughput::Elements(COUNT as u64));
    group.bench_function(id, |bencher| {
        bencher.iter(|| {
            for (query, resolver) in queries.iter().zip(&resolvers) {
                let length = scene::ask(snapshot, query, *resolver, &mut out);
                assert!(length > 12, "every query here gets an answer");
            }
        });
    });
}

criterion_group!(benches, kinds, growth);
criterion_main!(benches);
