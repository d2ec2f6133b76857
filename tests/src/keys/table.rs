//! All scenarios, by name.

use anyhow::Context as _;

use super::{Kind, Stage, Transport, away, checkouts, faults, identity, rights, several};

/// One behaviour.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// A sentence.
    pub name: &'static str,
    reach: Reach,
    play: fn(Stage) -> anyhow::Result<()>,
}

/// Where a scenario makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Everywhere,
    /// The key has a node in `/dev`.
    Nodes,
    /// The key is known to be simulated.
    Emulator,
}

impl Scenario {
    /// Whether it can be played with keys behind this transport.
    pub fn applies(&self, transport: Transport) -> bool {
        match self.reach {
            Reach::Everywhere => true,
            Reach::Nodes => transport.has_nodes(),
            Reach::Emulator => transport == Transport::Emulator,
        }
    }

    /// Plays it.
    ///
    /// # Errors
    /// What did not hold.
    pub fn play(&self, stage: Stage) -> anyhow::Result<()> {
        (self.play)(stage)
    }
}

macro_rules! scenarios {
    ($($reach:ident $module:ident::$name:ident;)*) => {
        &[$(Scenario {
            name: stringify!($name),
            reach: Reach::$reach,
            play: $module::$name,
        }),*]
    };
}

/// In the order in which they are played.
pub static TABLE: &[Scenario] = scenarios! {
    Everywhere away::an_application_is_granted_a_seat_under_the_enrolled_key;
    Everywhere away::a_key_pulled_within_its_grace_is_told_and_costs_no_seat;
    Everywhere away::a_key_away_beyond_its_grace_ends_seats_and_is_served_again_when_it_is_back;
    Nodes away::a_key_that_comes_back_as_another_node_is_served;
    Everywhere away::without_its_key_nothing_is_granted_from_the_start;
    Everywhere away::the_budget_is_not_refilled_by_the_keys_return_nor_by_a_restart;
    Everywhere away::an_absence_goes_on_when_the_daemon_is_restarted_without_the_key;
    Emulator away::an_emulated_key_does_not_count_where_the_licence_does_not_say_so;
    Everywhere several::where_any_of_two_keys_serves_one_may_fail;
    Everywhere several::where_all_of_two_keys_are_needed_none_may_be_away;
    Everywhere identity::another_key_of_its_kind_is_not_accepted_and_signs_nothing;
    Everywhere identity::a_copy_of_the_key_is_found_out_and_the_original_serves_again;
    Everywhere identity::a_copy_of_the_key_suspends_a_licence_that_says_so;
    Everywhere identity::a_key_set_back_while_the_daemon_was_stopped_is_found_out;
    Everywhere identity::a_daemon_set_back_serves_and_notes_a_dongles_leap;
    Everywhere faults::a_key_that_is_busy_at_first_is_asked_again;
    Everywhere faults::a_key_busy_for_ever_is_told_apart_from_an_absent_one_and_recovers;
    Everywhere faults::a_key_that_answers_garbage_is_told_and_recovers;
    Everywhere faults::a_slow_key_that_keeps_within_its_time_serves;
    Everywhere faults::a_key_that_answers_too_late_is_told_and_recovers;
    Everywhere faults::a_key_that_never_answers_is_told_and_recovers;
    Everywhere faults::a_key_that_says_nothing_when_it_is_put_in_is_looked_for_again;
    Everywhere faults::another_program_on_the_same_key_and_several_applications_get_along;
    Everywhere checkouts::each_check_out_is_proven_by_the_key_and_the_application_verifies_it;
    Everywhere checkouts::where_all_of_two_keys_are_needed_both_prove_a_check_out;
    Everywhere checkouts::an_application_that_sends_nothing_to_prove_is_refused;
    Everywhere checkouts::without_its_key_no_check_out_is_granted_although_absence_is_tolerated;
    Emulator checkouts::fifty_applications_at_once_share_few_signatures;
    Emulator checkouts::a_key_pulled_while_it_signs_gets_nobody_a_seat;
    Emulator checkouts::whoever_waits_is_proven_before_it_waits;
    Emulator checkouts::whoever_waits_when_the_key_is_pulled_is_told;
    Emulator checkouts::a_proven_seat_survives_the_daemons_death;
    Nodes rights::a_node_that_is_forbidden_is_told_with_the_remedy_and_used_once_it_is_given;
};

/// Plays the scenario of this name with emulated keys of a kind.
///
/// # Errors
/// There is none of this name, or what did not hold.
pub fn play(name: &str, kind: Kind) -> anyhow::Result<()> {
    let found = TABLE.iter().find(|scenario| scenario.name == name);
    let transport = Transport::Emulator;
    found
        .with_context(|| format!("no scenario is called {name}"))?
        .play(Stage { transport, kind })
}
