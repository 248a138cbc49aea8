//! The style sheet and icons inside the binary, under names that change with their content.
//!
//! Owns: names, types and bytes. Does not own: the route, caching headers (`immutable` is right, since names carry a hash).
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Where assets live below the base path.
const PREFIX: &str = "/assets/";

#[derive(RustEmbed)]
#[folder = "../../templates/assets"]
struct Files;

/// Plain name to hashed name and back, worked out once.
struct Names {
    hashed: HashMap<String, String>,
    plain: HashMap<String, String>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let pairs = Files::iter().filter_map(|plain| Some((plain.to_string(), hashed_name(&plain, &Files::get(&plain)?))));
    let hashed: HashMap<String, String> = pairs.collect();
    Names {
        plain: hashed
            .iter()
            .map(|(plain, hashed)| (hashed.clone(), plain.clone()))
            .collect(),
        hashed,
    }
});

/// One file as it is served.
pub struct Asset {
    /// The content.
    pub bytes: Cow<'static, [u8]>,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The value of `ETag`, with its quotes (RFC 9110 section 8.8.3).
    pub etag: String,
}

/// The path of an asset below the base path: `grantor.css` is `/assets/grantor.<8 hex>.css`. A name that does not exist
/// stays as it is and is answered with 404.
pub fn href(name: &str) -> String {
    format!("{PREFIX}{}", NAMES.hashed.get(name).map_or(name, String::as_str))
}

/// The asset behind a hashed name, with or without `/assets/`. Plain names, other hashes and other paths find nothing.
pub fn find(path: &str) -> Option<Asset> {
    let plain = NAMES.plain.get(path.strip_prefix(PREFIX).unwrap_or(path))?;
    let file = Files::get(plain)?;
    Some(Asset {
        content_type: content_type(plain),
        etag: format!("\"{}\"", fingerprint(&file)),
        bytes: file.data,
    })
}

fn hashed_name(plain: &str, file: &EmbeddedFile) -> String {
    let (stem, extension) = plain.rsplit_once('.').unwrap_or((plain, "bin"));
    format!("{stem}.{}.{extension}", fingerprint(file))
}

/// The first four bytes of the SHA-256 of the content, in hexadecimal.
fn fingerprint(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_by_its_hashed_name_only() {
        for (name, content_type) in [
            ("grantor.css", "text/css; charset=utf-8"),
            ("favicon.svg", "image/svg+xml"),
        ] {
            let path = href(name);
            let asset = find(&path).unwrap();
            assert_eq!(asset.content_type, content_type);
            assert!(!asset.bytes.is_empty());
            assert!(path.contains(asset.etag.trim_matches('"')), "{path} {}", asset.etag);
            assert_eq!(asset.etag.len(), 10);
            assert!(find(path.strip_prefix("/assets/").unwrap()).is_some());
            assert!(find(name).is_none());
        }
        for path in [
            "",
            "/",
            "/assets/",
            "../Cargo.toml",
            "/assets/../grantor.css",
            "grantor.00000000.css",
        ] {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_style_sheet_stays_small_and_within_the_content_security_policy() {
        let asset = find(&href("grantor.css")).unwrap();
        let css = std::str::from_utf8(&asset.bytes).unwrap();
        assert!(css.len() <= 24 * 1024, "{} bytes", css.len());
        for banned in ["url(", "@import", "http:", "https:", "expression("] {
            assert!(!css.contains(banned), "{banned}");
        }
    }
}
