//! The `Cookie` header (RFC 6265 section 5.4): pairs between semicolons, nothing decoded and no quotes removed.

/// The value of the cookie `name` in all Cookie headers of a request; `None` when it stands in none of them or more than once:
/// another host may have planted the second.
pub fn only_cookie<'a>(headers: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let pairs = headers
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(n, _)| *n == name).map(|(_, value)| value);
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_stands_once_is_read_and_any_other_is_none() {
        for (headers, expected) in [
            (&["a=1"][..], Some("1")),
            (&["b=2; a=1; c=3"], Some("1")),
            (&["b=2;a=1 ;c=3"], Some("1")),
            (&["b=2", "a=1"], Some("1")),
            (&["a="], Some("")),
            (&["a=b=c"], Some("b=c")),
            (&["a=\"1\""], Some("\"1\"")),
            (&["a=%31"], Some("%31")),
            (&["A=2; a=1"], Some("1")),
            (&["a=1; a=1"], None),
            (&["a=1", "a=2"], None),
            (&["a=1; a="], None),
            (&["a"], None),
            (&["aa=1; =a; b=a=1"], None),
            (&["a =1"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(only_cookie(headers.iter().copied(), "a"), expected, "{headers:?}");
        }
    }
}
