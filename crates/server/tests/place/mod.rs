//! A folder of its own for each test, in which the binary runs with an environment of its own.
use grantor_jose::MasterKey;
use grantor_migrations::{Migrator, MigratorTrait as _};
use grantor_protocol::UnixMillis;
use grantor_store::keys::DataKeyRecord;
use grantor_store::signing_keys::KeyWrite;
use grantor_store::{DatabaseSettings, Store};
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// The folder and the variables.
pub(crate) struct Place {
    folder: Arc<tempfile::TempDir>,
    variables: Vec<(String, String)>,
}

/// What a finished process left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            variables: vec![
                ("GRANTOR__LOG__LEVEL".into(), "warn".into()),
                // Many of them run beside each other.
                ("GRANTOR__MANAGEMENT__LISTEN".into(), "off".into()),
            ],
        }
    }
    /// Another place in the same folder.
    pub(crate) fn in_same(other: &Self) -> Self {
        Self {
            folder: other.folder.clone(),
            variables: other.variables.clone(),
        }
    }
    /// An empty file is not written.
    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        if !content.is_empty() {
            fs::write(self.path(name), content).unwrap();
        }
        self
    }
    /// A variable without a name is not set.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        if !name.is_empty() {
            self.variables.push((name.into(), value.into()));
        }
        self
    }
    pub(crate) fn closed_file(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
        self.set_mode(name, 0o600);
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }
    pub(crate) fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }
    /// Where the change feed stands: every management write moves it. The file's bytes also change when SQLite tidies up.
    pub(crate) fn changes(&self) -> String {
        let settings = self.databases();
        let position = finished(async { Store::open(&settings).await.unwrap().feed_position().await.unwrap() });
        format!("{position:?}")
    }
    /// A database that the version before the last migration started, sealed under `key`. Returns what is pending then.
    pub(crate) fn one_migration_back(&self, key: &MasterKey) -> usize {
        let settings = self.databases();
        fs::create_dir(self.path("data")).unwrap();
        finished(async {
            let connection = Store::open_for_migration(&settings).await.unwrap();
            let all = u32::try_from(Migrator::migrations().len()).unwrap();
            Migrator::up(&connection, Some(all - 1)).await.unwrap();
            connection.close().await.unwrap();
            let store = Store::open(&settings).await.unwrap();
            for purpose in ["lookup", "referential"] {
                let record = DataKeyRecord {
                    purpose: purpose.into(),
                    id: purpose.into(),
                    sealed: key.seal(&format!("data-key/{purpose}"), [1; 12], &[2; 32]).unwrap(),
                };
                let made = store.insert_data_key(&record, key.marks(), UnixMillis(1)).await;
                assert_eq!(made.unwrap(), KeyWrite::Done);
            }
        });
        self.pending()
    }
    /// How many migrations the database lacks.
    pub(crate) fn pending(&self) -> usize {
        let settings = self.databases();
        finished(async {
            let connection = Store::open_for_migration(&settings).await.unwrap();
            Migrator::get_pending_migrations(&connection).await.unwrap().len()
        })
    }
    fn databases(&self) -> DatabaseSettings {
        DatabaseSettings::in_folder(&self.path("data"))
    }

    /// Runs the binary to its end, without a terminal.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a server on a free port and waits until it says that it is ready.
    pub(crate) fn serve(&self) -> Running {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = self.command(&format!("serve --listen {address}"));
        // A pipe that nobody reads would stop the server when it is full.
        let log = self.path("server.log");
        let errors = fs::File::create(&log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut said).unwrap();
        Running {
            child,
            out,
            said,
            log,
            url: format!("http://{address}"),
        }
    }

    /// Runs the binary and kills it as soon as something is so, wherever it is by then.
    pub(crate) fn killed_when(&self, arguments: &str, is: impl Fn() -> bool) {
        let mut child = self.command(arguments).spawn().unwrap();
        while child.try_wait().unwrap().is_none() && !is() {
            std::thread::yield_now();
        }
        // It may have ended before.
        let _ = child.kill();
        child.wait().unwrap();
    }

    /// Runs the binary until its first line, then asks it to end as a service manager would (SIGTERM).
    pub(crate) fn interrupt(&self, arguments: &str) -> (String, Ran) {
        let mut command = self.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first_line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first_line).unwrap();
        terminate(&child);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let output = child.wait_with_output().unwrap();
        let ran = Ran {
            code: output.status.code().unwrap(),
            out: rest,
            err: String::from_utf8(output.stderr).unwrap(),
        };
        (first_line, ran)
    }

    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_grantor"));
        command
            .args(arguments.split(' '))
            .env_clear()
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }
}

/// Asks a process to end, as a service manager would (SIGTERM).
pub(crate) fn terminate(child: &Child) {
    // A part of every shell; the program of that name is not on every machine.
    let id = child.id().to_string();
    let asked = Command::new("sh").args(["-c", "kill \"$0\"", &id]).status().unwrap();
    assert!(asked.success());
}

fn finished<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

/// A server that runs until it is stopped or the test ends.
pub(crate) struct Running {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    /// The first line it said.
    pub(crate) said: String,
    log: PathBuf,
    pub(crate) url: String,
}

impl Running {
    /// Kills it, as a power cut would, and returns everything it printed after its first line.
    pub(crate) fn stop(mut self) -> String {
        self.child.kill().unwrap();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap();
        rest + &fs::read_to_string(&self.log).unwrap()
    }

    /// The status of a client_credentials request.
    pub(crate) fn token(&self, client_id: &str, secret: &str) -> u16 {
        let form = format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}");
        let answer = self.post("/token", &form);
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The access token of a client_credentials request.
    pub(crate) fn access_token(&self, client_id: &str, secret: &str) -> String {
        let form = format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}");
        let answer = self.post("/token", &form);
        let (_, rest) = answer.split_once("\"access_token\":\"").expect(&answer);
        rest.split('"').next().unwrap().to_owned()
    }

    /// What the server says of a token.
    pub(crate) fn introspect(&self, client_id: &str, secret: &str, token: &str) -> String {
        self.post(
            "/introspect",
            &format!("client_id={client_id}&client_secret={secret}&token={token}"),
        )
    }

    fn post(&self, path: &str, form: &str) -> String {
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}",
            form.len()
        );
        self.ask(&head, form)
    }

    /// The body of a GET.
    pub(crate) fn get(&self, path: &str) -> String {
        let answer = self.ask(&format!("GET {path} HTTP/1.1"), "");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    fn ask(&self, head: &str, body: &str) -> String {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("{head}\r\nHost: {address}\r\nConnection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks again and again until the answer is yes, five thousand times at most.
    pub(crate) fn until(&self, what: &str, is: impl Fn() -> bool) {
        assert!((0..5000).any(|_| is()), "{what} was never seen");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
