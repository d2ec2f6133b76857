//! `octroi run`: signals, deaths on either side, and seats that are taken back.

use rustix::process::{Signal, kill_process, test_kill_process};

use crate::world::{Running, World, lasting, pid_in, until};

#[test]
fn a_signal_reaches_the_program_which_decides_what_it_means() {
    let world = World::with_seats(1);
    let mark = world.path("ready");
    let script = format!(
        "trap 'exit 7' TERM; echo $$ > '{0}.new'; mv '{0}.new' '{0}'; while :; do sleep 0.01; done",
        mark.display()
    );
    let running = world.script(script);
    until("the program's mark", || pid_in(&mark));
    running.send(Signal::TERM);
    assert_eq!(running.ended().code(), 7);
    assert!(world.seats().is_empty());
}

#[test]
fn a_signal_that_ends_the_program_is_told_as_shells_tell_it() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::USR1, 138)] {
        let world = World::with_seats(1);
        let (running, _) = world.lasting("program");
        running.send(signal);
        assert_eq!(running.ended().code(), code);
    }
}

#[test]
fn a_killed_programs_seat_is_free_again() {
    let world = World::with_seats(1);
    let (running, program) = world.lasting("program");
    kill_process(program, Signal::KILL).unwrap();
    assert_eq!(running.ended().code(), 137);
    assert_eq!(world.script("exit 0").ended().code(), 0);
}

#[test]
fn where_octroi_is_killed_the_program_is_asked_to_end() {
    let world = World::with_seats(1);
    let (running, program) = world.lasting("program");
    running.send(Signal::KILL);
    until("the program's end", || {
        test_kill_process(program).is_err().then_some(())
    });
    world.seats_become(0);
}

#[test]
fn a_signal_while_waiting_in_the_queue_gives_the_place_up() {
    let world = World::with_seats(1);
    let (_first, _) = world.lasting("first");
    let mark = world.path("second");
    let mut command = world.run();
    command.args(["--wait", "600", "--", "sh", "-c", &lasting(&mark)]);
    let second = Running::start(&mut command);
    let waiters = |count: usize| {
        until("the queue", || {
            let said = world.succeed(&["seats", "--json"]).output;
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            (said["waiters"].as_array().unwrap().len() == count).then_some(())
        });
    };
    waiters(1);
    second.send(Signal::TERM);
    assert_eq!(second.ended().code(), 143);
    waiters(0);
    assert!(!mark.exists());
}

#[test]
fn a_seat_taken_back_asks_the_program_to_end_and_says_why() {
    let world = World::with_seats(1);
    let mark = world.path("told");
    let ready = world.path("ready");
    let script = format!(
        "trap 'touch \"{1}\"; exit 9' TERM; echo $$ > '{0}.new'; mv '{0}.new' '{0}'; \
         while :; do sleep 0.01; done",
        ready.display(),
        mark.display()
    );
    let running = world.script(script);
    until("the program's mark", || pid_in(&ready));
    let seat = world.seats()[0]["seat"].as_u64().unwrap().to_string();
    world.succeed(&["release", &seat, "--reason", "maintenance"]);
    let ended = running.ended();
    assert_eq!(ended.code(), 9, "{ended:?}");
    assert!(
        ended
            .error
            .contains("octroi: an administrator takes the seat back"),
        "{ended:?}"
    );
    assert!(mark.exists());
    world.seats_become(0);
}

#[test]
fn a_restarted_daemon_is_not_noticed_by_the_program() {
    let mut world = World::with_seats(1);
    let (running, program) = world.lasting("program");
    world.restart_daemon();
    // Until the session is resumed, or given up: its end would be told by the program's.
    until("the session's return", || {
        let said = world.succeed(&["ledger", "export"]).output;
        said.contains("\"SessionResumed\"").then_some(())
    });
    let holder = world.seats()[0]["pid"].as_u64();
    assert_eq!(holder, u64::try_from(program.as_raw_nonzero().get()).ok());
    running.send(Signal::TERM);
    let ended = running.ended();
    assert_eq!(ended.code(), 143, "{ended:?}");
    assert_eq!(ended.error, "");
}
