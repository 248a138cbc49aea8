//! Names of keys, and how long they are kept.
use super::Place;
use crate::records::at;
use grantor_store::ephemeral::Ephemeral as _;
use grantor_tests::covers;
use grantor_tests::redis::{ask, dump};
use std::collections::HashSet;

#[tokio::test]
async fn whatever_is_in_an_id_it_is_one_key_in_its_own_namespace() {
    covers!("O-343");
    let (Some(ours), Some(theirs)) = (Place::new(), Place::new()) else {
        return;
    };
    let (data, other) = (ours.ephemeral(), theirs.ephemeral());
    let long = "x".repeat(1 << 20);
    let ids = [
        "",
        "a",
        "a:b",
        "a\nb",
        "a\r\nDEL a",
        "a\0",
        "*",
        "a*",
        "[a]",
        "{a}",
        "interaction\ndefault\nmain\n1",
        "interaction\nt2\nmain\n1",
        "interaction\ndefault\nmain\n1 ",
        &theirs.prefix,
        &ours.prefix,
        &format!("{}ephemeral:", theirs.prefix),
        &long,
        &format!("{long}x"),
    ];
    for (number, id) in ids.iter().enumerate() {
        let value = number.to_string().into_bytes();
        assert!(data.put_if_absent(id, value, at(60), at(0)).await.unwrap(), "{number}");
    }
    let keys: HashSet<String> = dump(&ours.address, &ours.prefix)
        .unwrap()
        .into_iter()
        .map(|e| e.0)
        .collect();
    assert_eq!(keys.len(), ids.len());
    let begin = format!("{}ephemeral:", ours.prefix);
    for key in keys {
        let rest = key.strip_prefix(&begin).unwrap();
        assert!(rest.len() == 64 && rest.bytes().all(|b| b.is_ascii_hexdigit()), "{key}");
    }
    for (number, id) in ids.iter().enumerate() {
        assert_eq!(
            data.get(id, at(1)).await.unwrap(),
            Some(number.to_string().into_bytes())
        );
        assert_eq!(other.take(id, at(1)).await.unwrap(), None, "{number}");
    }
    assert!(dump(&theirs.address, &theirs.prefix).unwrap().is_empty());
    // A key's own name is an id like any other.
    let name = dump(&ours.address, &ours.prefix).unwrap().remove(0).0;
    assert_eq!(data.take(&name, at(1)).await.unwrap(), None);
}

#[tokio::test]
async fn redis_itself_keeps_what_is_over_a_minute_longer_and_no_more() {
    let Some(place) = Place::new() else { return };
    let data = place.ephemeral();
    // The caller's clock stands elsewhere than the machine's.
    data.put("a", b"1".to_vec(), at(4_000_000_010), at(4_000_000_000))
        .await
        .unwrap();
    data.incr("b", at(-4_000_000_000), at(-4_000_000_010)).await.unwrap();
    data.incr("b", at(0), at(-4_000_000_010)).await.unwrap();
    data.put_if_absent("c", b"1".to_vec(), at(10), at(0)).await.unwrap();
    data.put("d", b"1".to_vec(), at(0), at(10)).await.unwrap();
    let kept = |key: &str| ask(&place.address, &["PTTL", key]).unwrap().parse::<i64>().unwrap();
    let entries = dump(&place.address, &place.prefix).unwrap();
    assert_eq!(entries.len(), 4);
    for (key, value) in entries {
        let most = if value.starts_with("0 ") { 60_000 } else { 70_000 };
        assert!(
            (most - 10_000..=most).contains(&kept(&key)),
            "{key} {value} {}",
            kept(&key)
        );
    }
    assert_eq!(data.get("d", at(10)).await.unwrap(), None);
}
