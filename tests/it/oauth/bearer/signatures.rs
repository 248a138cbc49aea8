//! Who signed: algorithms, signatures, keys, and headers that bring their own key.
use super::{Bearers, Source};
use crate::app::{ForgingKey, base64url, hs256, with};
use grantor_tests::covers;
use openssl::bn::{BigNum, BigNumRef};
use openssl::ecdsa::EcdsaSig;
use serde_json::{Value, json};
use std::net::TcpListener;

/// The order of P-256 (SEC 2 section 2.4.2).
const ORDER: &str = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

#[tokio::test]
async fn a_token_without_a_signature_is_refused_whatever_its_alg_says() {
    covers!("O-143");
    let all = Bearers::start().await;
    for alg in [
        json!("none"),
        json!("None"),
        json!("nOnE"),
        json!("NONE"),
        json!(""),
        json!(null),
        json!([]),
    ] {
        let altered = |s: &Source| with(&s.header, "alg", alg.clone());
        let text = |s: &Source| format!("{}.{}", base64url(altered(s).to_string()), s.part(1));
        all.check_refused(&format!("{alg} unsigned"), |s| text(s) + ".").await;
        all.check_refused(&format!("{alg} old signature"), |s| {
            format!("{}.{}", text(s), s.part(2))
        })
        .await;
        all.check_refused(&format!("{alg} signed"), |s| s.key.sign_text(text(s)))
            .await;
    }
    all.check_refused("stripped", |s| format!("{}.{}.", s.part(0), s.part(1)))
        .await;
    all.check_refused("two parts", |s| format!("{}.{}", s.part(0), s.part(1)))
        .await;
    all.check_refused("no typ of ours, no alg", |s| {
        format!("{}.{}.", base64url("{}"), s.part(1))
    })
    .await;
}

