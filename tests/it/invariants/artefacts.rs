//! Invariant 5: every artefact has a type, a tenant and a realm; offered to any other consumer it is refused.
//!
//! Three realms hold the same names. Everything each realm gives out is offered to everything that takes something, in
//! every realm; then once more where it belongs, which proves that it was good all the while and that no offer used it up.
use super::offers::{Consumer, Place, accepts};
use crate::app::{App, Authorize, REALM, form_of};
use Consumer::*;
use grantor_flows::management::Requester;
use grantor_protocol::issuer::RealmKey;
use grantor_protocol::management::APPLICATION_ID;
use grantor_tests::covers;

/// Something a realm gave out, and who takes it there.
struct Artefact {
    name: &'static str,
    text: String,
    homes: &'static [Consumer],
}

/// A realm with what it gave out.
struct Realm {
    place: Place,
    artefacts: Vec<Artefact>,
}

const OTHER_FIXTURE: &str = include_str!("../fixtures/other.toml");

/// The realm of the fixture, the same names in another tenant, and in another realm of the same tenant.
async fn realms(app: &App) -> Vec<Realm> {
    let machine = "[applications.protocol_config]\ntype = \"oauth2\"";
    let referential = format!("{machine}\ntoken_format = \"referential\"");
    let refreshing = "refresh_tokens = { enabled = true }\nredirect_uris";
    let second_tenant = OTHER_FIXTURE
        .replace(machine, &referential)
        .replace("redirect_uris", refreshing);
    app.apply(&second_tenant).await.unwrap();
    let management = app.deps.store.manage(app.deps.clock.now()).await.unwrap();
    let key = RealmKey::new("default", "second");
    management.insert_realm(&key, "Second", false).await.unwrap();
    management.commit().await.unwrap();
    let second_realm = second_tenant
        .replace(
            "tenant = \"t2\"\nrealm = \"main\"",
            "tenant = \"default\"\nrealm = \"second\"",
        )
        .replace("t2-", "s2-")
        .replace("-t2\"", "-s2\"")
        .replace(
            "confidentiality",
            "id_token_signed_response_alg = \"ES256\"\nconfidentiality",
        );
    app.apply(&second_realm).await.unwrap();
    app.edit(|document| {
        let application = crate::app::entry(document, "applications", "app-m");
        let config = application["protocol_config"].as_table_mut().unwrap();
        config.insert("token_format".into(), "referential".into());
        let application = crate::app::entry(document, "applications", "app-a");
        let config = application["protocol_config"].as_table_mut().unwrap();
        let enabled = toml::Table::from_iter([("enabled".to_owned(), true.into())]);
        config.insert("refresh_tokens".into(), enabled.into());
    })
    .await
    .unwrap();
    let mut realms = Vec::new();
    for mut place in [
        Place::first(),
        Place::second("t2", "main", "t2"),
        Place::second("default", "second", "s2"),
    ] {
        let artefacts = give_out(app, &mut place).await;
        realms.push(Realm { place, artefacts });
    }
    realms
}

/// One of everything. The place keeps what its consumers compare with: who is signed in, who is just looking at a form.
async fn give_out(app: &App, place: &mut Place) -> Vec<Artefact> {
    let request = Authorize::of("a").under(&place.prefix);
    let mut user = app.browser();
    let code = async |browser: &mut crate::app::Browser<'_>| {
        let target = browser.authorize_with(&request, "alice", &place.password).await;
        let query = crate::app::query_of(&target);
        query.into_iter().find(|(name, _)| name == "code").unwrap().1
    };
    let redeemed = code(&mut user).await;
    let tokens = place.redeem(app, &redeemed).await;
    let fresh = code(&mut user).await;
    let grant = [("grant_type", "client_credentials")];
    let machine = place.post(app, ("m", &place.machine), "/token", &grant).await;
    let mut visitor = app.browser();
    let form = form_of(&visitor.open(&request.url()).await);
    let field = |name: &str| form.fields.iter().find(|(n, _)| n == name).unwrap().1.clone();
    place.session = user.cookies[&place.cookie("session")].clone();
    place.visitor = visitor.cookies[&place.cookie("browser")].clone();
    place.interaction = field("tx");
    place.form_token = field("csrf");
    let artefact = |name, text: &str, homes| Artefact {
        name,
        text: text.to_owned(),
        homes,
    };
    vec![
        artefact("code", &fresh, &[Code]),
        artefact(
            "JWS",
            &tokens.assert_tokens().member("access_token"),
            &[IntrospectedToken, UserinfoBearer],
        ),
        artefact(
            "JWE",
            &machine.assert_tokens().member("access_token"),
            &[IntrospectedToken],
        ),
        artefact("refresh token", &tokens.member("refresh_token"), &[RefreshToken]),
        artefact("ID token", &tokens.member("id_token"), &[IdTokenHint]),
        artefact("session cookie", &place.session, &[SessionCookie]),
        artefact("browser cookie", &place.visitor, &[BrowserCookie]),
        artefact("interaction", &place.interaction, &[Interaction]),
        artefact("form token", &place.form_token, &[FormToken]),
        artefact("client secret", &place.machine, &[ClientSecret]),
        artefact("introspection credential", &place.api, &[IntrospectionCredential]),
    ]
}

