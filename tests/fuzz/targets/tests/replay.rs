//! Every input that was kept, through the function that the fuzzer runs: on stable Rust, in every test run.

use grantor_fuzz_targets::TARGETS;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let folders = entries(&corpus());
    let folders: BTreeSet<&str> = folders.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    let targets: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(folders, targets);
}

#[test]
fn every_kept_input_is_survived() {
    for target in TARGETS {
        let inputs = entries(&corpus().join(target.name));
        assert!(inputs.len() >= 5, "{} has only {} inputs", target.name, inputs.len());
        for path in inputs {
            let data = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            if std::panic::catch_unwind(|| (target.run)(&data)).is_err() {
                panic!("{} broke on {}", target.name, path.display());
            }
        }
    }
}
