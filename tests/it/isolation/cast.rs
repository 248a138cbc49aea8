//! Two tenants, each with two realms that have one of everything.
use super::objects::Objects;
use crate::app::{App, Portal};

/// The two tenants, each with realms `admin` and `main`, one of everything in each; and the tenants' portals.
pub(super) struct Cast<'a> {
    pub(super) bearers: [String; 2],
    pub(super) portals: [Portal<'a>; 2],
    pub(super) realms: Vec<Objects>,
}

impl<'a> Cast<'a> {
    pub(super) async fn of(app: &'a App) -> Self {
        let bearers = [app.management_token("").await, app.other_management_token("").await];
        let mut realms = Vec::new();
        for (tenant, bearer) in ["default", "t2"].iter().zip(&bearers) {
            for realm in ["main", "admin"] {
                let mark = format!("{tenant}-{realm}");
                realms.push(Objects::make(app, bearer, (tenant, realm, &mark)).await);
            }
        }
        let portals = [
            Portal::open(app, "default", &bearers[0]).await,
            Portal::open(app, "t2", &bearers[1]).await,
        ];
        Self {
            bearers,
            portals,
            realms,
        }
    }

    /// The token of the management application of a realm's tenant.
    pub(super) fn bearer(&self, of: &Objects) -> &str {
        &self.bearers[usize::from(of.tenant == "t2")]
    }
}
