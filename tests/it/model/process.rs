//! One life of a database: a process that serves it, ends, and is followed by another.
use super::audit::Auditor;
use super::steps::Step;
use super::world::World;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// A server in a runtime of its own, so that nothing of it outlives a restart.
struct Process {
    world: Option<World>,
    runtime: Runtime,
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

impl Process {
    fn restart(&mut self) {
        let world = self.world.take().unwrap();
        let deps = Arc::downgrade(&world.app.deps);
        let stopped = self.runtime.block_on(world.app.stop());
        self.runtime = runtime();
        while deps.strong_count() > 0 {
            std::thread::yield_now();
        }
        let app = self.runtime.block_on(stopped.start());
        self.world = Some(World { app, ..world });
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(world) = self.world.take() {
            drop(self.runtime.block_on(world.app.stop()));
        }
    }
}

/// How much came of some steps.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) steps: usize,
    pub(super) codes: usize,
    pub(super) grants: usize,
    pub(super) ended: usize,
    pub(super) tokens: usize,
}

/// Plays the steps from the beginning; everything is looked at after each. What came of them is added to the tally.
pub(super) fn play(steps: &[Step], tally: &mut Tally) {
    let runtime = runtime();
    let world = runtime.block_on(World::new());
    let mut auditor = Auditor::of(&world);
    let mut process = Process {
        world: Some(world),
        runtime,
    };
    for step in steps {
        if matches!(step, Step::Restart) {
            process.restart();
        }
        let world = process.world.as_mut().unwrap();
        process.runtime.block_on(async {
            let effect = world.act(step).await;
            auditor.audit(world, effect).await;
        });
    }
    let model = &process.world.as_ref().unwrap().model;
    tally.steps += steps.len();
    tally.codes += model.codes.len();
    tally.grants += model.grants.len();
    tally.ended += model.grants.iter().filter(|g| g.ended).count();
    tally.tokens += model.tokens.len();
}
