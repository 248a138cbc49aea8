//! Files that admins write: the document of `grantor apply` and the configuration.
use crate::text;
use grantor_protocol::client::Violation;
use grantor_protocol::management::application::ApplicationSettings;
use grantor_protocol::management::identity::IdentitySettings;
use grantor_protocol::management::merge::{Editable, Members, merged};
use grantor_protocol::management::server::ResourceServerSettings;
use grantor_server::config::{DumpFormat, load_text};
use grantor_server::document::Source;

pub(crate) fn apply(data: &[u8]) {
    let text = text(data);
    let source = match Source::read("f", &text) {
        Ok(source) => source,
        Err(error) => return assert!(error.to_string().starts_with("f:"), "{error}"),
    };
    match source.parse() {
        Ok(document) => {
            let mut found = grantor_protocol::apply::check(&document);
            found.extend(document.applications.iter().flat_map(judged::<ApplicationSettings>));
            found.extend(document.users.iter().flat_map(judged::<IdentitySettings>));
            found.extend(
                document
                    .resource_servers
                    .iter()
                    .flat_map(judged::<ResourceServerSettings>),
            );
            let told = source.explain(&found);
            assert!(told.lines().count() >= found.len(), "{told}");
        }
        Err(error) => assert!(error.to_string().starts_with("f:"), "{error}"),
    }
}

/// What is wrong with an entry; what is not comes out of another merge as it is.
fn judged<T: Editable>(entry: &Members) -> Vec<Violation> {
    let settings: T = match merged(None, entry) {
        Ok(settings) => settings,
        Err(found) => return found,
    };
    let again: T = merged(Some(&settings), &Members::new()).expect("what was read is read again");
    assert_eq!(serde_json::to_value(&again).ok(), serde_json::to_value(&settings).ok());
    Vec::new()
}

pub(crate) fn config(data: &[u8]) {
    let text = text(data);
    match load_text(&text, 4) {
        Ok(loaded) => {
            let given: toml::Table = text.parse().expect("what loads is TOML");
            let url = given.get("database").and_then(|section| section.get("url")?.as_str());
            if url.is_none_or(str::is_empty) {
                let file = loaded.settings.data.folder.join("grantor.sqlite");
                assert_eq!(loaded.settings.sqlite_file(), Some(file.as_path()));
            }
            let dump = loaded.dump(DumpFormat::Toml);
            let parsed: toml::Table = dump.parse().expect("a dump is TOML");
            let json: serde_json::Value = serde_json::from_str(&loaded.dump(DumpFormat::Json)).expect("or JSON");
            assert_eq!(parsed.len(), json.as_object().map_or(0, serde_json::Map::len));
            if parsed["secrets"]["master_key"].as_str() == Some("") {
                let again = load_text(&dump, 4).expect("a dump loads");
                let values = |text: &str| text.parse::<toml::Table>().expect("TOML");
                assert_eq!(values(&again.dump(DumpFormat::Toml)), parsed);
            } else {
                assert!(loaded.settings.secrets.master_key.expose().is_some());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
