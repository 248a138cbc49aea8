//! Consent: one fact is stored, what the user allowed; then the interaction goes on.
use crate::interaction::{self, Interaction};
use crate::metrics::Decision;
use crate::sessions::LiveSession;
use crate::{Deps, Refusal};
use grantor_protocol::authorize::Allowed;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::scope::ScopeSet;
use grantor_protocol::words::Prompt;
use grantor_store::{Command, NewConsent};

/// Stores what the user allowed, in addition to what they allowed before. What is allowed stands in the interaction, never in the form (O-292).
pub async fn allow(
    deps: &Deps,
    key: &RealmKey,
    (id, interaction): (&str, &Interaction),
    (live, asked): (&LiveSession, &ScopeSet),
) -> Result<(), Refusal> {
    let new = NewConsent {
        user: live.user.id.clone(),
        client: interaction.client.clone(),
        scope: asked.to_string(),
        now: deps.clock.now(),
    };
    deps.store
        .write(Command::SaveConsent(key.clone(), Box::new(new)))
        .await?;
    deps.metrics.consents.add_one(Decision::Allowed);
    interaction::change(deps, key, id, |interaction| {
        interaction.progress.consented = Some(Allowed {
            user: live.user.id.clone(),
            scope: asked.to_string(),
        });
    })
    .await
}

/// The answer was to a question put to somebody else: whoever is signed in now is asked, whatever they allowed before.
pub async fn ask_again(deps: &Deps, key: &RealmKey, id: &str) -> Result<(), Refusal> {
    interaction::change(deps, key, id, |interaction| {
        interaction.progress.consented = None;
        if !interaction.request.prompts(Prompt::Consent) {
            interaction.request.prompt.push(Prompt::Consent);
        }
    })
    .await
}

/// Remembers that the user said no, for this interaction alone.
pub async fn deny(deps: &Deps, key: &RealmKey, id: &str) -> Result<(), Refusal> {
    interaction::change(deps, key, id, |interaction| interaction.progress.denied = true).await?;
    deps.metrics.consents.add_one(Decision::Denied);
    Ok(())
}
