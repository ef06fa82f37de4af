//! How long it takes to compare a stanza of many unordered children with what is expected.

#[path = "support/children.rs"]
mod children;

use std::hint::black_box;

use children::Variant;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use scansion::matcher::{self, Bindings};

fn compare(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compare");
    for variant in Variant::ALL {
        for count in [10, 100, 1_000] {
            let (pattern, element) = (variant.pattern(count), variant.element(count));
            let id = BenchmarkId::new(variant.name(), count);
            group.bench_function(id, |bencher| {
                let bindings = Bindings::new();
                bencher.iter(|| matcher::compare(&pattern, black_box(&element), &bindings));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, compare);
criterion_main!(benches);
