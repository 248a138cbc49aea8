//! The text of an `apply` document. It holds secrets, so what is wrong with it is said without quoting it.
use grantor_protocol::apply::Document;

/// Reads a document. Errors name the line and what is wanted there, never a value.
pub fn read(text: &str) -> anyhow::Result<Document> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        anyhow::anyhow!("line {line}: {}", without_values(error.message()))
    })
}

/// serde quotes the value it did not expect; what stands behind the last "expected" is ours.
fn without_values(message: &str) -> String {
    const QUOTING: [&str; 4] = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant ",
    ];
    if !QUOTING.iter().any(|start| message.starts_with(start)) {
        return message.to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((_, "i64")) => "wanted a whole number".to_owned(),
        Some((_, wanted)) => format!("wanted {wanted}"),
        None => "a value of another kind is wanted".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "tenant = \"default\"\nrealm = \"main\"\n";

    /// What is said of a document that goes on like this after its first two lines; never with "hunter2" in it.
    fn check(rest: &str, expected: &str) {
        let said = read(&format!("{START}{rest}")).map(|_| ()).unwrap_err().to_string();
        assert!(said.starts_with(expected), "{rest}\n got {said}\nwant {expected}");
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn the_line_and_what_is_wanted_are_said_but_no_value() {
        check("user = 1", "line 3: unknown field `user`, expected one of");
        check(
            "\n\n[[users]]\nusername = \"a\"\npasword = \"hunter2\"",
            "line 7: unknown field `pasword`",
        );
        check(
            "[[users]]\nusername = \"a\"\npassword = [\"hunter2\"]",
            "line 5: wanted a string",
        );
        check(
            "[[users]]\nusername = \"a\"\nenabled = \"hunter2\"",
            "line 5: wanted a boolean",
        );
        check("[[users]]\npassword = \"hunter2\"", "line 3: missing field `username`");
        check("[[users]]\nusername = \"a\"\npassword = \"hunter2", "line 5: ");
        check("[[users]]\nusername = \"a\"\npassword = hunter2", "line 5: ");
        check(
            "[[users]]\npassword = \"hunter2\"\npassword = \"hunter2\"",
            "line 5: duplicate key",
        );
        check(
            "users = \"hunter2, expected more hunter2\"",
            "line 3: wanted a sequence",
        );
    }

    #[test]
    fn applications_are_read_as_strictly() {
        let application = |config: &str| {
            format!(
                "[[applications]]\nid = \"a\"\nclient_id = \"a\"\ndisplay_name = \"A\"\nclient_secrets = [\"hunter2\"]\n[applications.protocol_config]\n{config}"
            )
        };
        let complete = "type = \"oauth2\"\nconfidentiality = \"confidential\"\ntoken_endpoint_auth_method = \"client_secret_basic\"\ngrant_types = [\"client_credentials\"]\n";
        assert!(read(&format!("{START}{}", application(complete))).is_ok());
        let with = |line: &str| application(&format!("{complete}{line}"));
        check(&with("hunter = 1"), "line 13: unknown field `hunter`");
        check(
            &with("token_configuration = { expires_after = 1.5 }"),
            "line 13: wanted a whole number",
        );
        check(
            &with("token_configuration = { expires_after = \"3600\" }"),
            "line 13: wanted a whole number",
        );
        check(
            &with("token_configuration = { expire = 1 }"),
            "line 13: unknown field `expire`",
        );
        check(
            &with("token_format = \"hunter2\""),
            "line 13: wanted `self_contained` or `referential`",
        );
        check(&with("pkce = \"plain\""), "line 13: wanted `s256` or `disabled`");
        let other_type = complete.replace("oauth2", "saml");
        check(&application(&other_type), "line 9: wanted `oauth2` or `oidc`");
    }
}
