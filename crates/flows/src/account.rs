//! What a person sees and does on the pages of their own account. Whoever calls has proven the session; nothing here takes a
//! user's id from a request.
mod activity;
mod applications;
mod password;
mod sessions;

pub use activity::{Activity, Happened, Show, activity};
pub use applications::{HeldApplication, applications, withdraw};
pub(crate) use password::names;
pub use password::{NewPassword, PasswordChange, change_password};
pub use sessions::{OwnSession, end_one, end_others, list};

use crate::sessions::LiveSession;
use crate::{Deps, Refusal, revocations};
use grantor_protocol::UnixMillis;
use grantor_protocol::account::ProfileEdit;
use grantor_protocol::events::EventKind;
use grantor_protocol::issuer::RealmKey;
use grantor_store::events::Event;
use grantor_store::{AccountChange, Command, Outcome};

/// Whose account it is, and from where and when it is used.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    pub deps: &'a Deps,
    pub key: &'a RealmKey,
    pub live: &'a LiveSession,
    pub address: &'a str,
    pub now: UnixMillis,
}

impl Owner<'_> {
    fn id(&self) -> &str {
        &self.live.user.id
    }

    fn event(&self, kind: EventKind) -> Event {
        Event {
            user: Some(self.id().to_owned()),
            address: Some(self.address.to_owned()),
            ..Event::new(kind, self.now)
        }
    }

    /// Durable first, then at once in this process; whether there was anything to change.
    async fn change(&self, change: AccountChange) -> Result<bool, Refusal> {
        let Self { deps, key, .. } = *self;
        let command = Command::ChangeAccount(key.clone(), Box::new(change));
        let outcome = deps.store.write(command).await?;
        revocations::keep(deps, key, &outcome);
        Ok(outcome != Outcome::Lost)
    }
}

/// Writes what somebody wants their profile to say.
pub async fn save_profile(owner: Owner<'_>, edit: ProfileEdit) -> Result<(), Refusal> {
    let change = AccountChange::SaveProfile {
        user: owner.id().to_owned(),
        edit,
        event: owner.event(EventKind::ProfileChanged),
    };
    owner.change(change).await?;
    forget(owner.deps, owner.key, owner.id());
    Ok(())
}

/// The next token and page read the user anew.
pub(crate) fn forget(deps: &Deps, key: &RealmKey, user: &str) {
    deps.catalog.forget(|catalog| catalog.forget_user(key, user));
}
