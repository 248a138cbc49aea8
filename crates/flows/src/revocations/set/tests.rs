use super::*;
use grantor_store::revocations::Revoked;

fn revocation(revoked: Revoked, at: i64, until: i64) -> NewRevocation {
    NewRevocation {
        revoked,
        at: UnixMillis(at),
        expires_at: UnixMillis(until),
    }
}

fn key() -> RealmKey {
    RealmKey::new("t", "r")
}

#[test]
fn each_kind_of_each_realm_is_found_by_its_own_name_alone() {
    let set = RevocationSet::new();
    let kinds = [
        Revoked::Token("x".into()),
        Revoked::Grant("x".into()),
        Revoked::User("x".into()),
        Revoked::Client("x".into()),
    ];
    for revoked in &kinds {
        let kind = revoked.kind();
        assert_eq!(set.find(&key(), kind, "x"), None, "{kind}");
        set.insert(&key(), &revocation(revoked.clone(), 5_000, 9_000));
        assert_eq!(set.find(&key(), kind, "x"), Some(5), "{kind}");
        for other in [
            RealmKey::new("t", "r2"),
            RealmKey::new("t2", "r"),
            RealmKey::new("r", "t"),
        ] {
            assert_eq!(set.find(&other, kind, "x"), None, "{kind}");
        }
        assert_eq!(set.find(&key(), kind, "y"), None, "{kind}");
        assert_eq!(set.find(&key(), kind, ""), None, "{kind}");
    }
    assert_eq!(set.find(&key(), "other", "x"), None);
}

#[test]
fn an_entry_is_widened_and_kept_to_its_last_millisecond() {
    let set = RevocationSet::new();
    let token = || Revoked::Token("x".into());
    for (at, until) in [(10_000, 20_001), (30_000, 15_000), (20_000, 18_000)] {
        set.insert(&key(), &revocation(token(), at, until));
    }
    assert_eq!(set.find(&key(), "jti", "x"), Some(30));
    for (now, found) in [(15_000, true), (20_000, true), (20_001, true), (21_000, false)] {
        set.forget_expired(UnixMillis(now));
        assert_eq!(set.find(&key(), "jti", "x").is_some(), found, "{now}");
    }
    assert_eq!(set.tokens.entries.load(Ordering::Acquire), 0);
    // Times no row should have do not wrap around.
    set.insert(&key(), &revocation(token(), i64::MIN, i64::MAX));
    set.forget_expired(UnixMillis(4_000_000_000_000));
    assert_eq!(set.find(&key(), "jti", "x"), Some(0));
}

#[test]
fn it_is_complete_once_everything_was_loaded_and_until_changes_are_missed() {
    let set = RevocationSet::new();
    assert!(!set.is_loaded());
    let first = set.wanted();
    // Missed while it was loading: that load does not count.
    set.changes_were_missed();
    set.was_loaded(first);
    assert!(!set.is_loaded());
    set.was_loaded(set.wanted());
    assert!(set.is_loaded());
    set.changes_were_missed();
    assert!(!set.is_loaded());
}

#[test]
fn a_million_entries_are_found_and_take_fifty_megabytes() {
    const MANY: u32 = 1_000_000;
    let set = RevocationSet::new();
    let id = |number: u32| format!("{number:040}");
    for number in 0..MANY {
        let until = 10_000 + i64::from(number);
        set.insert(&key(), &revocation(Revoked::Token(id(number)), 5_000, until));
    }
    assert_eq!(set.tokens.entries.load(Ordering::Acquire), MANY as usize);
    for number in (0..MANY).step_by(997) {
        assert_eq!(set.find(&key(), "jti", &id(number)), Some(5), "{number}");
        assert_eq!(set.find(&key(), "jti", &id(number + MANY)), None, "{number}");
        assert_eq!(set.find(&key(), "grant", &id(number)), None, "{number}");
    }
    // A table holds eight entries for every seven it has room for, and a byte of its own for each.
    let bytes = |set: &RevocationSet| -> usize {
        let capacity = |shard: &RwLock<Shard>| shard.read().unwrap().capacity();
        let room: usize = set.tokens.shards.iter().map(capacity).sum();
        room * 8 / 7 * (size_of::<(Fingerprint, Span)>() + 1)
    };
    assert!(bytes(&set) < 50_000_000, "{}", bytes(&set));
    set.forget_expired(UnixMillis(10_000 + i64::from(MANY) - 1000));
    assert!(set.tokens.entries.load(Ordering::Acquire) <= 2000);
    assert!(bytes(&set) < 1_000_000, "{}", bytes(&set));
}
