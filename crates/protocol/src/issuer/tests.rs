//! Issuer URLs: three spellings and no fourth.
use super::*;
use proptest::prelude::*;

#[test]
fn the_url_is_the_base_and_the_prefix() {
    let key = RealmKey::new("default", "main");
    let of = |kind| Issuer::new("https://id.example", key.clone(), kind).url.to_string();
    assert_eq!(of(IssuerKind::Root), "https://id.example");
    assert_eq!(
        of(IssuerKind::Realm),
        "https://id.example/v1/tenants/default/realms/main"
    );
    assert_eq!(
        of(IssuerKind::Application("a1".into())),
        "https://id.example/v1/tenants/default/realms/main/applications/a1"
    );
}

#[test]
fn only_the_three_spellings_are_issuers_of_a_realm() {
    let key = RealmKey::new("default", "main");
    let base = "https://id.example";
    let realm = "https://id.example/v1/tenants/default/realms/main";
    for (url, root, expected) in [
        (base, true, true),
        (base, false, false),
        (realm, false, true),
        (&format!("{realm}/applications/a1"), false, true),
        (&format!("{realm}/applications/a2"), false, false),
        (&format!("{realm}/"), true, false),
        ("https://id.example/", true, false),
        ("https://ID.example", true, false),
        ("https://id.example/v1/tenants/default/realms/admin", true, false),
    ] {
        assert_eq!(is_issuer_of(url, base, &key, "a1", root), expected, "{url}");
    }
}

/// What ids are made of (`apply`), few enough that two are often the same.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab][ab.-]{0,1}",
        "[A-Za-z0-9_-][A-Za-z0-9_.-]{0,12}",
        "(realms|applications|v1|tenants)"
    ]
}

fn kind() -> impl Strategy<Value = IssuerKind> {
    prop_oneof![
        Just(IssuerKind::Root),
        Just(IssuerKind::Realm),
        id().prop_map(|id| IssuerKind::Application(id.into())),
    ]
}

const BASES: [&str; 4] = [
    "https://id.example",
    "http://127.0.0.1:8080",
    "https://id.example/sso",
    "https://id.example/v1/tenants/a/realms/a",
];

proptest! {
    /// The URL of an issuer is accepted by exactly the realm and application it was made for.
    #[test]
    fn an_issuer_belongs_to_its_realm_and_application_alone(
        base in proptest::sample::select(&BASES[..]),
        tenant in id(), realm in id(), kind in kind(),
        asked_tenant in id(), asked_realm in id(), application in id(), serves_root: bool,
    ) {
        let issuer = Issuer::new(base, RealmKey::new(tenant, realm), kind.clone());
        let asked = RealmKey::new(asked_tenant, asked_realm);
        let expected = match &kind {
            IssuerKind::Root => serves_root,
            IssuerKind::Realm => asked == issuer.key,
            IssuerKind::Application(id) => asked == issuer.key && **id == *application,
        };
        prop_assert_eq!(is_issuer_of(&issuer.url, base, &asked, &application, serves_root), expected, "{}", issuer.url);
        prop_assert_eq!(&*issuer.url, format!("{base}{}", issuer.prefix()));
    }

    /// Byte by byte: whatever is changed, doubled, cut or percent-encoded is another issuer or none.
    #[test]
    fn no_other_spelling_is_an_issuer(tenant in id(), realm in id(), application in id(), at: prop::sample::Index, by in "[ -~é]?", serves_root: bool) {
        let key = RealmKey::new(tenant, realm);
        let kinds = [IssuerKind::Root, IssuerKind::Realm, IssuerKind::Application(application.as_str().into())];
        let urls = kinds.map(|kind| Issuer::new(BASES[0], key.clone(), kind).url);
        for url in &urls {
            let at = at.index(url.len());
            let changed = format!("{}{by}{}", &url[..at], &url[at + 1..]);
            let inserted = format!("{}{by}{}", &url[..at], &url[at..]);
            let encoded = format!("{}%{:02X}{}", &url[..at], url.as_bytes()[at], &url[at + 1..]);
            for other in [changed, inserted, encoded, format!("{url}/"), format!("{url}?"), format!("{url}#"), url.to_uppercase()] {
                let is_one = urls.iter().any(|url| **url == *other && (serves_root || other != BASES[0]));
                prop_assert_eq!(is_issuer_of(&other, BASES[0], &key, &application, serves_root), is_one, "{}", other);
            }
        }
    }

    #[test]
    fn a_kind_is_stored_and_read_back(kind in kind(), text: String) {
        prop_assert_eq!(IssuerKind::from_text(&kind.to_text()), Some(kind));
        if let Some(kind) = IssuerKind::from_text(&text) {
            prop_assert_eq!(kind.to_text(), text);
        }
    }
}
