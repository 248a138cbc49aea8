//! The record, the metadata and the token endpoint say the same of what an application may do, however it is set up.
use super::advertised::list;
use crate::app::{App, Client, REALM};
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::words::GrantType;
use grantor_tests::covers;

const SECRET: &str = "x-secret-x-secret-x-secret-x-secret-";

/// One way to set up an application.
struct Setup {
    protocol: &'static str,
    public: bool,
    grants: &'static [&'static str],
    /// The rotation, when there are refresh tokens.
    refresh: Option<&'static str>,
}

impl Setup {
    fn all() -> Vec<Self> {
        let grants: [&[&str]; 5] = [
            &["authorization_code"],
            &["client_credentials"],
            &["authorization_code", "client_credentials"],
            &["refresh_token"],
            &["authorization_code", "refresh_token"],
        ];
        let mut all = Vec::new();
        for protocol in ["oidc", "oauth2"] {
            for public in [false, true] {
                for grants in grants {
                    for refresh in [None, Some("off"), Some("strict"), Some("until_receipt")] {
                        all.push(Self {
                            protocol,
                            public,
                            grants,
                            refresh,
                        });
                    }
                }
            }
        }
        all
    }

    fn name(&self) -> String {
        format!(
            "{} public={} {:?} {:?}",
            self.protocol, self.public, self.grants, self.refresh
        )
    }

    /// What the specifications and and decision 16 allow.
    fn is_allowed(&self) -> bool {
        let has = |grant| self.grants.contains(&grant);
        let machine = has("client_credentials");
        !has("refresh_token")
            && !(machine && (self.public || self.protocol == "oidc"))
            && (self.refresh.is_none() || has("authorization_code"))
            && !(self.public && self.refresh == Some("off"))
    }

    /// Whether the application may use the grant.
    fn may_use(&self, grant: &str) -> bool {
        match grant {
            "refresh_token" => self.refresh.is_some(),
            listed => self.grants.contains(&listed),
        }
    }

    fn document(&self) -> String {
        let (confidentiality, method, secrets) = match self.public {
            true => ("public", "none", String::new()),
            false => (
                "confidential",
                "client_secret_basic",
                format!("client_secrets = ['{SECRET}']\n"),
            ),
        };
        let refresh = self.refresh.map_or("enabled = false".into(), |r| {
            format!("enabled = true, rotation = '{r}'")
        });
        format!(
            "tenant = 'default'\nrealm = 'main'\n[[applications]]\nid = 'app-x'\nclient_id = 'x'\ndisplay_name = 'X'\n{secrets}\
             [applications.protocol_config]\ntype = '{}'\nconfidentiality = '{confidentiality}'\n\
             token_endpoint_auth_method = '{method}'\ngrant_types = {:?}\nredirect_uris = ['https://x.test/cb']\n\
             token_configuration = {{ token_signing_algorithm = 'ES256' }}\nrefresh_tokens = {{ {refresh} }}\n",
            self.protocol, self.grants
        )
    }
}

/// What the token endpoint says to a request of this grant, whose value nobody made: whether the application may use it.
async fn may_ask(app: &App, prefix: &str, setup: &Setup, grant: &str) -> bool {
    let form = [("grant_type", grant), ("code", "x"), ("refresh_token", "grt_x")];
    let answer = match setup.public {
        true => {
            app.post(
                &format!("{prefix}/token"),
                &[],
                &[&form[..], &[("client_id", "x")]].concat(),
            )
            .await
        }
        false => Client::new(app, prefix, "x", SECRET).token(&form).await,
    };
    let error = if answer.status == 200 {
        String::new()
    } else {
        answer.member("error")
    };
    match error.as_str() {
        "unauthorized_client" => false,
        "" => grant == "client_credentials" || panic!("{grant} gave tokens for nothing"),
        "invalid_grant" => true,
        other => panic!("{} {grant}: {other}", setup.name()),
    }
}

#[tokio::test]
async fn record_metadata_and_token_endpoint_agree_for_every_application_there_can_be() {
    covers!("A-18", "O-190", "A-04", "A-05");
    let app = App::start().await;
    let key = RealmKey::new("default", "main");
    let application = format!("{REALM}/applications/app-x");
    let mut applied = 0;
    for setup in Setup::all() {
        let name = setup.name();
        let result = app.apply(&setup.document()).await;
        assert_eq!(result.is_ok(), setup.is_allowed(), "{name}: {result:?}");
        if result.is_err() {
            continue;
        }
        applied += 1;
        let record = app.deps.store.find_client_by_id(&key, "app-x").await.unwrap().unwrap();
        for document in ["openid-configuration", "oauth-authorization-server"] {
            let metadata = app.get(&format!("{application}/.well-known/{document}")).await.json();
            let advertised = list(&metadata, "grant_types_supported");
            for grant in GrantType::ALL {
                let allowed = setup.may_use(grant.as_str());
                assert_eq!(record.client.grants().contains(grant), allowed, "{name} {grant}");
                assert_eq!(
                    advertised.contains(&grant.to_string()),
                    allowed,
                    "{name} {grant} in {document}"
                );
                for prefix in ["", REALM, &application] {
                    assert_eq!(
                        may_ask(&app, prefix, &setup, grant.as_str()).await,
                        allowed,
                        "{name} {grant} {prefix}"
                    );
                }
            }
        }
    }
    // Confidential ones with codes, with codes and credentials, and machines; public ones with codes.
    assert_eq!(applied, 2 * 4 + 4 + 1 + 2 * 3);
}
