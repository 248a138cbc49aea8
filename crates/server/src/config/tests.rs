//! Layers and origins, on real files and given variables; refusals, secrets and documentation stand below.
mod documentation;
mod refusals;
mod secrets;

use super::*;
use std::fs;
use tempfile::TempDir;

/// A folder of its own for each test, with the sources that read it.
struct Place {
    folder: TempDir,
    sources: Sources,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources {
            working_directory: folder.path().to_owned(),
            cores: 8,
            ..Sources::default()
        };
        Self { folder, sources }
    }
    fn file(self, name: &str, content: &str) -> Self {
        fs::write(self.folder.path().join(name), content).unwrap();
        self
    }
    fn closed_file(self, name: &str, content: &str, mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let place = self.file(name, content);
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
        place
    }
    fn variable(mut self, name: &str, text: &str) -> Self {
        self.sources.environment.push((name.to_owned(), text.to_owned()));
        self
    }
    fn flag(mut self, name: &'static str, key: &'static str, value: &str) -> Self {
        self.sources.flags.push(Flag {
            name,
            key,
            value: value.to_owned(),
        });
        self
    }
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
    fn load(&self) -> Loaded {
        load(&self.sources).unwrap_or_else(|error| panic!("{error}"))
    }
    fn refusal(&self) -> String {
        load(&self.sources)
            .map(|loaded| loaded.dump(DumpFormat::Toml))
            .unwrap_err()
            .to_string()
    }
}

fn origin(loaded: &Loaded, key: &str) -> String {
    loaded.entries[key].origin.to_string()
}

#[test]
fn later_layers_win_and_every_value_knows_where_it_came_from() {
    let file = |place: Place| place.file("grantor.toml", "\n[server]\nlisten = \"127.0.0.1:2\"\n");
    let variable = |place: Place| place.variable("GRANTOR__SERVER__LISTEN", "127.0.0.1:3");
    let flag = |place: Place| place.flag("--listen", "server.listen", "127.0.0.1:4");
    for (place, port, source) in [
        (Place::new(), 8080, "default"),
        (file(Place::new()), 2, "grantor.toml line 3"),
        (variable(file(Place::new())), 3, "environment GRANTOR__SERVER__LISTEN"),
        (flag(variable(file(Place::new()))), 4, "flag --listen"),
        (flag(Place::new()), 4, "flag --listen"),
    ] {
        let loaded = place.load();
        assert_eq!(loaded.settings.server.listen.port(), port, "{source}");
        assert_eq!(origin(&loaded, "server.listen"), source);
        assert_eq!(loaded.settings.server.public_url, format!("http://127.0.0.1:{port}"));
        assert_eq!(origin(&loaded, "server.public_url"), "default, from server.listen");
    }
}

#[test]
fn one_file_is_read_and_the_flag_names_it_before_the_variable_and_the_folder() {
    let mut place = Place::new()
        .file("grantor.toml", "[data]\nfolder = \"a\"")
        .file("b.toml", "[data]\nfolder = \"b\"")
        .file("c.toml", "[data]\nfolder = \"c\"");
    assert_eq!(place.load().settings.data.folder, Path::new("a"));
    place = {
        let path = place.path("b.toml");
        place.variable("GRANTOR_CONFIG", &path)
    };
    assert_eq!(place.load().settings.data.folder, Path::new("b"));
    place.sources.file = Some("c.toml".into());
    assert_eq!(place.load().settings.data.folder, Path::new("c"));
    place.sources.file = Some("missing.toml".into());
    assert!(
        place.refusal().starts_with("missing.toml: cannot read: "),
        "{}",
        place.refusal()
    );
}

#[test]
fn empty_values_are_filled_with_what_they_stand_for() {
    let loaded = Place::new().variable("GRANTOR__DATA__FOLDER", "/srv/grantor").load();
    let settings = &loaded.settings;
    assert_eq!(settings.database.url, "sqlite:/srv/grantor/grantor.sqlite");
    assert_eq!(settings.sqlite_file(), Some(Path::new("/srv/grantor/grantor.sqlite")));
    assert_eq!(settings.master_key_path(), Path::new("/srv/grantor/master.key"));
    assert_eq!(
        (settings.server.workers, settings.limits.password_hashes_at_once),
        (8, 7)
    );
    assert_eq!(origin(&loaded, "database.url"), "default, from data.folder");
    let doubled = Place::new().variable("GRANTOR__DATA__FOLDER", "//srv/grantor").load();
    assert_eq!(
        doubled.settings.sqlite_file(),
        Some(Path::new("/srv/grantor/grantor.sqlite"))
    );
    let mut place = Place::new().variable("GRANTOR__SERVER__LISTEN", "[::1]:80");
    place.sources.cores = 1;
    let settings = place.load().settings;
    assert_eq!(
        (settings.server.workers, settings.limits.password_hashes_at_once),
        (1, 1)
    );
    assert_eq!(settings.server.public_url, "http://[::1]");
}

#[test]
fn operators_are_answered_unless_that_is_off() {
    for (text, expected) in [
        ("off", None),
        ("", None),
        ("0.0.0.0:9000", Some("0.0.0.0:9000".parse().unwrap())),
    ] {
        let loaded = Place::new().variable("GRANTOR__MANAGEMENT__LISTEN", text).load();
        assert_eq!(loaded.settings.management.listen.address(), expected, "{text}");
    }
    let port = Place::new()
        .load()
        .settings
        .management
        .listen
        .address()
        .map(|address| address.port());
    assert_eq!(port, Some(8081));
}

#[test]
fn the_dump_is_a_configuration_that_says_the_same() {
    let place = Place::new().variable("GRANTOR__SERVER__TRUSTED_PROXIES", "10.0.0.0/8,::1");
    let loaded = place.variable("GRANTOR__SERVER__ENVIRONMENT", "a \"b\" # c").load();
    let dump = loaded.dump(DumpFormat::Toml);
    let again = Place::new().file("grantor.toml", &dump).load();
    assert_eq!(
        serde_json::to_value(&again.settings).unwrap(),
        serde_json::to_value(&loaded.settings).unwrap()
    );
    let json: serde_json::Value = serde_json::from_str(&loaded.dump(DumpFormat::Json)).unwrap();
    assert_eq!(
        json["server"]["trusted_proxies"]["value"],
        serde_json::json!(["10.0.0.0/8", "::1"])
    );
    assert_eq!(
        json["server"]["trusted_proxies"]["source"],
        "environment GRANTOR__SERVER__TRUSTED_PROXIES"
    );
    assert_eq!(
        json["tokens"]["code_seconds"],
        serde_json::json!({ "value": 60, "source": "default" })
    );
}
