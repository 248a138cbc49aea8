//! The addresses of Redis. What is refused is described and not shown: it may hold a password.
use url::Url;

const ADDRESS: &str = "\"redis://\" or \"rediss://\", a host and, where needed, a user, a password, a port and the number of a database, \
     and nothing else (in a password write \",\" as %2C); or several of these with commas between them";

/// The single addresses.
pub fn addresses(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// What is wanted, when the text is something else.
pub(super) fn refuse(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let parsed: Option<Vec<Url>> = text.split(',').map(|part| parse(part.trim())).collect();
    let Some(parsed) = parsed else {
        return Some(ADDRESS.to_owned());
    };
    let of = |url: &Url| {
        (
            url.scheme().to_owned(),
            url.username().to_owned(),
            url.password().map(str::to_owned),
        )
    };
    let first = parsed.first().map(of);
    if parsed.iter().any(|url| Some(of(url)) != first) {
        return Some("the same scheme, user and password for every node of the cluster".to_owned());
    }
    let has_number = |url: &Url| !matches!(url.path(), "" | "/" | "/0");
    (parsed.len() > 1 && parsed.iter().any(has_number)).then(|| "no number of a database: a cluster has one".to_owned())
}

/// Parameters and fragments are refused: some of them switch off what is checked here.
fn parse(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let number = url.path().trim_start_matches('/');
    let fits = matches!(url.scheme(), "redis" | "rediss")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.query().is_none()
        && url.fragment().is_none()
        && (number.is_empty() || number.parse::<u16>().is_ok());
    fits.then_some(url)
}

/// No braces: in a cluster they would put every key on one node.
pub(super) fn is_prefix(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || ":._-".contains(c);
    (1..=64).contains(&text.len()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_server_or_of_one_cluster_are_accepted() {
        for (text, accepted) in [
            ("redis://localhost", true),
            ("redis://localhost/", true),
            ("redis://[::1]:6380/15", true),
            ("rediss://user:p%2Css@cache.example:6380/2", true),
            ("rediss://:pass@cache.example", true),
            ("redis://a:1, redis://b:2,redis://c:3/0", true),
            ("rediss://u:p@a,rediss://u:p@b", true),
            ("redis:", false),
            ("redis://", false),
            ("cache:6379", false),
            ("http://cache", false),
            ("unix:///run/redis.sock", false),
            ("redis://cache/two", false),
            ("redis://cache/1/2", false),
            ("redis://cache?protocol=resp3", false),
            ("rediss://cache/#insecure", false),
            ("redis://a,", false),
            ("redis://a,rediss://b", false),
            ("redis://u:p@a,redis://u:q@b", false),
            ("redis://a,redis://b/1", false),
            ("redis://:p,ss@a", false),
        ] {
            assert_eq!(refuse(text).is_none(), accepted, "{text}");
        }
        assert_eq!(addresses("redis://a:1, redis://b:2"), ["redis://a:1", "redis://b:2"]);
        assert!(addresses("").is_empty());
    }
}
