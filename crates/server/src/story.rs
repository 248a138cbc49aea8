//! `grantor try`: the life of a token from discovery to revocation, told in the terminal request by request.
//!
//! Owns: a server for the telling, an application that is its client, what is checked and how it is shown. Does not own: any
//! rule; everything here is seen through HTTP, by a client that nobody here wrote (`openidconnect`).
mod application;
mod browser;
mod folder;
mod html;
mod interruption;
mod narrator;
mod shorten;
mod show;
mod stage;
mod steps;
mod terminal;
mod wire;

#[cfg(test)]
mod tests;

use application::Application;
use browser::Browser;
use narrator::Narrator;
use stage::{Cast, REALM};
use std::io::{IsTerminal as _, Write, stdout};
use steps::{access_token, ends, renew, sign_in};
use terminal::Terminal;

/// Tells the story on standard output. An error when any step was not what the specification says.
pub fn run() -> anyhow::Result<()> {
    let mut out = stdout();
    let colours = out.is_terminal() && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|t| t != "dumb");
    perform(REALM, colours, &mut out)
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The whole of it with another realm: tests take promises out of the document and see the story fail.
fn perform(realm: &str, colours: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    stage::with_server(realm, async |cast| {
        let mut narrator = Narrator::new(Terminal::new(out, colours))?;
        narrator.prologue(&cast);
        tell(&mut narrator, &cast).await?;
        narrator.epilogue();
        Ok(())
    })
}

/// The steps, each handing what it got to the next.
async fn tell(n: &mut Narrator<'_>, cast: &Cast) -> anyhow::Result<()> {
    let mut browser = Browser::new(n.wire(), &cast.issuer);
    let app: Application = n
        .step("Discover the server", async |n| sign_in::discover(n, cast).await)
        .await?;
    let (asked, page) = n
        .step("Ask for a code, with PKCE, state and nonce", async |n| {
            sign_in::ask(n, &app, &mut browser).await
        })
        .await?;
    let page = n
        .step("Sign in", async |n| {
            sign_in::sign_in(n, cast, &mut browser, &page).await
        })
        .await?;
    let code = n
        .step("Consent", async |n| {
            sign_in::consent(n, &app, (&mut browser, &page), &asked).await
        })
        .await?;
    let first = n
        .step("Redeem the code", async |n| {
            sign_in::redeem(n, &app, code, &asked).await
        })
        .await?;
    n.step("A self-contained token: everybody can verify it", async |n| {
        access_token::self_contained(n, &app, &first)
    })
    .await?;
    n.step("A referential token: only the server can read it", async |n| {
        access_token::referential(n, cast, &app).await
    })
    .await?;
    n.step("Ask who it is", async |n| access_token::userinfo(n, &app, &first).await)
        .await?;
    n.step("Introspect", async |n| access_token::introspect(n, &app, &first).await)
        .await?;
    let second = n
        .step("Refresh", async |n| renew::refresh(n, &app, &first).await)
        .await?;
    n.step("The answer was lost: refresh again", async |n| {
        renew::repeat(n, &app, &first, &second).await
    })
    .await?;
    n.step("A thief replays a token two generations old", async |n| {
        renew::replay(n, &app, &first, &second).await
    })
    .await?;
    let last = n
        .step("Sign in again, and revoke", async |n| {
            ends::sign_in_and_revoke(n, cast, &app, &mut browser).await
        })
        .await?;
    n.step("Introspect again", async |n| ends::introspect(n, &app, &last).await)
        .await
}
