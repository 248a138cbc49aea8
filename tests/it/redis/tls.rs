//! Redis over TLS: the certificate must come from an authority that is believed, for the host that was asked for.
use super::at;
use crate::app::{App, Authorize};
use grantor_tests::redis::{Server, address};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

const PASSWORD: &str = "canary-redis-password-8c4d";

fn new_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn begin(name: &str, key: &PKey<Private>, serial: u32) -> X509Builder {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(serial).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&subject.build()).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    builder
}

/// An authority and its key.
fn authority(name: &str) -> (X509, PKey<Private>) {
    let key = new_key();
    let mut builder = begin(name, &key, 1);
    let issuer = builder_name(name);
    builder.set_issuer_name(&issuer).unwrap();
    let ca = BasicConstraints::new().critical().ca().build().unwrap();
    builder.append_extension(ca).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (builder.build(), key)
}

fn builder_name(name: &str) -> openssl::x509::X509Name {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    subject.build()
}

/// A certificate for 127.0.0.1 from this authority.
fn certificate((authority, signing): &(X509, PKey<Private>), key: &PKey<Private>) -> X509 {
    let mut builder = begin("redis", key, 2);
    builder.set_issuer_name(authority.subject_name()).unwrap();
    let names = SubjectAlternativeName::new()
        .ip("127.0.0.1")
        .build(&builder.x509v3_context(Some(authority), None))
        .unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(signing, MessageDigest::sha256()).unwrap();
    builder.build()
}

fn write(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// Whether a page can be had, which needs Redis.
async fn works(url: &str, authorities: Option<&Path>) -> bool {
    // A machine that is busy shakes hands slowly.
    let set = at(url, 3_000);
    let app = App::start_with(|settings| {
        set(settings);
        settings.redis.ca_file = authorities.unwrap_or(Path::new("")).to_owned();
    })
    .await;
    let answer = app.authorize(&Authorize::of("a")).await;
    assert!(
        matches!(answer.status, 302 | 303 | 503),
        "{} {}",
        answer.status,
        answer.body
    );
    answer.status != 503
}

#[tokio::test]
async fn only_the_right_certificate_host_scheme_and_password_lead_to_redis() {
    if address().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (ours, key) = (authority("ours"), new_key());
    let certificate = certificate(&ours, &key);
    let file = |name: &str, pem: Vec<u8>| write(folder.path(), name, &pem);
    let ca = file("ca.pem", ours.0.to_pem().unwrap());
    let other = file("other.pem", authority("other").0.to_pem().unwrap());
    let cert = file("redis.pem", certificate.to_pem().unwrap());
    let private = file("redis.key", key.private_key_to_pem_pkcs8().unwrap());
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let [ca_text, cert, private] = [&ca, &cert, &private].map(|path| path.to_str().unwrap());
    let arguments = ["--port", "0", "--tls-port", &port, "--requirepass", PASSWORD];
    let files = [
        "--tls-ca-cert-file",
        ca_text,
        "--tls-cert-file",
        cert,
        "--tls-key-file",
        private,
    ];
    let arguments = [&arguments[..], &files[..], &["--tls-auth-clients", "no"]].concat();
    let started = Server::start(&arguments, folder.path(), &format!("127.0.0.1:{port}"));
    let Some(_server) = started.unwrap() else { return };
    for (url, authorities, expected) in [
        (format!("rediss://:{PASSWORD}@127.0.0.1:{port}"), Some(&ca), true),
        (
            format!("rediss://default:{PASSWORD}@127.0.0.1:{port}/3"),
            Some(&ca),
            true,
        ),
        (format!("rediss://:{PASSWORD}@localhost:{port}"), Some(&ca), false),
        (format!("rediss://:{PASSWORD}@127.0.0.1:{port}"), Some(&other), false),
        (format!("rediss://:{PASSWORD}@127.0.0.1:{port}"), None, false),
        (format!("rediss://:wrong@127.0.0.1:{port}"), Some(&ca), false),
        (format!("rediss://127.0.0.1:{port}"), Some(&ca), false),
        (format!("redis://:{PASSWORD}@127.0.0.1:{port}"), Some(&ca), false),
    ] {
        assert_eq!(
            works(&url, authorities.map(PathBuf::as_path)).await,
            expected,
            "{url} {authorities:?}"
        );
    }
}
