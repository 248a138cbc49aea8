use super::*;
use crate::client::{ClientConfig, RefreshTokens, TokenConfiguration};
use crate::issuer::RealmKey;
use crate::words::{
    ApplicationType, ClientAuthMethod, Confidentiality, ConsentPolicy, GrantType, PkcePolicy, Protocol,
    SigningAlgorithm, TokenFormat,
};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const WRONG: &str = "0000000000000000000000000000000000000000000";
const URI: &str = "https://a.test/cb";

fn client() -> Client {
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
            confidentiality: Confidentiality::Public,
            application_type: ApplicationType::Web,
            pkce: PkcePolicy::S256,
            token_endpoint_auth_method: ClientAuthMethod::None,
            grant_types: vec![GrantType::AuthorizationCode],
            redirect_uris: vec![URI.into()],
            post_logout_redirect_uris: vec![],
            allowed_cors_origins: vec![],
            allowed_scopes: vec![],
            token_format: TokenFormat::SelfContained,
            token_configuration: TokenConfiguration::default(),
            id_token_signed_response_alg: SigningAlgorithm::RS256,
            refresh_tokens: RefreshTokens::default(),
            consent: ConsentPolicy::Ask,
            client_uri: None,
        },
    }
}

fn record() -> CodeRecord {
    CodeRecord {
        client: "app-a".into(),
        issuer: IssuerKind::Root,
        redirect_uri: URI.into(),
        code_challenge: Some(CHALLENGE.into()),
        issued_at: UnixMillis(0),
        expires_at: UnixMillis(60_000),
        redeemed: false,
        failed_attempts: 0,
        consent_needed: true,
        consent_stands: true,
        authorization: Authorization {
            grant: "g".into(),
            user: "u".into(),
            subject: "u".into(),
            scope: ScopeSet::from_stored("openid"),
            nonce: None,
            auth_time: UnixMillis(0),
            amr: vec!["pwd".into()],
            sid: "s".into(),
        },
    }
}

fn outcome(record: &CodeRecord, (redirect_uri, verifier): (Option<&str>, Option<&str>), now: i64) -> &'static str {
    let request = AuthorizationCodeRequest {
        code: "c",
        redirect_uri,
        code_verifier: verifier,
    };
    let limits = Limits {
        issuer: &IssuerKind::Root,
        max_attempts: 3,
        skew_seconds: 10,
    };
    match check(&request, &client(), record, limits, UnixMillis(now)) {
        Redemption::Issue(authorization) => {
            assert_eq!(authorization, &record.authorization);
            "issue"
        }
        Redemption::Refuse(_) => "refuse",
        Redemption::RefuseAndCount(_) => "count",
        Redemption::RefuseAndRevoke(grant, _) => {
            assert_eq!(grant, "g");
            "revoke"
        }
    }
}

/// What a valid request, and one with a wrong verifier, come to before and after the code was redeemed.
fn check_record(change: impl Fn(&mut CodeRecord), expected: [&str; 4]) {
    let (mut fresh, mut used) = (record(), record());
    change(&mut fresh);
    change(&mut used);
    used.redeemed = true;
    let found = [
        outcome(&fresh, (Some(URI), Some(VERIFIER)), 1_000),
        outcome(&fresh, (Some(URI), Some(WRONG)), 1_000),
        outcome(&used, (Some(URI), Some(VERIFIER)), 1_000),
        outcome(&used, (Some(URI), Some(WRONG)), 1_000),
    ];
    assert_eq!(found, expected, "{fresh:?}");
}

#[test]
fn only_a_fully_valid_replay_revokes_and_wrong_verifiers_cannot_hide_it() {
    // covers: T-08 O-079
    check_record(|_| (), ["issue", "count", "revoke", "refuse"]);
    check_record(|r| r.failed_attempts = 2, ["issue", "count", "revoke", "refuse"]);
    check_record(|r| r.failed_attempts = 3, ["refuse", "refuse", "revoke", "refuse"]);
    check_record(|r| r.client = "app-b".into(), ["refuse"; 4]);
    check_record(|r| r.issuer = IssuerKind::Realm, ["refuse"; 4]);
    check_record(|r| r.issuer = IssuerKind::Application("app-a".into()), ["refuse"; 4]);
    check_record(|r| r.redirect_uri = "https://a.test/cb2".into(), ["refuse"; 4]);
    check_record(|r| r.expires_at = UnixMillis(1_000), ["refuse"; 4]);
    check_record(
        |r| r.expires_at = UnixMillis(1_001),
        ["issue", "count", "revoke", "refuse"],
    );
    // Of a clock that is ahead: ten seconds are taken, no millisecond more.
    check_record(
        |r| r.issued_at = UnixMillis(11_000),
        ["issue", "count", "revoke", "refuse"],
    );
    check_record(|r| r.issued_at = UnixMillis(11_001), ["refuse"; 4]);
    check_record(|r| r.code_challenge = None, ["refuse"; 4]);
    check_record(|r| r.consent_stands = false, ["refuse", "count", "refuse", "refuse"]);
}

#[test]
fn redirect_uri_and_verifier_are_needed_as_the_code_was_bound() {
    // covers: T-09 O-085 O-086
    let (bound, free) = (
        record(),
        CodeRecord {
            code_challenge: None,
            ..record()
        },
    );
    for (record, redirect_uri, verifier, expected) in [
        (&bound, Some(URI), Some(VERIFIER), "issue"),
        (&bound, None, Some(VERIFIER), "issue"),
        (&bound, Some("https://a.test/cb/"), Some(VERIFIER), "refuse"),
        (&bound, Some("https://A.test/cb"), Some(VERIFIER), "refuse"),
        (&bound, Some(URI), None, "refuse"),
        (&bound, Some(URI), Some(CHALLENGE), "count"),
        (&bound, Some(URI), Some("short"), "count"),
        (&free, Some(URI), None, "issue"),
        (&free, None, None, "refuse"),
        (&free, Some("https://a.test/cb/"), None, "refuse"),
        (&free, Some(URI), Some(VERIFIER), "refuse"),
    ] {
        let found = outcome(record, (redirect_uri, verifier), 0);
        assert_eq!(
            found, expected,
            "{redirect_uri:?} {verifier:?} {:?}",
            record.code_challenge
        );
    }
}
