//! The bounds of a token endpoint on one machine: actix-web handlers that do the unavoidable and nothing else.
//!
//! `grantor-bound 127.0.0.1:4100` serves with one worker:
//! `GET /hello` one fixed answer · `POST /parse` form and client secret · `POST /token/{rs256,es256,es256_aws,eddsa_aws}` the
//! same and a JWT signed with a key that is kept · `POST /token/referential` the same and a JWE sealed ·
//! `POST /open` form, client secret, and the JWE opened · `POST /verify/{rs256,es256,eddsa}` form, client secret, and the
//! JWT verified · `POST /write` form, client secret, and one row written; `POST /revoke` the same with a revocation. Both want the
//! data folder of a server as second argument. `es256` signs with OpenSSL, `es256_aws` with aws-lc. Makes its keys at start.
mod client;
mod keys;
mod opened;
mod token;
mod write;

use actix_web::{App, HttpResponse, HttpServer, web};
use keys::Keys;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:4100".to_owned());
    let keys = web::Data::new(Keys::generate());
    let store = match std::env::args().nth(2) {
        Some(folder) => Some(web::Data::new(write::open(folder.as_ref()).await)),
        None => None,
    };
    let app = move || {
        let app = App::new().app_data(keys.clone()).configure(routes);
        match &store {
            Some(store) => app.app_data(store.clone()).configure(writes),
            None => app,
        }
    };
    HttpServer::new(app).workers(1).bind(address)?.run().await
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/hello", web::get().to(hello))
        .route("/parse", web::post().to(token::none))
        .route("/token/rs256", web::post().to(token::rs256))
        .route("/token/es256", web::post().to(token::es256))
        .route("/token/es256_aws", web::post().to(token::es256_aws))
        .route("/token/eddsa_aws", web::post().to(token::eddsa_aws))
        .route("/token/referential", web::post().to(token::referential))
        .route("/open", web::post().to(opened::open))
        .route("/verify/rs256", web::post().to(opened::verify_rs256))
        .route("/verify/es256", web::post().to(opened::verify_es256))
        .route("/verify/eddsa", web::post().to(opened::verify_eddsa));
}

fn writes(config: &mut web::ServiceConfig) {
    config
        .route("/write", web::post().to(write::one_row))
        .route("/revoke", web::post().to(write::revocation));
}

async fn hello() -> HttpResponse {
    answer(r#"{"issuer":"hello","keys":[]}"#.to_owned())
}

/// A JSON answer that may not be stored.
fn answer(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .content_type("application/json")
        .body(body)
}

fn refusal() -> HttpResponse {
    HttpResponse::Unauthorized().body(r#"{"error":"invalid_client"}"#)
}
