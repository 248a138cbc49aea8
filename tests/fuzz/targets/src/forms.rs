//! Forms and the JSON bodies that stand for forms.
use grantor_protocol::form::{MAX_BYTES, MAX_PARAMS, Params, encode, from_json};
use std::collections::BTreeMap;

/// A name that inputs are likely to hold, to look values up by.
const ASKED: [&str; 4] = ["a", "client_id", "scope", "state"];

pub(crate) fn form(data: &[u8]) {
    let (query, body) = data.split_at(data.iter().position(|b| *b == b'\n').unwrap_or(data.len()));
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    let Ok(params) = Params::parse_both(query, body) else {
        return;
    };
    assert!(query.len() + body.len() <= MAX_BYTES && params.names().count() <= MAX_PARAMS);
    assert_eq!(params.is_empty(), params.names().next().is_none());
    // The `url` crate's reading; it never fails, so it is compared where ours does not.
    let theirs: Vec<(String, String)> = [query, body]
        .iter()
        .flat_map(|raw| url::form_urlencoded::parse(raw).into_owned())
        .filter(|(name, _)| !name.is_empty())
        .collect();
    let names: Vec<&str> = params.names().collect();
    assert_eq!(names, theirs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
    let mut printed = String::new();
    for name in ASKED {
        let sent: Vec<&str> = theirs
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .collect();
        assert_eq!(params.has(name), !sent.is_empty());
        let Ok(value) = params.get(name) else { continue };
        assert_eq!(value.unwrap_or_default(), sent.first().copied().unwrap_or_default());
        assert!(sent.len() <= 1, "a repeated parameter was read");
        printed += &format!("{name}={}&", encode(value.unwrap_or_default()));
    }
    let again = Params::parse(printed.as_bytes()).expect("what we print, we read");
    for name in ASKED {
        if let Ok(value) = params.get(name) {
            assert_eq!(again.get(name), Ok(value));
        }
    }
    let repeated = params.first_repeated();
    assert_eq!(repeated.is_some(), params.check_no_repetition().is_err());
    assert_eq!(
        repeated.is_some(),
        (1..names.len()).any(|at| names[..at].contains(&names[at]))
    );
}

pub(crate) fn json_body(data: &[u8]) {
    let read = from_json(data);
    let theirs: Result<BTreeMap<String, String>, _> = serde_json::from_slice(data);
    let Ok(form) = read else {
        return;
    };
    let members = theirs.expect("an object of strings");
    // A name may be empty or hold NUL; a form skips the one and refuses the other.
    let Ok(params) = Params::parse(&form) else {
        let expected = form.len() > MAX_BYTES || members.keys().any(|name| name.contains('\0'));
        assert!(expected, "the form of a body reads back");
        return;
    };
    assert!(
        params.first_repeated().is_none(),
        "a member that stands twice was taken"
    );
    assert_eq!(
        params.names().count(),
        members.keys().filter(|name| !name.is_empty()).count()
    );
    for name in ASKED {
        match params.get(name) {
            Ok(value) => assert_eq!(value.unwrap_or_default(), members.get(name).map_or("", String::as_str)),
            Err(_) => assert!(members[name].contains('\0')),
        }
    }
}
