//! Scope strings: one table of what is read, then the laws every set obeys.
use super::*;
use crate::OAuthErrorCode;
use proptest::prelude::*;

#[test]
fn a_scope_string_is_read_in_one_documented_way() {
    let long = |length: usize| "a".repeat(length);
    for (text, expected) in [
        ("", Some("")),
        ("a", Some("a")),
        ("b a", Some("b a")),
        ("a  b", Some("a b")),
        (" a b ", Some("a b")),
        ("a b a", Some("a b")),
        ("A a", Some("A a")),
        (
            "urn:x:y https://a.test/b?c=d#e ~!",
            Some("urn:x:y https://a.test/b?c=d#e ~!"),
        ),
        (&long(MAX_SCOPE_LENGTH), Some(&long(MAX_SCOPE_LENGTH))),
        (&long(MAX_SCOPE_LENGTH + 1), None),
        ("a\tb", None),
        ("a\nb", None),
        ("a\0b", None),
        ("a\"b", None),
        ("a\\b", None),
        ("a\u{7f}b", None),
        ("é", None),
        ("a\u{a0}b", None),
    ] {
        let read = ScopeSet::parse(text);
        match expected {
            Some(printed) => assert_eq!(read.unwrap().to_string(), printed, "{text:.80}"),
            None => assert_eq!(read.unwrap_err().code, OAuthErrorCode::InvalidScope, "{text:.80}"),
        }
    }
}

/// Sets over few names, so that they overlap; some are of OpenID Connect, some only an alias.
fn names() -> impl Strategy<Value = Vec<String>> {
    let name = "(openid|email|offline_access|profile|read|write|tokens?:delete|tokens?:create|[a-c])";
    proptest::collection::vec(name, 0..8)
}

fn set() -> impl Strategy<Value = ScopeSet> {
    names().prop_map(|names| names.into_iter().collect())
}

/// What bounds a request, as owned values.
#[derive(Debug, Clone)]
struct Owned {
    allowed: Vec<String>,
    known: BTreeSet<String>,
    oidc: bool,
    offline: bool,
}

impl Owned {
    fn bounds(&self) -> Bounds<'_> {
        Bounds {
            allowed: &self.allowed,
            oidc: self.oidc,
            offline: self.offline,
            known: &self.known,
        }
    }
}

fn bounds() -> impl Strategy<Value = Owned> {
    // No application stores a scope of OpenID Connect.
    let own = || {
        names().prop_map(|names| {
            names
                .into_iter()
                .filter(|n| OidcScope::parse(n).is_none())
                .collect::<Vec<_>>()
        })
    };
    (own(), own(), any::<bool>(), any::<bool>()).prop_map(|(allowed, others, oidc, offline)| Owned {
        known: allowed.iter().chain(&others).cloned().collect(),
        allowed,
        oidc,
        offline,
    })
}

/// Whether the application may have it at all.
fn possible(scope: &str, owned: &Owned) -> bool {
    match OidcScope::parse(scope) {
        Some(OidcScope::OfflineAccess) => owned.oidc && owned.offline,
        Some(_) => owned.oidc,
        None => owned.allowed.iter().any(|a| alias(a) == alias(scope)),
    }
}

proptest! {
    #[test]
    fn what_is_read_prints_to_itself_and_no_text_panics(text in prop_oneof![any::<String>(), "[ -~]{0,60}", "([a-c:]{0,3} {0,2}){0,9}"]) {
        if let Ok(set) = ScopeSet::parse(&text) {
            prop_assert_eq!(&ScopeSet::parse(&set.to_string()).unwrap(), &set);
            prop_assert_eq!(&ScopeSet::from_stored(&set.to_string()), &set);
            let words: BTreeSet<&str> = text.split(' ').filter(|t| !t.is_empty()).collect();
            prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), words);
            prop_assert_eq!(set.iter().count(), set.iter().collect::<BTreeSet<_>>().len(), "each once");
        } else {
            prop_assert!(text.len() > MAX_SCOPE_LENGTH || text.chars().any(|c| !matches!(c, ' '..='~') || c == '"' || c == '\\'));
        }
    }

    #[test]
    fn subset_is_an_order_and_union_its_least_upper_bound(a in set(), b in set(), c in set()) {
        prop_assert!(ScopeSet::default().is_subset_of(&a) && a.is_subset_of(&a));
        prop_assert!(!(a.is_subset_of(&b) && b.is_subset_of(&c)) || a.is_subset_of(&c));
        let both = a.union(&b);
        prop_assert!(a.is_subset_of(&both) && b.is_subset_of(&both));
        prop_assert_eq!(a.is_subset_of(&c) && b.is_subset_of(&c), both.is_subset_of(&c));
        prop_assert_eq!(a.is_subset_of(&b), b.union(&a) == b);
        prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(a.union(&a), a.clone());
        prop_assert_eq!(a.union(&ScopeSet::default()), a.clone());
        for scope in both.iter() {
            prop_assert!(a.contains(scope) || b.contains(scope));
        }
    }

    /// T-10: never wider, `openid` kept, twice as once.
    #[test]
    fn narrowing_never_widens(consented in set(), asked in proptest::option::of(set())) {
        let narrowed = narrow(&consented, asked.as_ref());
        prop_assert!(narrowed.is_subset_of(&consented));
        prop_assert_eq!(narrowed.contains("openid"), consented.contains("openid"));
        prop_assert_eq!(&narrow(&narrowed, asked.as_ref()), &narrowed);
        match asked.filter(|asked| !asked.is_empty()) {
            None => prop_assert_eq!(narrowed, consented),
            Some(asked) => for scope in narrowed.iter() {
                prop_assert!(scope == "openid" || asked.contains(scope));
            },
        }
    }

    #[test]
    fn nothing_is_granted_that_was_not_asked_for_and_possible(asked in set(), owned in bounds()) {
        let bounds = owned.bounds();
        for granted in [for_authorization(Some(&asked), &bounds), for_client_credentials(Some(&asked), &bounds)] {
            match granted {
                Ok(granted) => for scope in granted.iter() {
                    prop_assert!(asked.is_empty() || asked.contains(scope));
                    prop_assert!(possible(scope, &owned), "{}", scope);
                },
                Err(error) => {
                    prop_assert_eq!(error.code, OAuthErrorCode::InvalidScope);
                    prop_assert!(asked.iter().any(|scope| !possible(scope, &owned)));
                }
            }
        }
        // No user stands behind client_credentials, so nothing of OpenID Connect is granted there.
        if let Ok(granted) = for_client_credentials(Some(&asked), &bounds) {
            prop_assert!(granted.iter().all(|scope| OidcScope::parse(scope).is_none()));
        }
    }

    #[test]
    fn what_was_granted_stands_until_the_application_loses_it(asked in set(), owned in bounds(), later in bounds()) {
        if let Ok(granted) = for_authorization(Some(&asked), &owned.bounds()) {
            prop_assert_eq!(&still_allowed(&granted, &owned.bounds()), &granted);
            let left = still_allowed(&granted, &later.bounds());
            prop_assert!(left.is_subset_of(&granted));
            for scope in granted.iter() {
                prop_assert_eq!(left.contains(scope), possible(scope, &later));
            }
        }
    }
}
