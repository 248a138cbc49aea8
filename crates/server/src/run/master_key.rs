//! `master-key rotate`: everything sealed is sealed under another master key, and the files change their names.
//!
//! Each step may be the last one before a crash: a start then finds every key there is, the database says which counts, and
//! running the command again goes on where it ended.
use super::{open_as_it_is, refused, say};
use crate::config::{Settings, exists, finish_rotation, make_next, master_keys, remove_drafts};
use crate::entropy::SystemEntropy;
use crate::wiring;
use anyhow::bail;
use grantor_flows::Deps;
use grantor_flows::master_key::reseal;
use grantor_jose::MasterKey;

/// Rotates the master key, in files or from the settings.
pub fn rotate_master_key(settings: Settings) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async move {
        let deps = open_as_it_is(&settings).await?;
        let _lock = wiring::lock(&wiring::databases(&settings)).await?;
        // Another rotation may have ended while this one waited.
        deps.keys.read_again(&deps.store).await?;
        if settings.secrets.master_key.expose().is_some() {
            return with_settings(&deps, &settings).await;
        }
        with_files(&deps, &settings).await
    })
}

async fn with_settings(deps: &Deps, settings: &Settings) -> anyhow::Result<()> {
    let keys = master_keys(settings)?;
    let [former, next] = &keys[..] else {
        bail!("the master key comes from the settings; set secrets.next_master_key to the one that shall follow it");
    };
    if deps.keys.master_key_id() == next.id() {
        say(&format!("Everything is sealed under master key {} already.", next.id()));
    } else {
        seal_under(deps, next).await?;
    }
    say(&format!(
        "Now set secrets.master_key to this key, remove secrets.next_master_key, and keep key {} with the backups made before.",
        former.id()
    ));
    Ok(())
}

async fn with_files(deps: &Deps, settings: &Settings) -> anyhow::Result<()> {
    remove_drafts(settings)?;
    let current = deps.keys.master_key_id();
    let next_exists = exists(&settings.next_master_key_path())?;
    if next_exists && make_next(settings, &SystemEntropy)?.id() == current {
        finish_rotation(settings)?;
        say(&format!("An earlier rotation is complete: master.key is {current}."));
        return Ok(());
    }
    if exists(&settings.master_key_path())? {
        let keys = master_keys(settings)?;
        let Some(named) = keys.first().filter(|key| key.id() != current) else {
            return to_next(deps, settings, &current).await;
        };
        // A backup of before the last rotation was restored. A next key that waits must not make the named one the former:
        // the backup's key would lose its name.
        seal_under(deps, named).await?;
        say("It was sealed under the former master key; no file has changed.");
        if next_exists {
            say("master.key.next was left by a rotation that did not end: run this again to take it up.");
        }
        return Ok(());
    }
    to_next(deps, settings, &current).await
}

async fn to_next(deps: &Deps, settings: &Settings, former: &str) -> anyhow::Result<()> {
    let next = make_next(settings, &SystemEntropy)?;
    seal_under(deps, &next).await?;
    finish_rotation(settings)?;
    say(&format!(
        "master.key is the new key: back it up now. master.key.former is {former}: keep it with the backups made before."
    ));
    Ok(())
}

async fn seal_under(deps: &Deps, key: &MasterKey) -> anyhow::Result<()> {
    let count = reseal(deps, key).await.map_err(refused)?;
    say(&format!("{count} keys are sealed under master key {}.", key.id()));
    Ok(())
}
