//! The store on a real file.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

const FRESH: UserPseudonym = UserPseudonym([7; 16]);
const OTHER: UserPseudonym = UserPseudonym([8; 16]);

struct World {
    folder: tempfile::TempDir,
    identities: Identities,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identities = Identities::open(&folder.path().join("identities.redb")).unwrap();
        Self { folder, identities }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("identities.redb")
    }

    /// The daemon stops and starts again.
    fn restarted(self) -> Self {
        let Self { folder, identities } = self;
        drop(identities);
        let identities = Identities::open(&folder.path().join("identities.redb")).unwrap();
        Self { folder, identities }
    }

    fn user(&self, fresh: UserPseudonym, name: &str) -> UserPseudonym {
        let name = (!name.is_empty()).then(|| name.to_owned());
        self.identities.of_uid(1000, fresh, || name).unwrap()
    }

    fn file_holds(&self, text: &str) -> bool {
        let bytes = std::fs::read(self.path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }
}

#[test]
fn a_user_keeps_its_pseudonym_over_restarts() {
    let world = World::new();
    assert_eq!(world.user(FRESH, "alice"), FRESH);
    let world = world.restarted();
    assert_eq!(world.user(OTHER, "alice"), FRESH);
    let who = world.identities.who(FRESH).unwrap();
    assert_eq!(who, Some((1000, Some("alice".to_owned()))));
}

#[test]
fn a_pseudonym_is_on_the_disk_before_it_is_used() {
    let world = World::new();
    world.user(FRESH, "alice");
    // A killed daemon leaves the file as it stands now.
    let copy = world.folder.path().join("copy.redb");
    std::fs::copy(world.path(), &copy).unwrap();
    let found = Identities::open(&copy).unwrap();
    let user = found.of_uid(1000, OTHER, || Some("alice".to_owned()));
    assert_eq!(user.unwrap(), FRESH);
}

#[test]
fn a_known_user_costs_no_question_and_no_look_at_the_disk() {
    let world = World::new();
    world.user(FRESH, "alice");
    let again = world
        .identities
        .of_uid(1000, OTHER, || panic!("asked for a name again"));
    assert_eq!(again.unwrap(), FRESH);
}

#[test]
fn a_uid_that_was_given_to_somebody_else_gets_another_pseudonym() {
    let world = World::new();
    world.user(FRESH, "alice");
    let world = world.restarted();
    assert_eq!(world.user(OTHER, "bob"), OTHER);
    let name = |user| world.identities.who(user).unwrap().unwrap().1.unwrap();
    assert_eq!((name(FRESH), name(OTHER)), ("alice".into(), "bob".into()));
}

#[test]
fn a_user_whose_name_cannot_be_read_for_a_while_stays_the_same() {
    let world = World::new();
    assert_eq!(world.user(FRESH, ""), FRESH);
    assert_eq!(world.identities.who(FRESH).unwrap(), Some((1000, None)));
    let world = world.restarted();
    assert_eq!(world.user(OTHER, "alice"), FRESH);
    let world = world.restarted();
    assert_eq!(world.user(OTHER, ""), FRESH);
    let who = world.identities.who(FRESH).unwrap();
    assert_eq!(who, Some((1000, Some("alice".to_owned()))));
}

#[test]
fn a_pseudonym_that_is_not_fresh_is_refused() {
    let world = World::new();
    world.user(FRESH, "alice");
    let refused = world
        .identities
        .of_uid(1001, FRESH, || Some("bob".to_owned()));
    assert!(matches!(refused, Err(IdentitiesError::NotFresh)));
    let who = world.identities.who(FRESH).unwrap();
    assert_eq!(who, Some((1000, Some("alice".to_owned()))));
}

#[test]
fn an_erased_user_is_unknown_and_gets_another_pseudonym() {
    let world = World::new();
    world.user(FRESH, "alice");
    assert!(world.identities.erase(FRESH).unwrap());
    assert!(!world.identities.erase(FRESH).unwrap());
    assert_eq!(world.identities.who(FRESH).unwrap(), None);
    assert_eq!(world.user(OTHER, "alice"), OTHER);
}

