//! The section about announcements, walked only where there is something in it.

use super::{State, Walk};

impl Walk {
    pub(super) fn news(&mut self, state: &State) {
        let news = &state.news;
        if news.announcements.is_empty() && news.outdated.is_empty() {
            return;
        }
        self.section(190);
        self.sequence(news.announcements.iter(), |walk, (number, one)| {
            walk.number(*number);
            walk.number(one.topic.number());
            walk.option(one.product.as_ref(), |walk, product| {
                walk.text(product.as_str());
            });
            walk.option(one.version.as_ref(), |walk, version| {
                walk.text(&version.to_string());
            });
            walk.option(one.effective_at, Self::date);
            walk.option(one.due_before, Self::date);
            walk.millis(one.received_at);
            walk.option(one.answer, |walk, (verdict, at)| {
                walk.number(verdict.number());
                walk.millis(at);
            });
        });
        self.sequence(news.outdated.iter(), |walk, (licence, count)| {
            walk.text(licence.as_str());
            walk.number(*count);
        });
    }
}
