use super::*;
use crate::client::{ClientConfig, TokenConfiguration};
use crate::issuer::RealmKey;
use crate::words::{
    ApplicationType, ClientAuthMethod, Confidentiality, ConsentPolicy, GrantType, PkcePolicy, Protocol,
    SigningAlgorithm, TokenFormat,
};
use proptest::prelude::*;

fn client(rotation: RefreshRotation) -> Client {
    Client {
        key: RealmKey::new("t", "r"),
        id: "app-a".into(),
        client_id: "a".into(),
        display_name: "A".into(),
        is_managed: false,
        enabled: true,
        resource_server: None,
        config: ClientConfig {
            protocol: Protocol::Oidc,
            confidentiality: Confidentiality::Confidential,
            application_type: ApplicationType::Web,
            pkce: PkcePolicy::S256,
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            grant_types: vec![GrantType::AuthorizationCode],
            redirect_uris: vec![],
            post_logout_redirect_uris: vec![],
            allowed_cors_origins: vec![],
            allowed_scopes: vec![],
            token_format: TokenFormat::SelfContained,
            token_configuration: TokenConfiguration::default(),
            id_token_signed_response_alg: SigningAlgorithm::RS256,
            refresh_tokens: RefreshTokens {
                enabled: true,
                rotation,
                expires_after: 1000,
                idle_after: 100,
                retry_window: 60,
            },
            consent: ConsentPolicy::Ask,
            client_uri: None,
        },
    }
}

const fn at(seconds: i64) -> UnixMillis {
    UnixMillis(seconds * 1000)
}

/// Born at 0, the newest token of generation 5 made at 500.
fn record() -> FamilyRecord {
    FamilyRecord {
        client: "app-a".into(),
        issuer: IssuerKind::Root,
        revoked: false,
        consent_stands: true,
        user_stands: true,
        ended_until: None,
        created_at: at(0),
        ends_at: at(1000),
        generation: 5,
        rotated_at: at(500),
        last_used_at: at(500),
        authorization: Authorization {
            grant: "g".into(),
            user: "u".into(),
            subject: "u".into(),
            scope: ScopeSet::from_stored("openid read tokens:delete"),
            nonce: None,
            auth_time: at(0),
            amr: vec![],
            sid: "s".into(),
        },
    }
}

fn name(outcome: &Refresh) -> &'static str {
    match outcome {
        Refresh::Rotate => "rotate",
        Refresh::Keep => "keep",
        Refresh::Repeat => "repeat",
        Refresh::Refuse(_) => "refuse",
        Refresh::RefuseAndNote(_) => "note",
        Refresh::RefuseAndRevoke(_) => "revoke",
    }
}

fn judge(client: &Client, record: &FamilyRecord, generation: i64, now: UnixMillis) -> &'static str {
    name(&used(client, record, generation, None, now))
}

fn used(client: &Client, record: &FamilyRecord, generation: i64, asked: Option<&ScopeSet>, now: UnixMillis) -> Refresh {
    let presented = Presented {
        client,
        issuer: &IssuerKind::Root,
        generation,
        asked,
        now,
    };
    check(&presented, record)
}

#[test]
fn a_generation_is_judged_by_its_distance_from_the_newest_and_the_mode() {
    use RefreshRotation::{Off, Strict, UntilReceipt};
    // covers: O-126 O-128
    for (mode, generation, now, expected) in [
        (UntilReceipt, 5, 501, "rotate"),
        (UntilReceipt, 4, 559, "repeat"),
        (UntilReceipt, 4, 560, "note"),
        // Rotated by a clock that is ahead: no further than the window.
        (UntilReceipt, 4, 440, "repeat"),
        (UntilReceipt, 4, 439, "note"),
        (UntilReceipt, 3, 501, "revoke"),
        (UntilReceipt, 0, 501, "revoke"),
        (UntilReceipt, 6, 501, "refuse"),
        (Strict, 5, 501, "rotate"),
        (Strict, 4, 501, "revoke"),
        (Strict, 0, 501, "revoke"),
        (Strict, 6, 501, "refuse"),
        (Off, 5, 501, "keep"),
        // The mode was another once.
        (Off, 4, 501, "note"),
        (Off, 3, 501, "revoke"),
        (Off, 6, 501, "refuse"),
    ] {
        let outcome = judge(&client(mode), &record(), generation, at(now));
        assert_eq!(outcome, expected, "{mode} generation {generation} at {now}");
    }
    let mut no_window = client(UntilReceipt);
    no_window.config.refresh_tokens.retry_window = 0;
    assert_eq!(judge(&no_window, &record(), 4, at(500)), "note");
    let mut public = client(Off);
    public.config.confidentiality = Confidentiality::Public;
    assert_eq!(judge(&public, &record(), 5, at(501)), "rotate");
}