#[tokio::test]
async fn a_public_key_is_no_secret_to_sign_with() {
    covers!("O-144");
    let all = Bearers::start().await;
    let published: Value = all.app.get("/jwks").await.json();
    for alg in ["ES256", "RS256"] {
        let key = ForgingKey::of_realm(&all.app, "default", "main", alg);
        // The control: this key does sign tokens of the realm.
        let good = key.sign(&all.user.claims);
        assert_eq!(all.app.client("a").userinfo(&good).await.status, 200, "{alg}");
        let jwk = published["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|k| k["kid"] == key.kid.as_str());
        let jwk = jwk.unwrap();
        let (pem, der) = (
            key.pair.public_key_to_pem().unwrap(),
            key.pair.public_key_to_der().unwrap(),
        );
        let number = jwk["n"].as_str().or(jwk["x"].as_str()).unwrap();
        let point = der[der.len().saturating_sub(65)..].to_vec();
        let secrets = [
            ("PEM", pem.clone()),
            ("PEM without its last line end", pem.trim_ascii_end().to_vec()),
            ("DER", der.clone()),
            ("JWK", jwk.to_string().into_bytes()),
            ("number as text", number.as_bytes().to_vec()),
            ("number", base64_decoded(number)),
            ("point", point),
            ("kid", key.kid.clone().into_bytes()),
            ("nothing", vec![]),
        ];
        for (name, secret) in &secrets {
            let header = with(&key.header(), "alg", json!("HS256"));
            let name = format!("{alg} {name}");
            all.check_refused(&name, |s| hs256(secret, &header, &s.claims)).await;
            let own = |s: &Source| with(&s.header, "alg", json!("HS256"));
            all.check_refused(&name, |s| hs256(secret, &own(s), &s.claims)).await;
        }
    }
}

fn base64_decoded(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[tokio::test]
async fn only_a_whole_ecdsa_signature_in_its_fixed_form_counts() {
    covers!("O-145");
    let all = Bearers::start().await;
    let (zero, one, order) = (number("00"), number("01"), number(ORDER));
    let pair = |r: &BigNumRef, s: &BigNumRef| [r.to_vec_padded(32).unwrap(), s.to_vec_padded(32).unwrap()].concat();
    let fixed = [
        ("r = s = 0", pair(&zero, &zero)),
        ("r = 0", pair(&zero, &one)),
        ("s = 0", pair(&one, &zero)),
        ("r = s = n", pair(&order, &order)),
        ("r = n", pair(&order, &one)),
        ("s = n", pair(&one, &order)),
        ("r = s = 1", pair(&one, &one)),
        ("all ones", vec![0xff; 64]),
        ("nothing but zeros, short", vec![0; 32]),
        ("one byte", vec![0]),
    ];
    for (name, signature) in &fixed {
        all.check_refused(name, |s| {
            format!("{}.{}.{}", s.part(0), s.part(1), base64url(signature))
        })
        .await;
    }
    let altered = |s: &Source, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        let text = format!("{}.{}", s.part(0), s.part(1));
        let signature = change(s.key.signature(text.as_bytes()));
        format!("{text}.{}", base64url(signature))
    };
    all.check_refused("DER", |s| altered(s, &der)).await;
    all.check_refused("63 bytes", |s| altered(s, &|v| v[..63].to_vec()))
        .await;
    all.check_refused("63 bytes, the first gone", |s| altered(s, &|v| v[1..].to_vec()))
        .await;
    all.check_refused("65 bytes", |s| altered(s, &|v| [v, vec![0]].concat()))
        .await;
    all.check_refused("65 bytes, zero first", |s| altered(s, &|v| [vec![0], v].concat()))
        .await;
    all.check_refused("twice", |s| altered(s, &|v| [v.clone(), v].concat()))
        .await;
    all.check_refused("halves swapped", |s| altered(s, &|v| [&v[32..], &v[..32]].concat()))
        .await;
    all.check_refused("a bit flipped", |s| {
        altered(s, &|mut v| {
            v[40] ^= 1;
            v
        })
    })
    .await;
}

fn number(hex: &str) -> BigNum {
    BigNum::from_hex_str(hex).unwrap()
}

fn der(fixed: Vec<u8>) -> Vec<u8> {
    let half = |bytes: &[u8]| BigNum::from_slice(bytes).unwrap();
    let signature = EcdsaSig::from_private_components(half(&fixed[..32]), half(&fixed[32..]));
    signature.unwrap().to_der().unwrap()
}

#[tokio::test]
async fn a_key_of_somebody_else_is_not_ours_even_under_our_name() {
    covers!("O-146");
    let all = Bearers::start().await;
    all.check_refused("own name", |s| ForgingKey::strange("attacker").sign(&s.claims))
        .await;
    all.check_refused("our name", |s| ForgingKey::strange(&s.key.kid).sign(&s.claims))
        .await;
    all.check_refused("no name", |s| {
        let key = ForgingKey::strange("");
        key.sign_bytes(&with(&key.header(), "kid", Value::Null), s.claims.to_string())
    })
    .await;
    all.check_refused("our key without a name", |s| {
        s.key
            .sign_bytes(&with(&s.header, "kid", Value::Null), s.claims.to_string())
    })
    .await;
    // Our own key of another realm, of another tenant, and of another algorithm than the header says.
    let second = ForgingKey::of_realm(&all.app, "t2", "main", "ES256");
    all.check_refused("the second tenant's key", |s| second.sign(&s.claims))
        .await;
    all.check_refused("the second tenant's key, our name", |s| {
        second.sign_bytes(&s.header, s.claims.to_string())
    })
    .await;
    let rsa = ForgingKey::of_realm(&all.app, "default", "main", "RS256");
    all.check_refused("RSA under ES256", |s| rsa.sign_bytes(&s.header, s.claims.to_string()))
        .await;
    all.check_refused("RSA under PS256", |s| {
        rsa.sign_bytes(&with(&rsa.header(), "alg", json!("PS256")), s.claims.to_string())
    })
    .await;
    let (user, manager) = (&all.user, &all.manager);
    let exchanged = manager.key.sign(&user.claims);
    super::check_invalid("admin key in main", &all.app.client("a").userinfo(&exchanged).await);
}

#[tokio::test]
async fn a_key_id_is_a_name_and_never_a_path_a_query_or_an_address() {
    covers!("O-147");
    let all = Bearers::start().await;
    let (listener, address) = listener();
    let long = "k".repeat(1024);
    let names = [
        "../../../../dev/null",
        "/dev/null",
        "x' OR '1'='1",
        "x\" OR \"1\"=\"1",
        "'; DELETE FROM signing_key; --",
        "%",
        "http://169.254.169.254/",
        &address,
        "",
        " ",
        "\u{0}",
        &long,
    ];
    for name in names {
        all.check_refused(name, |s| {
            s.key
                .sign_bytes(&with(&s.header, "kid", json!(name)), s.claims.to_string())
        })
        .await;
        // /dev/null as a key would be an empty secret.
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": name});
        all.check_refused(name, |s| hs256(b"", &header, &s.claims)).await;
    }
    for kid in [json!(1), json!(["a"]), json!({"a": 1}), json!(true)] {
        all.check_refused("not text", |s| {
            s.key
                .sign_bytes(&with(&s.header, "kid", kid.clone()), s.claims.to_string())
        })
        .await;
    }
    let megabyte = "k".repeat(1_000_000);
    let huge = all
        .user
        .key
        .sign_bytes(&with(&all.user.header, "kid", json!(megabyte)), "{}");
    assert_eq!(all.app.post("/introspect", &[], &[("token", &huge)]).await.status, 413);
    assert!(listener.accept().is_err(), "somebody called");
    all.check_accepted(&all.user.token, &all.manager.token).await;
}

#[tokio::test]
async fn a_key_in_the_header_is_not_used_and_not_fetched() {
    covers!("O-148");
    let all = Bearers::start().await;
    let (listener, address) = listener();
    let attacker = ForgingKey::strange("attacker");
    let certificate = base64_standard(&attacker.pair.public_key_to_der().unwrap());
    let headers = [
        ("jku", json!(format!("{address}/jwks"))),
        ("x5u", json!(format!("{address}/certificate"))),
        ("jwk", attacker.jwk()),
        ("x5c", json!([certificate])),
        ("x5t", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ("x5t#S256", json!("AAAA")),
    ];
    for (name, value) in &headers {
        let header = |of: &Value| with(of, name, value.clone());
        all.check_refused(name, |s| {
            attacker.sign_bytes(&header(&attacker.header()), s.claims.to_string())
        })
        .await;
        all.check_refused(name, |s| attacker.sign_bytes(&header(&s.header), s.claims.to_string()))
            .await;
        // Not even beside our own signature.
        all.check_refused(name, |s| s.key.sign_bytes(&header(&s.header), s.claims.to_string()))
            .await;
    }
    assert!(listener.accept().is_err(), "somebody called");
}

fn base64_standard(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Somebody who would notice being called, and the address to call.
fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

#[tokio::test]
async fn an_extension_nobody_understands_refuses_the_token() {
    covers!("O-149");
    let all = Bearers::start().await;
    for (name, extra) in [
        ("exp", json!({"crit": ["exp"], "exp": 4_000_000_000_u64})),
        ("b64", json!({"crit": ["b64"], "b64": false})),
        ("b64 true", json!({"crit": ["b64"], "b64": true})),
        ("b64 alone", json!({"b64": false})),
        ("empty", json!({"crit": []})),
        (
            "unknown",
            json!({"crit": ["https://example.test/ext"], "https://example.test/ext": 1}),
        ),
        ("absent", json!({"crit": ["nothing"]})),
        ("alg", json!({"crit": ["alg"]})),
        ("text", json!({"crit": "exp"})),
    ] {
        let header = |s: &Source| {
            let mut header = s.header.clone();
            let members = header.as_object_mut().unwrap();
            members.extend(extra.as_object().unwrap().clone());
            header
        };
        all.check_refused(name, |s| s.key.sign_bytes(&header(s), s.claims.to_string()))
            .await;
    }
}
