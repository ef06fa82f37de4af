//! How long it takes to read scripts: text to a checked tree, and on to a plan.

use std::fs;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use scansion::plan::{self, PlanOptions};
use scansion::script;
use scansion::source::SourceFile;

/// A script with some of everything, and a longer one.
const SCRIPTS: [&str; 2] = ["examples/first_play.scs", "spec/xep0045/muc.scs"];

fn scripts() -> impl Iterator<Item = (&'static str, String)> {
    SCRIPTS.into_iter().map(|path| {
        let text = fs::read_to_string(path).expect("the scripts of the package are there");
        (path, text)
    })
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    for (path, text) in scripts() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(path, |bencher| {
            bencher.iter(|| script::read(SourceFile::new(path, black_box(&text))));
        });
    }
    group.finish();
}

fn resolve(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("resolve");
    for (path, text) in scripts() {
        let script = script::read(SourceFile::new(path, &text)).script;
        group.bench_function(path, |bencher| {
            bencher.iter(|| plan::resolve(black_box(&script), &PlanOptions::default()));
        });
    }
    group.finish();
}

criterion_group!(benches, read, resolve);
criterion_main!(benches);
