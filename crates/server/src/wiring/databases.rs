//! The databases: where they are, who brings them up to date, and that there is the master key they are sealed under.
use super::{WRONG_KEY, redis};
use crate::config::{self, Settings};
use crate::entropy::SystemEntropy;
use anyhow::{Context, bail};
use grantor_jose::MasterKey;
use grantor_migrations::{EphemeralMigrator, Migrator, MigratorTrait, UnloggedMigrator};
use grantor_store::{DatabaseSettings, InstallationLock, PostgresSettings, SqliteSettings, Store};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// Where the databases are.
pub fn databases(settings: &Settings) -> DatabaseSettings {
    let database = &settings.database;
    match settings.sqlite_file() {
        Some(file) => DatabaseSettings::Sqlite(SqliteSettings {
            file: file.to_owned(),
            ephemeral_file: file.with_extension("ephemeral.sqlite"),
            readers: database.readers,
        }),
        None => DatabaseSettings::Postgres(PostgresSettings {
            url: database.url.clone(),
            ca_file: (!database.ca_file.is_empty()).then(|| database.ca_file.clone().into()),
            readers: database.readers,
            timeout: Duration::from_millis(database.timeout_milliseconds),
        }),
    }
}

/// There is the master key of this database; the first start on SQLite makes one. A database that was sealed under one is refused
/// rather than given a new one, or opened with another. Writes nothing into the database.
pub async fn require_master_key(settings: &Settings) -> anyhow::Result<()> {
    let databases = databases(settings);
    // Before the keys: when a rotation ends in between, the key of what was read is still among them.
    let sealed = Store::something_sealed(&databases).await?;
    let keys = config::master_keys(settings)?;
    let missing = settings.master_key_path();
    match (sealed, &databases) {
        (Some(_), _) if keys.is_empty() => bail!(
            "the database {} is sealed under a master key, but {} does not exist; restore the key from your backup or set secrets.master_key",
            settings.database_name(),
            missing.display()
        ),
        (Some(sealed), _) => MasterKey::that_sealed(&keys, &sealed).map(drop).context(WRONG_KEY),
        (None, _) if !keys.is_empty() => Ok(()),
        (None, DatabaseSettings::Sqlite(_)) => {
            let _lock = lock(&databases).await?;
            config::remove_drafts(settings)?;
            Ok(config::make_master_key(settings, &SystemEntropy)?)
        }
        // Each replica would make its own, and all but one would be the wrong one.
        (None, DatabaseSettings::Postgres(_)) => bail!(
            "a database that several servers can share needs a master key that all of them are given: set secrets.master_key, \
             for example to what `openssl rand -base64 32` prints, and keep a copy"
        ),
    }
}

/// Brings the databases up to date, or says that the durable one is not and makes nothing.
pub async fn migrate(settings: &Settings, check: bool) -> anyhow::Result<()> {
    let databases = &databases(settings);
    if check {
        return refuse_pending(databases).await;
    }
    if let DatabaseSettings::Sqlite(settings) = databases {
        make_closed(&settings.file)?;
    }
    // Several first starts at once: one migrates, the others wait and find nothing to do.
    let _lock = lock(databases).await?;
    let durable = Store::open_for_migration(databases).await?;
    if !Migrator::get_pending_migrations(&durable).await?.is_empty() {
        Migrator::up(&durable, None).await?;
    }
    durable.close().await?;
    match redis::is_there(settings) {
        true => Ok(()),
        false => make_ephemeral(databases).await,
    }
}

async fn refuse_pending(databases: &DatabaseSettings) -> anyhow::Result<()> {
    if let DatabaseSettings::Sqlite(settings) = databases
        && !settings.file.exists()
    {
        bail!(
            "there is no database {}; run `grantor migrate`",
            settings.file.display()
        );
    }
    let durable = Store::open_for_migration(databases).await?;
    let pending = Migrator::get_pending_migrations(&durable).await?;
    if !pending.is_empty() {
        bail!("{} migration(s) are pending; run `grantor migrate`", pending.len());
    }
    Ok(())
}

/// What keeps other processes from migrating and from rotating the master key.
pub enum DatabaseLock {
    File(File),
    Server(InstallationLock),
}

/// Waits until no other process migrates or rotates the master key, and keeps them from it until it is dropped.
pub async fn lock(databases: &DatabaseSettings) -> anyhow::Result<DatabaseLock> {
    let settings = match databases {
        DatabaseSettings::Sqlite(settings) => settings,
        DatabaseSettings::Postgres(settings) => {
            return Ok(DatabaseLock::Server(InstallationLock::take(settings).await?));
        }
    };
    let path = settings.file.with_extension("lock");
    make_closed(&path)?;
    let lock = File::open(path).context("open the lock of the database")?;
    lock.lock().context("lock the database")?;
    Ok(DatabaseLock::File(lock))
}

/// Makes the database of short-lived data where there is to be one and it is missing, and brings it up to date.
pub async fn migrate_ephemeral(settings: &Settings) -> anyhow::Result<()> {
    if redis::is_there(settings) {
        return Ok(());
    }
    let databases = &databases(settings);
    let _lock = match databases {
        DatabaseSettings::Sqlite(_) => None,
        DatabaseSettings::Postgres(_) => Some(lock(databases).await?),
    };
    make_ephemeral(databases).await
}

async fn make_ephemeral(databases: &DatabaseSettings) -> anyhow::Result<()> {
    if let DatabaseSettings::Sqlite(settings) = databases {
        make_closed(&settings.ephemeral_file)?;
    }
    let ephemeral = Store::open_ephemeral(databases).await?;
    let connection = ephemeral.connection();
    match databases {
        DatabaseSettings::Sqlite(_) => {
            if !EphemeralMigrator::get_pending_migrations(connection).await?.is_empty() {
                EphemeralMigrator::up(connection, None).await?;
            }
        }
        DatabaseSettings::Postgres(_) => {
            if !UnloggedMigrator::get_pending_migrations(connection).await?.is_empty() {
                UnloggedMigrator::up(connection, None).await?;
            }
        }
    }
    Ok(())
}

/// Makes the file, for this user alone, and its folder where they are missing. SQLite gives its side files the same mode.
fn make_closed(file: &Path) -> anyhow::Result<()> {
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        config::make_folder(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("make the database {}", file.display()))
        }
        _ => Ok(()),
    }
}
