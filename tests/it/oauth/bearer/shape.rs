//! The form of a token: parts, alphabet, and JWE that would cost much if anybody opened it.
use super::Bearers;
use crate::app::{App, base64url, part_of, with};
use grantor_tests::covers;
use serde_json::{Value, json};
use std::time::Duration;

/// Far more than refusing takes and far less than doing what such a token asks for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes a text differently.
type Change = fn(&str) -> String;

/// Refused at userinfo and inactive at introspection, and quickly.
async fn check_refused(app: &App, name: &str, token: &str) {
    let asked = async {
        let answer = app.client("first").userinfo(token).await;
        super::check_invalid(name, &answer);
        let answer = app.client("first").introspect(token).await;
        assert_eq!(answer.body, r#"{"active":false}"#, "{name}");
        let answer = app.introspect_as_bearer("", token, token).await;
        super::check_invalid(name, &answer);
    };
    let quick = tokio::time::timeout(PATIENCE, asked).await;
    assert!(quick.is_ok(), "{name} took long");
}

#[tokio::test]
async fn a_sealed_token_is_opened_under_our_header_alone() {
    covers!("O-156", "T-24");
    let app = App::start().await;
    let tokens = app.tokens_for("first", "alice", "openid").await;
    let good = tokens.member("access_token");
    assert_eq!(app.client("first").userinfo(&good).await.status, 200);
    let header = part_of(&good, 0);
    let parts: Vec<&str> = good.split('.').collect();
    let under = |header: &Value, key: &str| {
        let header = base64url(header.to_string());
        format!("{header}.{key}.{}.{}.{}", parts[2], parts[3], parts[4])
    };
    let pbes2 = json!({"alg": "PBES2-HS256+A128KW", "p2c": 2_147_483_647, "p2s": "c2FsdHNhbHQ"});
    let changes = [
        ("p2c", pbes2),
        ("zip", json!({"zip": "DEF"})),
        ("RSA1_5", json!({"alg": "RSA1_5"})),
        ("RSA-OAEP", json!({"alg": "RSA-OAEP"})),
        (
            "A256GCMKW",
            json!({"alg": "A256GCMKW", "iv": "AAAAAAAAAAAAAAAA", "tag": "AAAAAAAAAAAAAAAAAAAAAA"}),
        ),
        ("ECDH-ES", json!({"alg": "ECDH-ES"})),
        ("other enc", json!({"enc": "A128CBC-HS256"})),
        ("other typ", json!({"cty": "JWT"})),
        ("other kid", json!({"kid": "../../dev/null"})),
        ("crit", json!({"crit": ["exp"]})),
    ];
    for (name, change) in &changes {
        let mut altered = header.clone();
        altered
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        for key in ["", "AAAA", &"A".repeat(342)] {
            check_refused(&app, name, &under(&altered, key)).await;
        }
    }
    check_refused(&app, "no kid", &under(&with(&header, "kid", Value::Null), "")).await;
    let (spaced, rest) = (base64url(format!("{header} ")), parts[1..].join("."));
    check_refused(&app, "the same header with a space", &format!("{spaced}.{rest}")).await;
    // 2 KiB that would unpack to 2 MiB.
    let bomb = base64url(vec![0u8; 2048]);
    let zipped = base64url(with(&header, "zip", json!("DEF")).to_string());
    check_refused(&app, "bomb", &format!("{zipped}..{}.{bomb}.{}", parts[2], parts[4])).await;
}

#[tokio::test]
async fn every_byte_of_a_sealed_token_counts() {
    covers!("O-156", "T-24");
    let app = App::start().await;
    let tokens = app.tokens_for("first", "alice", "openid").await;
    let good = tokens.member("access_token");
    app.client("first").introspect(&good).await.assert_active();
    let parts: Vec<&str> = good.split('.').collect();
    assert_eq!((parts.len(), parts[1]), (5, ""));
    let replaced = |part: usize, text: &str| {
        let mut all = parts.clone();
        all[part] = text;
        all.join(".")
    };
    for (part, name) in ["header", "encrypted key", "IV", "ciphertext", "tag"]
        .into_iter()
        .enumerate()
    {
        let text = parts[part];
        let flipped = match text.as_bytes().first() {
            Some(b'A') => format!("B{}", &text[1..]),
            Some(_) => format!("A{}", &text[1..]),
            None => "A".into(),
        };
        check_refused(&app, name, &replaced(part, &flipped)).await;
        check_refused(&app, name, &replaced(part, &format!("{text}AAAA"))).await;
        if part != 1 {
            check_refused(&app, name, &replaced(part, "")).await;
            check_refused(&app, name, &replaced(part, &text[..text.len() - 4])).await;
        }
    }
    check_refused(&app, "1-byte tag", &replaced(4, "AA")).await;
    check_refused(&app, "zero tag", &replaced(4, &"A".repeat(22))).await;
    check_refused(&app, "padding", &format!("{good}=")).await;
    // Sealed for the second tenant, where the key is called the same.
    app.other_client("a").introspect(&good).await.assert_inactive();
    super::check_invalid("second tenant", &app.other_client("a").userinfo(&good).await);
}

#[tokio::test]
async fn a_token_has_exactly_its_parts() {
    covers!("O-157");
    let all = Bearers::start().await;
    let sealed = all
        .app
        .tokens_for("first", "alice", "openid")
        .await
        .member("access_token");
    let parts: Vec<&str> = sealed.split('.').collect();
    for (name, token) in [
        ("three parts of a JWE", [parts[0], parts[3], parts[4]].join(".")),
        ("four parts of a JWE", parts[..4].join(".")),
        ("six parts", format!("{sealed}.{}", parts[4])),
        ("one part", "abc".into()),
        ("two parts", "abc.def".into()),
        ("dots alone", "..".into()),
        ("four dots alone", "....".into()),
        ("1,000 dots", ".".repeat(1_000)),
        ("1,000 parts", ["a"; 1_000].join(".")),
    ] {
        all.check_refused(name, |_| token.clone()).await;
    }
    all.check_refused("JWS as JWE", |s| format!("{}..{}.{}.", s.part(0), s.part(1), s.part(2)))
        .await;
    all.check_refused("JWS and two parts", |s| format!("{}.a.b", s.token))
        .await;
    all.check_refused("JWS, four parts", |s| format!("{}.", s.token)).await;
    all.check_refused("JWS without a payload", |s| format!("{}..{}", s.part(0), s.part(2)))
        .await;
    all.check_refused("JWS without a header", |s| format!(".{}.{}", s.part(1), s.part(2)))
        .await;
    all.check_refused("JSON serialization", |s| {
        json!({"protected": s.part(0), "payload": s.part(1), "signature": s.part(2)}).to_string()
    })
    .await;
}

#[tokio::test]
async fn only_one_spelling_of_a_token_counts() {
    covers!("O-158");
    let all = Bearers::start().await;
    // Every spelling is signed as it stands, so that only its form can be what is refused.
    let changes: [(&str, Change); 8] = [
        ("padding", |t| format!("{t}=")),
        ("double padding", |t| format!("{t}==")),
        ("space before", |t| format!(" {t}")),
        ("space behind", |t| format!("{t} ")),
        ("newline behind", |t| format!("{t}\n")),
        ("newline inside", |t| format!("{}\n{}", &t[..8], &t[8..])),
        ("plus", |t| format!("{t}+++/")),
        ("percent", |t| format!("%{:02X}{}", t.as_bytes()[0], &t[1..])),
    ];
    for (name, change) in changes {
        let header = format!("{name} in the header");
        all.check_refused(&header, |s| {
            s.key.sign_text(format!("{}.{}", change(s.part(0)), s.part(1)))
        })
        .await;
        let payload = format!("{name} in the payload");
        all.check_refused(&payload, |s| {
            s.key.sign_text(format!("{}.{}", s.part(0), change(s.part(1))))
        })
        .await;
        let signature = format!("{name} in the signature");
        all.check_refused(&signature, |s| {
            format!("{}.{}.{}", s.part(0), s.part(1), change(s.part(2)))
        })
        .await;
    }
    // 64 bytes end in four bits that must be zero.
    for (name, add) in [("one trailing bit", 1), ("four trailing bits", 15)] {
        all.check_refused(name, |s| {
            format!("{}.{}.{}", s.part(0), s.part(1), trailing(s.part(2), add))
        })
        .await;
    }
    // The standard alphabet: a payload is padded until its encoding holds a character where the two differ.
    let standard = |text: &str| text.replace('-', "+").replace('_', "/");
    all.check_refused("standard alphabet", |s| {
        let claims = with(&s.claims, "custom_claims", json!({"a": "???>>>???>>>"}));
        let text = base64url(claims.to_string());
        assert_ne!(text, standard(&text));
        s.key.sign_text(format!("{}.{}", s.part(0), standard(&text)))
    })
    .await;
}

/// The same bytes spelled with `add` in the bits that belong to no byte.
fn trailing(text: &str, add: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = ALPHABET.iter().position(|b| Some(b) == text.as_bytes().last()).unwrap();
    assert_eq!(last % 16, 0);
    format!("{}{}", &text[..text.len() - 1], char::from(ALPHABET[last + add]))
}
