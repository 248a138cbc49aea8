//! Holders of management tokens, of the first tenant and of the second.
use super::{ADMIN, Answer, App, Client};
use grantor_flows::management::Requester;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::APPLICATION_ID;

impl App {
    /// A token of the management application, with these scopes; empty means all.
    pub(crate) async fn management_token(&self, scope: &str) -> String {
        self.token_of_manager("default", ADMIN, scope).await
    }

    /// The same of the second tenant, whose admin realm is made on the first call.
    pub(crate) async fn other_management_token(&self, scope: &str) -> String {
        let second = RealmKey::new("t2", "admin");
        if self.deps.store.find_realm(&second).await.unwrap().is_none() {
            let management = self.deps.store.manage(self.deps.clock.now()).await.unwrap();
            grantor_flows::install::admin_realm(&management, &second).await.unwrap();
            management.commit().await.unwrap();
            grantor_flows::jobs::catch_up(&self.deps).await.unwrap();
        }
        self.token_of_manager("t2", "/v1/tenants/t2/realms/admin", scope).await
    }

    async fn token_of_manager(&self, tenant: &str, prefix: &str, scope: &str) -> String {
        let key = RealmKey::new(tenant, "admin");
        let secret =
            grantor_flows::client_secret::rotate(&self.deps, &key, APPLICATION_ID, (Some(0), &Requester::operator()))
                .await
                .unwrap();
        grantor_flows::jobs::catch_up(&self.deps).await.unwrap();
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let answer = Client::new(self, prefix, APPLICATION_ID, &secret).token(&form).await;
        answer.assert_tokens().member("access_token")
    }

    /// `POST /introspect` with a bearer instead of a client's credentials.
    pub(crate) async fn introspect_as_bearer(&self, prefix: &str, bearer: &str, token: &str) -> Answer {
        self.post_as_bearer(&format!("{prefix}/introspect"), bearer, token)
            .await
    }

    /// `POST /revoke` with a bearer instead of a client's credentials.
    pub(crate) async fn revoke_as_bearer(&self, prefix: &str, bearer: &str, token: &str) -> Answer {
        self.post_as_bearer(&format!("{prefix}/revoke"), bearer, token).await
    }

    async fn post_as_bearer(&self, path: &str, bearer: &str, token: &str) -> Answer {
        let authorization = format!("Bearer {bearer}");
        let headers = [("authorization", authorization.as_str())];
        self.post(path, &headers, &[("token", token)]).await
    }
}
