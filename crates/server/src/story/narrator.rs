//! Tells the steps: what went over the wire, what was checked, and which paragraph asks for it.
use super::shorten::shorten;
use super::show;
use super::stage::Cast;
use super::terminal::{Ink, Terminal};
use super::wire::{Exchange, Wire};
use std::fmt::Display;
use std::rc::Rc;

/// Something was not as the specification says. It has been told already.
#[derive(Debug, thiserror::Error)]
#[error("{what}: expected {expected}, got {got} ({paragraph})")]
pub(super) struct Broken {
    what: String,
    paragraph: &'static str,
    expected: String,
    got: String,
}

/// The one who tells.
pub(super) struct Narrator<'o> {
    terminal: Terminal<'o>,
    wire: Rc<Wire>,
    /// What went over the wire in this step and has been told.
    heard: Vec<Exchange>,
    steps: usize,
    checks: usize,
    requests: usize,
}

impl<'o> Narrator<'o> {
    pub(super) fn new(terminal: Terminal<'o>) -> anyhow::Result<Self> {
        Ok(Self {
            terminal,
            wire: Rc::new(Wire::new()?),
            heard: Vec::new(),
            steps: 0,
            checks: 0,
            requests: 0,
        })
    }

    /// The client through which everything of the story goes.
    pub(super) fn wire(&self) -> Rc<Wire> {
        self.wire.clone()
    }

    /// Who takes part.
    pub(super) fn prologue(&mut self, cast: &Cast) {
        let title = format!("Grantor {} · the life of a token", env!("CARGO_PKG_VERSION"));
        let server = format!("{}, in this process; its data goes when it ends", cast.issuer);
        let client = format!(
            "{}, spoken by the openidconnect crate: nobody here wrote it",
            cast.notebook.name
        );
        self.terminal.line(&[(Ink::Title, &title)]);
        for (role, who) in [
            ("server", server),
            ("client", client),
            ("person", cast.alice.name.to_owned()),
        ] {
            self.terminal
                .line(&[(Ink::Quiet, &format!("    {role}  ")), (Ink::Plain, &who)]);
        }
    }

    /// That all went well.
    pub(super) fn epilogue(&mut self) {
        let Self {
            steps,
            checks,
            requests,
            ..
        } = self;
        let sum = format!(" {steps} steps, {requests} requests, {checks} checks: all as the specifications say.");
        self.terminal.line(&[]);
        self.terminal.line(&[(Ink::Good, "✓"), (Ink::Title, &sum)]);
    }

    /// One step under its title. An error of it ends the story; whatever was heard until then is told first.
    pub(super) async fn step<T>(
        &mut self,
        title: &str,
        tell: impl AsyncFnOnce(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.steps += 1;
        self.heard.clear();
        self.terminal.line(&[]);
        self.terminal
            .line(&[(Ink::Title, &format!("{:>2}  {title}", self.steps))]);
        let told = tell(self).await;
        self.hear();
        told.map_err(|error| {
            if !error.is::<Broken>() {
                self.terminal.flow(Ink::Bad, "    ✗ ", &words(&format!("{error:#}")), 9);
            }
            error.context(format!("step {}, {title}", self.steps))
        })
    }

    /// Checks one thing; anything but what is expected is told with both and ends the step.
    pub(super) fn is(
        &mut self,
        what: &str,
        paragraph: &'static str,
        (got, expected): (impl Display, impl Display),
    ) -> anyhow::Result<()> {
        self.hear();
        self.checks += 1;
        let (got, expected) = (got.to_string(), expected.to_string());
        let holds = got == expected;
        let (ink, mark) = if holds {
            (Ink::Good, "    ✓ ")
        } else {
            (Ink::Bad, "    ✗ ")
        };
        self.terminal.spread(&[(ink, mark), (Ink::Plain, what)], paragraph);
        if holds {
            return Ok(());
        }
        let (expected, got) = (shortened(&expected), shortened(&got));
        self.terminal.flow(Ink::Bad, "      expected: ", &words(&expected), 9);
        self.terminal.flow(Ink::Bad, "      got:      ", &words(&got), 9);
        let what = what.to_owned();
        Err(Broken {
            what,
            paragraph,
            expected,
            got,
        }
        .into())
    }

    /// Shows the JSON inside a token.
    pub(super) fn show(&mut self, label: &str, json: &str) {
        self.hear();
        show::json(&mut self.terminal, &format!("    {label} "), json);
    }

    /// What went over the wire in this step so far, told if it was not yet.
    pub(super) fn heard(&mut self) -> &[Exchange] {
        self.hear();
        &self.heard
    }

    /// A header of the last answer; empty when there is none.
    pub(super) fn header(&mut self, name: &str) -> String {
        self.heard().last().map(|e| e.header(name)).unwrap_or_default()
    }

    fn hear(&mut self) {
        for exchange in self.wire.take() {
            self.requests += 1;
            show::exchange(&mut self.terminal, &exchange);
            self.heard.push(exchange);
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(|word| format!("{word} ")).collect()
}

fn shortened(text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(shorten).collect();
    words.join(" ")
}