#[test]
fn an_erased_name_is_nowhere_in_the_file_and_others_stay() {
    let world = World::new();
    world.user(FRESH, "alice-the-first");
    world
        .identities
        .of_uid(1001, OTHER, || Some("bob-the-second".to_owned()))
        .unwrap();
    let text = TextId([1; 16]);
    world
        .identities
        .keep_text(text, "left the company")
        .unwrap();
    assert!(world.file_holds("alice-the-first") && world.file_holds("left the company"));
    world.identities.erase(FRESH).unwrap();
    assert!(!world.file_holds("alice-the-first"));
    assert!(world.identities.erase_text(text).unwrap());
    assert!(!world.file_holds("left the company"));
    let world = world.restarted();
    let who = world.identities.who(OTHER).unwrap();
    assert_eq!(who, Some((1001, Some("bob-the-second".to_owned()))));
}

#[test]
fn an_earlier_pseudonym_of_a_uid_is_erased_without_the_newer_one() {
    let world = World::new();
    world.user(FRESH, "alice");
    let world = world.restarted();
    world.user(OTHER, "bob");
    assert!(world.identities.erase(FRESH).unwrap());
    assert_eq!(world.user(UserPseudonym([9; 16]), "bob"), OTHER);
}

#[test]
fn a_text_lies_under_its_id_until_it_is_erased() {
    let world = World::new();
    let id = TextId([1; 16]);
    world.identities.keep_text(id, "left the company").unwrap();
    let text = || world.identities.text(id).unwrap();
    assert_eq!(text().as_deref(), Some("left the company"));
    let refused = world.identities.keep_text(id, "another");
    assert!(matches!(refused, Err(IdentitiesError::NotFresh)));
    assert_eq!(text().as_deref(), Some("left the company"));
    assert!(world.identities.erase_text(id).unwrap());
    assert!(!world.identities.erase_text(id).unwrap());
    assert_eq!(text(), None);
}

#[test]
fn the_file_is_its_owners_alone() {
    let world = World::new();
    world.user(FRESH, "alice");
    let mode = || world.path().metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    world.identities.erase(FRESH).unwrap();
    assert_eq!(mode(), 0o600);
}

#[test]
fn what_a_crash_left_of_a_rewriting_is_no_obstacle() {
    let world = World::new();
    world.user(FRESH, "alice");
    std::fs::write(world.folder.path().join("identities.redb.new"), "half").unwrap();
    assert!(world.identities.erase(FRESH).unwrap());
    assert!(!world.folder.path().join("identities.redb.new").exists());
}

#[test]
fn whom_a_program_names_keeps_the_pseudonym_over_restarts() {
    let world = World::new();
    let named = |world: &World, fresh| {
        let identities = &world.identities;
        identities
            .of_name(NamedAs::EndUser, "alice@example.org", fresh)
            .unwrap()
    };
    assert_eq!(named(&world, FRESH), FRESH);
    assert_eq!(named(&world, OTHER), FRESH);
    let world = world.restarted();
    assert_eq!(named(&world, OTHER), FRESH);
    let name = world.identities.named(FRESH).unwrap();
    assert_eq!(name.as_deref(), Some("alice@example.org"));
}

#[test]
fn a_declared_account_and_an_end_user_of_one_name_are_two_people() {
    let world = World::new();
    let named = |named_as, fresh| world.identities.of_name(named_as, "alice", fresh).unwrap();
    assert_eq!(named(NamedAs::EndUser, FRESH), FRESH);
    assert_eq!(named(NamedAs::DeclaredAccount, OTHER), OTHER);
}

#[test]
fn of_whom_a_program_named_nothing_is_left_after_erasing() {
    let world = World::new();
    let name = "zoe.laurent@example.org";
    let identities = &world.identities;
    identities.of_name(NamedAs::EndUser, name, FRESH).unwrap();
    assert!(world.file_holds(name));
    assert!(identities.erase(FRESH).unwrap());
    assert_eq!(identities.named(FRESH).unwrap(), None);
    assert!(!world.file_holds(name));
    let again = identities.of_name(NamedAs::EndUser, name, OTHER).unwrap();
    assert_eq!(again, OTHER);
}

