//! Files that admins write: the document of `grantor apply` and the configuration.
use crate::text;
use grantor_server::config::{DumpFormat, load_text};

pub(crate) fn apply(data: &[u8]) {
    let text = text(data);
    match grantor_server::document::read(&text) {
        Ok(document) => {
            let found = grantor_protocol::apply::check(&document, &[]);
            assert!(found.iter().all(|v| !v.field.is_empty() && !v.description.is_empty()));
        }
        Err(error) => assert!(error.to_string().starts_with("line "), "{error}"),
    }
}

pub(crate) fn config(data: &[u8]) {
    let text = text(data);
    match load_text(&text, 4) {
        Ok(loaded) => {
            let given: toml::Table = text.parse().expect("what loads is TOML");
            let url = given.get("database").and_then(|section| section.get("url")?.as_str());
            if url.is_none_or(str::is_empty) {
                let file = loaded.settings.data.folder.join("grantor.sqlite");
                assert_eq!(loaded.settings.database_path(), file);
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
