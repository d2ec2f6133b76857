//! What time it is: the system's clock, or in tests any other.

use std::{fmt, sync::Arc};

use octroi_licence::CivilSeconds;

/// A clock that says the civil time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> CivilSeconds + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::new(|| CivilSeconds(jiff::Timestamp::now().as_second()))
    }

    /// A clock that says what `now` says.
    pub fn new(now: impl Fn() -> CivilSeconds + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present.
    pub fn now(&self) -> CivilSeconds {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock(..)")
    }
}