#[test]
fn who_was_erased_and_comes_back_is_known_under_the_tag_that_stayed() {
    let world = World::new();
    world.user(FRESH, "alice");
    let known = world.identities.known_where(|_, name| name == "alice");
    let known = known.unwrap().pop().unwrap();
    let tag = world.identities.tag_of(&known, [3; 32]).unwrap();
    assert!(world.identities.erase_all(FRESH, Some(tag), &[]).unwrap());
    assert!(!world.file_holds("alice"));
    let world = world.restarted();
    assert_eq!(world.identities.tags().unwrap(), [tag]);
    assert_eq!(world.user(OTHER, "alice"), tag);
}

#[test]
fn a_tag_fits_nobody_else_and_goes_when_nothing_is_counted_under_it() {
    let world = World::new();
    world.user(FRESH, "alice");
    let known = world.identities.known_where(|_, _| true).unwrap();
    let tag = world.identities.tag_of(&known[0], [3; 32]).unwrap();
    world.identities.erase_all(FRESH, Some(tag), &[]).unwrap();
    assert_eq!(world.user(OTHER, "bob"), OTHER);
    world.identities.keep_tags(|_| false).unwrap();
    assert_eq!(world.identities.tags().unwrap(), []);
    let world = world.restarted();
    let again = UserPseudonym([9; 16]);
    assert_eq!(world.user(again, "alice"), again);
}

#[test]
fn whom_a_program_named_comes_back_under_the_tag_that_stayed_and_an_account_does_not() {
    let world = World::new();
    let named = |world: &World, named_as, fresh| {
        let identities = &world.identities;
        identities.of_name(named_as, "alice", fresh).unwrap()
    };
    named(&world, NamedAs::DeclaredAccount, FRESH);
    let known = world
        .identities
        .known_as(NamedAs::DeclaredAccount, "alice")
        .unwrap()
        .unwrap();
    assert_eq!(known.user, FRESH);
    assert_eq!(
        world.identities.named_as(FRESH).unwrap(),
        Some(NamedAs::DeclaredAccount)
    );
    let tag = world.identities.tag_of(&known, [3; 32]).unwrap();
    world.identities.erase_all(FRESH, Some(tag), &[]).unwrap();
    let gone = world
        .identities
        .known_as(NamedAs::DeclaredAccount, "alice")
        .unwrap();
    assert_eq!((gone, world.file_holds("alice")), (None, false));
    let world = world.restarted();
    assert_eq!(named(&world, NamedAs::EndUser, OTHER), OTHER);
    let third = UserPseudonym([9; 16]);
    assert_eq!(world.user(third, "alice"), third);
    let back = named(&world, NamedAs::DeclaredAccount, UserPseudonym([10; 16]));
    assert_eq!(back, tag);
}

#[test]
fn a_digest_proves_a_text_with_its_salt_and_both_are_forgotten_together() {
    let world = World::new();
    let (first, second) = (TextId([1; 16]), TextId([2; 16]));
    let identities = &world.identities;
    let kept = identities.keep_proven(first, [7; 32], "printer 2").unwrap();
    let same = identities
        .keep_proven(second, [8; 32], "printer 2")
        .unwrap();
    assert_ne!(
        kept.digest, same.digest,
        "nobody sees that two texts are one"
    );
    let proven = identities.proven(first).unwrap().unwrap();
    assert_eq!((proven.text.as_str(), proven.salt), ("printer 2", [7; 32]));
    let again = identities.keep_proven(first, [9; 32], "printer 3");
    assert!(matches!(again, Err(IdentitiesError::NotFresh)));
    assert!(world.file_holds(&String::from_utf8_lossy(&[7; 32])));
    assert!(identities.erase_text(first).unwrap());
    assert_eq!(identities.proven(first).unwrap(), None);
    assert!(
        !world.file_holds(&String::from_utf8_lossy(&[7; 32])),
        "the salt is gone too"
    );
    assert!(identities.proven(second).unwrap().is_some());
}
