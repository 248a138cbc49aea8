//! Table and property tests of forms.
use super::*;
use proptest::prelude::*;

/// What `get` says: `Ok(value)`, or the problem.
type Got<'a> = Result<Option<&'a str>, ParamProblem>;

fn check(raw: &str, name: &'static str, expected: Got<'_>) {
    let params = Params::parse(raw.as_bytes()).unwrap();
    assert_eq!(params.get(name).map_err(|e| e.problem), expected, "{raw}");
}

#[test]
fn a_value_is_read_in_one_documented_way() {
    use ParamProblem::Encoding;
    // T-02: literal spaces, `+` and `%20` are spaces
    check("scope=a b", "scope", Ok(Some("a b")));
    check("scope=a+b%20c", "scope", Ok(Some("a b c")));
    check("x=%C3%A9%e2%82%ac", "x", Ok(Some("é€")));
    check("%78=1", "x", Ok(Some("1")));
    // O-028: unknown ones are nobody's problem
    check("foo=bar&x=1", "x", Ok(Some("1")));
    check("foo=bar", "x", Ok(None));
    // O-029, RFC 6749 section 3.1: without a value is omitted
    check("code_challenge=", "code_challenge", Ok(None));
    check("code_challenge", "code_challenge", Ok(None));
    check("", "x", Ok(None));
    // O-124
    check("x=%zz", "x", Err(Encoding));
    check("x=%", "x", Err(Encoding));
    check("x=%4", "x", Err(Encoding));
    check("x=a%+b", "x", Err(Encoding));
    check("a=b;c=d", "a", Ok(Some("b;c=d")));
    check("a=b;c=d", "c", Ok(None));
    check("&&&", "x", Ok(None));
    check("&&x=1&&", "x", Ok(Some("1")));
    check("=x", "x", Ok(None));
    check("x=a=b", "x", Ok(Some("a=b")));
    // O-026: invalid UTF-8, overlong and surrogate encodings included
    check("client_id=%ff%fe", "client_id", Err(Encoding));
    check("client_id=%c0%80", "client_id", Err(Encoding));
    check("client_id=%ed%a0%80", "client_id", Err(Encoding));
    check("client_id=%ff&x=1", "x", Ok(Some("1")));
    // O-027: NUL, encoded or not
    check("redirect_uri=https://a.test/cb%00", "redirect_uri", Err(Encoding));
    check("redirect_uri=https://a.test/cb\0", "redirect_uri", Err(Encoding));
    assert_eq!(
        Params::parse(b"x=\xff").unwrap().get("x").unwrap_err().problem,
        Encoding
    );
}

#[test]
fn a_repeated_parameter_is_an_error() {
    use ParamProblem::Repeated;
    // O-003, O-004, O-005, O-006, O-120: equal values, different ones, an empty one, one spelled with escapes
    for raw in [
        "x=1&x=1",
        "x=1&x=2",
        "x=1&x=",
        "x=&x=1",
        "x&x",
        "x=1&y=2&%78=1",
        "x=1&x=2&x=3",
        "x=%ff&x=1",
    ] {
        check(raw, "x", Err(Repeated));
        assert_eq!(
            Params::parse(raw.as_bytes()).unwrap().first_repeated(),
            Some("x"),
            "{raw}"
        );
    }
    check("x=1&x=2&y=3", "y", Ok(Some("3")));
    check("x=1&X=2", "x", Ok(Some("1")));
    assert_eq!(Params::parse(b"y=1&x=1&x=2").unwrap().first_repeated(), Some("x"));
    assert_eq!(Params::parse(b"y=1&x=1").unwrap().first_repeated(), None);
    // The error names the parameter, but carries no long name into a URL.
    let said = |raw: &str| {
        Params::parse(raw.as_bytes())
            .unwrap()
            .check_no_repetition()
            .err()
            .map(|e| e.description)
    };
    assert_eq!(said("y=1&x=1"), None);
    assert_eq!(said("x=1&x=1").as_deref(), Some("parameter x is repeated"));
    let long = "x".repeat(65);
    assert_eq!(
        said(&format!("{long}=1&{long}=1")).as_deref(),
        Some("a parameter is repeated")
    );
    // O-007: once in the query and once in the body
    let both = Params::parse_both(b"x=1&q=3", b"x=1&y=2").unwrap();
    assert_eq!(
        both.get("x").unwrap_err(),
        ParamError {
            name: "x",
            problem: Repeated
        }
    );
    assert_eq!((both.get("y"), both.get("q")), (Ok(Some("2")), Ok(Some("3"))));
}

#[test]
fn a_form_has_limits() {
    let many = |count: usize| (0..count).map(|i| format!("p{i}=v&&=x")).collect::<Vec<_>>().join("&");
    assert!(Params::parse(many(MAX_PARAMS).as_bytes()).is_ok());
    // O-034
    for count in [MAX_PARAMS + 1, 1000] {
        assert_eq!(
            Params::parse(many(count).as_bytes()).unwrap_err(),
            FormError::TooManyParameters
        );
    }
    let (query, body) = (many(40), many(25).replace('p', "q"));
    assert_eq!(
        Params::parse_both(query.as_bytes(), body.as_bytes()).unwrap_err(),
        FormError::TooManyParameters
    );
    // O-051
    assert!(Params::parse("&".repeat(MAX_BYTES).as_bytes()).unwrap().is_empty());
    assert_eq!(
        Params::parse("&".repeat(MAX_BYTES + 1).as_bytes()).unwrap_err(),
        FormError::TooLong
    );
    assert_eq!(
        Params::parse_both(&[b'x'; MAX_BYTES], b"y").unwrap_err(),
        FormError::TooLong
    );
    for raw in ["%ff=1", "%zz=1", "x%00=1", "x\0", "%"] {
        assert_eq!(Params::parse(raw.as_bytes()).unwrap_err(), FormError::Name, "{raw:?}");
    }
}

