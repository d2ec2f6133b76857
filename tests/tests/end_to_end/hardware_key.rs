//! Hardware keys, emulated over their real protocols: the scenarios that a virtual machine plays with
//! keys behind the kernel's own stacks, each here as a test of either kind of key.

use octroi_tests::keys::{Kind, TABLE, Transport, play};

macro_rules! scenarios {
    ($($name:ident)*) => {
        mod dongle {
            use super::{Kind, play};
            $(#[test]
            fn $name() -> anyhow::Result<()> {
                play(stringify!($name), Kind::Dongle)
            })*
        }

        mod security_key {
            use super::{Kind, play};
            $(#[test]
            fn $name() -> anyhow::Result<()> {
                play(stringify!($name), Kind::Fido2)
            })*
        }

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

scenarios! {
    an_application_is_granted_a_seat_under_the_enrolled_key
    a_key_pulled_within_its_grace_is_told_and_costs_no_seat
    a_key_away_beyond_its_grace_ends_seats_and_is_served_again_when_it_is_back
    without_its_key_nothing_is_granted_from_the_start
    the_budget_is_not_refilled_by_the_keys_return_nor_by_a_restart
    an_absence_goes_on_when_the_daemon_is_restarted_without_the_key
    an_emulated_key_does_not_count_where_the_licence_does_not_say_so
    where_any_of_two_keys_serves_one_may_fail
    where_all_of_two_keys_are_needed_none_may_be_away
    another_key_of_its_kind_is_not_accepted_and_signs_nothing
    a_copy_of_the_key_is_found_out_and_the_original_serves_again
    a_copy_of_the_key_suspends_a_licence_that_says_so
    a_key_set_back_while_the_daemon_was_stopped_is_found_out
    a_daemon_set_back_serves_and_notes_a_dongles_leap
    a_key_that_is_busy_at_first_is_asked_again
    a_key_busy_for_ever_is_told_apart_from_an_absent_one_and_recovers
    a_key_that_answers_garbage_is_told_and_recovers
    a_slow_key_that_keeps_within_its_time_serves
    a_key_that_answers_too_late_is_told_and_recovers
    a_key_that_never_answers_is_told_and_recovers
    a_key_that_says_nothing_when_it_is_put_in_is_looked_for_again
    another_program_on_the_same_key_and_several_applications_get_along
    each_check_out_is_proven_by_the_key_and_the_application_verifies_it
    where_all_of_two_keys_are_needed_both_prove_a_check_out
    an_application_that_sends_nothing_to_prove_is_refused
    without_its_key_no_check_out_is_granted_although_absence_is_tolerated
    fifty_applications_at_once_share_few_signatures
    a_key_pulled_while_it_signs_gets_nobody_a_seat
    whoever_waits_is_proven_before_it_waits
    whoever_waits_when_the_key_is_pulled_is_told
    a_proven_seat_survives_the_daemons_death
}

#[test]
fn every_scenario_that_emulated_keys_can_play_is_a_test() {
    let applies = TABLE
        .iter()
        .filter(|scenario| scenario.applies(Transport::Emulator));
    let names: Vec<&str> = applies.map(|scenario| scenario.name).collect();
    assert_eq!(names, NAMES);
}
