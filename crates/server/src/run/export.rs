//! `export` and `diff`: a realm as a document, and a document against what there is.
use super::{changes, open_as_it_is, refused, say};
use crate::cli::{Diff, Export};
use crate::config::Settings;
use anyhow::Context;
use grantor_flows::apply::Options;
use grantor_protocol::apply::Document;
use std::path::Path;

/// Writes the document of a realm.
pub fn export(settings: Settings, request: Export) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let deps = open_as_it_is(&settings).await?;
        let key = request.realm.key();
        let document = grantor_flows::export::export(&deps, &key).await.map_err(refused)?;
        let document = document.with_context(|| format!("there is no realm {key}"))?;
        let text = text(&document)?;
        match &request.output {
            None => say(text.trim_end()),
            Some(file) => std::fs::write(file, text).with_context(|| format!("write {}", file.display()))?,
        }
        Ok(())
    })
}

fn text(document: &Document) -> anyhow::Result<String> {
    let body = toml::to_string(document).context("write TOML")?;
    Ok(format!(
        "# Realm {} as `grantor apply -f FILE` takes it. Secrets and passwords are not in it: what is there stays.\n{body}",
        document.key()
    ))
}

/// Tells what applying the document would change; whether it would change anything.
pub fn diff(settings: Settings, request: Diff) -> anyhow::Result<bool> {
    let file = request.file.display().to_string();
    let text = std::fs::read_to_string(&request.file).with_context(|| format!("read {file}"))?;
    let folder = request.file.parent().unwrap_or(Path::new("")).to_owned();
    let options = Options {
        dry_run: true,
        prune: request.prune,
    };
    actix_web::rt::System::new().block_on(async move {
        let deps = open_as_it_is(&settings).await?;
        let found = super::apply_text(&deps, (&file, &text, &folder), options).await?;
        for told in &found.told {
            say(&changes::line(told));
        }
        Ok(!found.told.is_empty())
    })
}
