//! Another program that uses the same key: it opens it and asks whether it is there, over and over.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use anyhow::bail;
use octroi_hardware_key::{KeySource, PRESENCE_WITHIN};

use super::key::Key;

/// How often it asks before it opens the key anew.
const ASKED: usize = 20;

pub(super) struct Rival {
    stop: Arc<AtomicBool>,
    asking: JoinHandle<u32>,
}

impl Rival {
    pub(super) fn start(key: &Key) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, mut source) = (Arc::clone(&stop), key.source());
        let asking = thread::spawn(move || ask(source.as_mut(), &told));
        Self { stop, asking }
    }

    /// Ends it, and says how often the key answered.
    pub(super) fn finish(self) -> anyhow::Result<u32> {
        self.stop.store(true, Ordering::Relaxed);
        match self.asking.join() {
            Ok(answered) => Ok(answered),
            Err(_) => bail!("the other program panicked"),
        }
    }
}

fn ask(source: &mut dyn KeySource, stop: &AtomicBool) -> u32 {
    let mut answered = 0;
    while !stop.load(Ordering::Relaxed) {
        for found in source.look(PRESENCE_WITHIN).into_iter().flatten() {
            let mut key = found.key;
            let answers = (0..ASKED)
                .take_while(|_| !stop.load(Ordering::Relaxed))
                .filter(|_| key.check_presence(PRESENCE_WITHIN).is_ok())
                .count();
            answered += u32::try_from(answers).unwrap_or(u32::MAX);
        }
    }
    answered
}
