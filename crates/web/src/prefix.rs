//! From the path to the issuer: the only place that reads tenant, realm and application out of a URL.
use crate::error::Answer;
use crate::state::State;
use actix_web::HttpRequest;
use grantor_flows::issuers::{self, IssuerEntry, IssuerPath};
use std::sync::Arc;

/// The issuer whose prefix the request came in under; a 404 when there is none.
pub(crate) async fn issuer(request: &HttpRequest, state: &State) -> Result<Arc<IssuerEntry>, Answer> {
    let part = |name| request.match_info().get(name);
    let path = match (part("tenant"), part("realm"), part("application")) {
        (Some(tenant), Some(realm), Some(application)) => IssuerPath::Application {
            tenant,
            realm,
            application,
        },
        (Some(tenant), Some(realm), None) => IssuerPath::Realm { tenant, realm },
        _ => IssuerPath::Root,
    };
    match issuers::resolve(&state.deps, path).await {
        Ok(Some(entry)) => Ok(entry),
        Ok(None) => Err(Answer::NotFound),
        Err(refusal) => Err(refusal.into()),
    }
}
