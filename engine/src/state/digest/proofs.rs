//! The section about proven check-outs that wait, walked only where there are any.

use super::{State, Walk};

impl Walk {
    pub(super) fn proven(&mut self, state: &State) {
        if state.proven.is_empty() {
            return;
        }
        self.section(200);
        self.sequence(
            state.proven.iter(),
            |walk, ((session, number), (licence, keys))| {
                walk.bytes(&session.0);
                walk.number(number.0);
                walk.text(licence.as_str());
                walk.sequence(keys.iter(), |walk, key| walk.bytes(&key.0));
            },
        );
    }
}
