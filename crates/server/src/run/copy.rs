//! `migrate copy`: an installation moves from SQLite to PostgreSQL.
use super::say;
use crate::cli::CopyRequest;
use crate::config::Settings;
use crate::wiring;
use anyhow::{Context, bail};
use grantor_store::{DatabaseSettings, PostgresSettings, SqliteSettings, Store, copy};

/// Copies every row, compares both sides, and says what there is. Fails, with the target as empty as it was, when they differ.
pub fn copy(settings: Settings, request: CopyRequest) -> anyhow::Result<()> {
    let (source, from) = source(&settings, &request)?;
    let (target, to) = target(&settings, &request)?;
    if !from.file.exists() {
        bail!("there is no database {} to copy", from.file.display());
    }
    actix_web::rt::System::new().block_on(async move {
        let databases = DatabaseSettings::Sqlite(from.clone());
        wiring::migrate(&source, true)
            .await
            .context("the source; its server brings it up to date")?;
        if !Store::is_sealed(&databases).await? {
            bail!(
                "no server was ever started on {}; there is nothing to copy",
                from.file.display()
            );
        }
        // The copy is sealed under the same key: of no use to whoever has it no more.
        wiring::require_master_key(&source).await?;
        copy::refuse_another_s(&to)?;
        wiring::migrate(&target, false).await.context("the target")?;
        let copied = copy::copy(&from, &to)?;
        for table in &copied {
            say(&format!("{:28} {:>10} rows  {}", table.table, table.rows, table.digest));
        }
        let rows: u64 = copied.iter().map(|table| table.rows).sum();
        say(&format!(
            "{rows} rows of {} tables are in {}, with the same digests on both sides.",
            copied.len(),
            target.database_name()
        ));
        say("Give its servers the master key of the source, and do not start a server on the source again.");
        Ok(())
    })
}

fn with_url(settings: &Settings, url: String) -> Settings {
    let mut settings = settings.clone();
    settings.database.url = url;
    settings
}

fn source(settings: &Settings, request: &CopyRequest) -> anyhow::Result<(Settings, SqliteSettings)> {
    let in_folder = || format!("sqlite:{}", settings.data.folder.join("grantor.sqlite").display());
    let mut settings = with_url(settings, request.from.clone().unwrap_or_else(in_folder));
    match wiring::databases(&settings) {
        DatabaseSettings::Sqlite(from) => {
            // The key that nobody has put anywhere else lies beside the file.
            settings.data.folder = from.file.parent().map(Into::into).unwrap_or_default();
            Ok((settings, from))
        }
        DatabaseSettings::Postgres(_) => bail!("--from wants `sqlite:` and the path of a file"),
    }
}

fn target(settings: &Settings, request: &CopyRequest) -> anyhow::Result<(Settings, PostgresSettings)> {
    let url = request.to.as_ref().unwrap_or(&settings.database.url);
    let settings = with_url(settings, url.clone());
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        bail!("--to, or database.url without it, wants `postgres://USER:PASSWORD@HOST/DATABASE`");
    }
    match wiring::databases(&settings) {
        DatabaseSettings::Postgres(to) => Ok((settings, to)),
        DatabaseSettings::Sqlite(_) => bail!("--to wants a PostgreSQL URL"),
    }
}
