//! The files of Project Wycheproof as a list of vectors.
use serde_json::Value;
use std::fmt;

/// One test of one file.
pub(crate) struct Vector {
    pub(crate) file: &'static str,
    /// `tcId`, unique in its file.
    pub(crate) id: u64,
    pub(crate) valid: bool,
    pub(crate) kind: Kind,
    /// The keys the token is offered to: the public ones where there are any.
    pub(crate) keys: Vec<Value>,
    /// The token; the JSON serialization as its text.
    pub(crate) token: String,
    comment: String,
}

/// What the token is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Signature,
    Encryption,
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let says = if self.valid { "valid" } else { "invalid" };
        write!(f, "{} {} ({says}, {})", self.file, self.id, self.comment)
    }
}

const FILES: [(&str, &str); 4] = [
    (
        "json_web_signature",
        include_str!("../vectors/json_web_signature_test.json"),
    ),
    (
        "json_web_encryption",
        include_str!("../vectors/json_web_encryption_test.json"),
    ),
    ("json_web_key", include_str!("../vectors/json_web_key_test.json")),
    ("json_web_crypto", include_str!("../vectors/json_web_crypto_test.json")),
];

/// Every vector of every file; as many as each file says it holds.
pub(crate) fn all() -> Vec<Vector> {
    FILES.iter().flat_map(|(file, text)| read(file, text)).collect()
}

fn read(file: &'static str, text: &str) -> Vec<Vector> {
    let document: Value = serde_json::from_str(text).unwrap();
    let mut vectors = Vec::new();
    for group in document["testGroups"].as_array().unwrap() {
        let keys = keys(group);
        for test in group["tests"].as_array().unwrap() {
            vectors.push(vector(file, test, keys.clone()));
        }
    }
    assert_eq!(document["numberOfTests"], vectors.len(), "{file}");
    vectors
}

fn keys(group: &Value) -> Vec<Value> {
    let given = group.get("public").unwrap_or(&group["private"]);
    match given.get("keys") {
        Some(set) => set.as_array().unwrap().clone(),
        None => vec![given.clone()],
    }
}

fn vector(file: &'static str, test: &Value, keys: Vec<Value>) -> Vector {
    let (kind, token) = match (test.get("jws"), test.get("jwe")) {
        (Some(token), None) => (Kind::Signature, token),
        (None, Some(token)) => (Kind::Encryption, token),
        _ => panic!("{file}: a vector holds a JWS or a JWE: {test}"),
    };
    Vector {
        file,
        id: test["tcId"].as_u64().unwrap(),
        valid: match test["result"].as_str() {
            Some("valid") => true,
            Some("invalid") => false,
            other => panic!("{file}: result {other:?}"),
        },
        kind,
        keys,
        token: token.as_str().map_or_else(|| token.to_string(), str::to_owned),
        comment: test["comment"].as_str().unwrap_or_default().to_owned(),
    }
}