#[tokio::test]
async fn nothing_is_taken_anywhere_but_where_it_belongs() {
    covers!("O-088", "O-136", "A-19");
    let app = App::start_with(|settings| {
        settings.limits.failed_authentications_per_minute = 1_000_000;
        settings.limits.inactive_introspections_per_minute = 1_000_000;
    })
    .await;
    let realms = realms(&app).await;
    let mut refused = 0;
    for (from, giver) in realms.iter().enumerate() {
        for artefact in &giver.artefacts {
            for (to, taker) in realms.iter().enumerate() {
                for consumer in Consumer::ALL {
                    if from == to && artefact.homes.contains(&consumer) {
                        continue;
                    }
                    let taken = accepts(&app, &taker.place, consumer, &artefact.text).await;
                    let (name, given, offered) = (artefact.name, &giver.place.prefix, &taker.place.prefix);
                    assert!(!taken, "{name} of {given:?} passes for {consumer:?} under {offered:?}");
                    refused += 1;
                }
            }
        }
    }
    assert_eq!(refused, 3 * (3 * 11 * Consumer::ALL.len() - 12));
    for realm in &realms {
        for artefact in &realm.artefacts {
            for consumer in artefact.homes {
                let taken = accepts(&app, &realm.place, *consumer, &artefact.text).await;
                assert!(taken, "{} of {:?} at {consumer:?}", artefact.name, realm.place.prefix);
            }
        }
    }
}

#[tokio::test]
async fn a_management_token_reaches_its_tenant_and_nothing_else_passes_for_one() {
    let app = App::start().await;
    let realms = realms(&app).await;
    let admin = RealmKey::new("default", "admin");
    let secret =
        grantor_flows::client_secret::rotate(&app.deps, &admin, APPLICATION_ID, (None, &Requester::operator())).await;
    let secret = secret.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    grantor_flows::jobs::catch_up(&app.deps).await.unwrap();
    let home = Place::admin();
    let grant = [("grant_type", "client_credentials"), ("scope", "tokens:introspect")];
    let token = home.post(&app, (APPLICATION_ID, &secret), "/token", &grant).await;
    let token = token.assert_tokens().member("access_token");
    for realm in &realms {
        for consumer in Consumer::ALL {
            let reached = consumer == ManagementBearer && realm.place.tenant == "default";
            let taken = accepts(&app, &realm.place, consumer, &token).await;
            assert_eq!(taken, reached, "{consumer:?} under {:?}", realm.place.prefix);
        }
    }
}

#[tokio::test]
async fn codes_and_interactions_belong_to_the_issuer_they_were_born_under() {
    covers!("O-088");
    let app = App::start().await;
    let application = format!("{REALM}/applications/app-a");
    let prefixes = ["", REALM, application.as_str()];
    for born in prefixes {
        let request = Authorize::of("a").under(born);
        let code = app.browser().code_as(&request, "alice").await;
        let mut visitor = app.browser();
        let form = form_of(&visitor.open(&request.url()).await);
        let tx = form.fields.iter().find(|(n, _)| n == "tx").unwrap().1.clone();
        for other in prefixes.into_iter().filter(|other| *other != born) {
            let answer = app.client("a").under(other).redeem(&code, "https://a.test/cb").await;
            answer.assert_json_error(400, "invalid_grant");
            for page in ["login", "continue", "consent", "restart"] {
                let answer = visitor.get(&format!("{other}/{page}?tx={tx}")).await;
                answer.assert_page(400);
            }
        }
        visitor.get(&format!("{born}/login?tx={tx}")).await.assert_page(200);
        let answer = app.client("a").under(born).redeem(&code, "https://a.test/cb").await;
        answer.assert_tokens();
    }
}