#[test]
fn names_are_told_and_values_are_not() {
    let params = Params::parse(b"client_secret=hunter2&x=&x=%ff").unwrap();
    assert_eq!(params.names().collect::<Vec<_>>(), ["client_secret", "x", "x"]);
    assert!(params.has("client_secret") && params.has("x") && !params.has("y") && !params.is_empty());
    assert_eq!(format!("{params:?}"), r#"Params["client_secret", "x", "x"]"#);
    let error = OAuthError::from(params.get("x").unwrap_err());
    assert_eq!(
        (error.code.as_str(), &*error.description),
        ("invalid_request", "x is sent more than once")
    );
    let error = OAuthError::from(Params::parse(b"x=%00").unwrap().get("x").unwrap_err());
    assert_eq!(error.description, "x is not valid percent-encoded UTF-8 text");
    assert_eq!(OAuthError::from(FormError::Name).code.as_str(), "invalid_request");
}

#[test]
fn a_plain_value_is_borrowed() {
    let raw = b"code=abc-._~&state=x%20y".as_slice();
    let params = Params::parse(raw).unwrap();
    let code = params.get("code").unwrap().unwrap();
    assert!(raw.as_ptr_range().contains(&code.as_ptr()));
    let state = params.get("state").unwrap().unwrap();
    assert!(!raw.as_ptr_range().contains(&state.as_ptr()));
}

#[test]
fn a_redirect_keeps_the_query_it_has() {
    let pairs = [("code", "a b&c=d"), ("state", "é\r\n#?+%")];
    let added = "code=a%20b%26c%3Dd&state=%C3%A9%0D%0A%23%3F%2B%25";
    for (uri, expected) in [
        ("https://a.test/cb", format!("https://a.test/cb?{added}")),
        ("https://a.test/cb?x=1", format!("https://a.test/cb?x=1&{added}")),
        ("https://a.test/cb?", format!("https://a.test/cb?{added}")),
        ("https://a.test/cb?x=1&", format!("https://a.test/cb?x=1&{added}")),
        ("com.example.app:/cb", format!("com.example.app:/cb?{added}")),
        ("https://a.test/cb#f?g", format!("https://a.test/cb?{added}#f?g")),
    ] {
        assert_eq!(append_query(uri, &pairs), expected);
        assert_eq!(append_query(uri, &[]), uri);
    }
}

proptest! {
    #[test]
    fn parsing_never_panics_and_keeps_its_limits(query: Vec<u8>, body in "[a-c&=%+;0-9]{0,400}") {
        if let Ok(params) = Params::parse_both(&query, body.as_bytes()) {
            prop_assert!(params.names().count() <= MAX_PARAMS);
            for name in ["a", "b", "c", "ab"] {
                let sent = params.names().filter(|n| *n == name).count();
                prop_assert_eq!(params.has(name), sent > 0);
                let repeated = params.get(name).is_err_and(|e| e.problem == ParamProblem::Repeated);
                prop_assert_eq!(repeated, sent > 1);
            }
        }
    }

    #[test]
    fn what_is_encoded_decodes_to_itself(text in any::<String>().prop_map(|t| t.replace('\0', ""))) {
        let encoded = encode(&text);
        prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
        prop_assert_eq!(decode(encoded.as_bytes()).unwrap(), text);
    }

    #[test]
    fn what_is_appended_is_read_back(state in any::<String>().prop_map(|t| t.replace('\0', ""))) {
        let uri = append_query("https://a.test/cb?own=1", &[("code", "c"), ("state", &state)]);
        let parsed = url::Url::parse(&uri).unwrap();
        let read: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        prop_assert_eq!(read, vec![pair("own", "1"), pair("code", "c"), pair("state", &state)]);
        let params = Params::parse(parsed.query().unwrap().as_bytes()).unwrap();
        prop_assert_eq!(params.get("state").unwrap().unwrap_or_default(), state);
    }

    #[test]
    fn decoding_agrees_with_the_url_crate(value in "[a-zA-Z0-9%+;&=é]{0,60}") {
        let raw = format!("x={}", value.replace('&', "%26"));
        if let Ok(Some(got)) = Params::parse(raw.as_bytes()).unwrap().get("x") {
            let theirs: Vec<_> = url::form_urlencoded::parse(raw.as_bytes()).collect();
            prop_assert_eq!(theirs.len(), 1);
            prop_assert_eq!(got, &*theirs[0].1);
        }
    }

    /// Printed by us or by the `url` crate (which writes a space as `+`), a form reads back as it was.
    #[test]
    fn any_form_survives_printing(pairs in proptest::collection::vec(("[^\\x00]{1,8}", "[^\\x00]{0,12}"), 0..8)) {
        let ours: Vec<String> = pairs.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        let theirs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        for printed in [ours.join("&"), theirs] {
            let params = Params::parse(printed.as_bytes()).unwrap();
            prop_assert_eq!(params.names().collect::<Vec<_>>(), pairs.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>());
            for (param, (_, value)) in params.0.iter().zip(&pairs) {
                prop_assert_eq!(param.value.as_deref(), Some(value.as_str()));
                let sent = pairs.iter().filter(|(n, _)| *n == param.name).count();
                prop_assert_eq!(param.repeated, sent > 1);
            }
        }
    }
}