#[test]
fn who_is_wrong_or_late_changes_nothing_whatever_the_generation() {
    type Change = fn(&mut FamilyRecord);
    let cases: [(&str, i64, Change); 10] = [
        ("another client", 501, |r| r.client = "app-b".into()),
        ("another issuer", 501, |r| r.issuer = IssuerKind::Realm),
        ("another application's issuer", 501, |r| {
            r.issuer = IssuerKind::Application("app-a".into());
        }),
        ("revoked", 501, |r| r.revoked = true),
        ("consent withdrawn", 501, |r| r.consent_stands = false),
        ("an epoch of its user or client", 501, |r| {
            r.ended_until = Some(r.created_at)
        }),
        ("user disabled", 501, |r| r.user_stands = false),
        ("absolute end", 1000, |r| r.last_used_at = at(999)),
        ("idle", 600, |_| {}),
        ("shortened by an admin", 501, |r| r.created_at = at(-499)),
    ];
    for mode in RefreshRotation::ALL {
        for (what, now, change) in cases {
            let mut record = record();
            change(&mut record);
            for generation in [0, 3, 4, 5, 6] {
                let outcome = judge(&client(*mode), &record, generation, at(now));
                assert_eq!(outcome, "refuse", "{what} {mode} generation {generation}");
            }
        }
    }
    // One moment earlier it counts.
    let mut used = record();
    used.last_used_at = at(999);
    assert_eq!(
        judge(&client(RefreshRotation::Off), &used, 5, UnixMillis(999_999)),
        "keep"
    );
    assert_eq!(
        judge(&client(RefreshRotation::Off), &record(), 5, UnixMillis(599_999)),
        "keep"
    );
}

#[test]
fn scope_is_narrowed_for_one_token_and_never_widened() {
    let granted = record().authorization.scope;
    for (asked, expected) in [
        (None, Some("openid read tokens:delete")),
        (Some(""), Some("openid read tokens:delete")),
        (Some("read"), Some("read")),
        (Some("read openid"), Some("read openid")),
        (Some("token:delete"), Some("token:delete")),
        (Some("read write"), None),
        (Some("offline_access"), None),
    ] {
        let asked = asked.map(ScopeSet::from_stored);
        for generation in [3, 4, 5] {
            let client = client(RefreshRotation::UntilReceipt);
            let record = record();
            let outcome = used(&client, &record, generation, asked.as_ref(), at(501));
            // Nobody loses a grant over a scope.
            assert_eq!(name(&outcome) == "refuse", expected.is_none(), "{asked:?}");
        }
        if let Some(expected) = expected {
            assert_eq!(scope(asked.as_ref(), &granted).to_string(), expected);
        }
    }
}

proptest! {
    /// At most one generation ever advances the family, and only the one before it may be answered again.
    #[test]
    fn no_generation_but_the_newest_moves_the_family(tip in 0_i64..20, generation in 0_i64..20, age in 0_i64..200, mode in 0_usize..3) {
        let mode = RefreshRotation::ALL[mode];
        let mut record = record();
        record.generation = tip;
        record.rotated_at = at(500 - age);
        let client = client(mode);
        let outcome = used(&client, &record, generation, None, at(500));
        match name(&outcome) {
            "rotate" | "keep" => prop_assert_eq!(generation, tip),
            "repeat" => prop_assert!(generation == tip - 1 && age < 60 && mode == RefreshRotation::UntilReceipt),
            "note" => prop_assert!(generation == tip - 1 && mode != RefreshRotation::Strict),
            "revoke" => prop_assert!(generation < tip),
            _ => prop_assert!(generation > tip),
        }
    }
}
