//! What is refused.
use super::lists;
use crate::app::{App, base64url, encode};
use crate::management::admin::{Admin, assert_field};
use grantor_tests::covers;

#[tokio::test]
async fn a_list_refuses_sizes_tokens_and_parameters_that_are_none_of_its() {
    covers!("O-344", "O-341");
    let app = App::start().await;
    let admin = Admin::of(&app).await;
    for path in lists(&admin).await {
        let ask = async |name: &str, value: &str| admin.get(&format!("{path}?{}", encode(&[(name, value)]))).await;
        for size in [
            "0",
            "-1",
            "101",
            "2147483648",
            "9223372036854775808",
            "18446744073709551616",
            "abc",
            "1.5",
            "1e2",
            " 1",
            "+1",
            "0x10",
            "'",
            "NaN",
        ] {
            assert_field(&path, &ask("page_size", size).await, "page_size");
        }
        for size in ["1", "100", ""] {
            assert_eq!(ask("page_size", size).await.status, 200, "{path} {size}");
        }
        for token in ["x", "0", "' OR 1=1 --", &base64url([0; 80]), &"a".repeat(4000)] {
            assert_field(&path, &ask("page_token", token).await, "page_token");
        }
        for unknown in [
            "page", "size", "limit", "offset", "sort", "order_by", "filter", "q", "Enabled", "enable", "org_id[]",
            "' OR 1",
        ] {
            assert_field(&path, &ask(unknown, "1").await, unknown);
        }
        let twice = admin.get(&format!("{path}?page_size=1&page_size=1")).await;
        assert_field(&path, &twice, "page_size");
    }
}
